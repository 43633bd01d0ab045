// SPDX-License-Identifier: Apache-2.0
// Pins by name; the naming rule is in the header.
#include "io/pin_directory.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace cgn::io {
namespace {

constexpr std::string_view kLinkPrefix = "link_";
constexpr std::string_view kDot = "%2E";
constexpr std::string_view kPercent = "%25";

bool on_bpffs(const std::filesystem::path& path) {
  struct statfs filesystem {};
  return ::statfs(path.c_str(), &filesystem) == 0 && filesystem.f_type == BPF_FS_MAGIC;
}

// The part of the path that exists already.
std::filesystem::path existing_part(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  return path.empty() ? "." : path;
}

}  // namespace

Result<> PinDirectory::create() const {
  const auto ground = existing_part(path_);
  if (!on_bpffs(ground)) {
    return fail(fmt::format("{} is not on a BPF filesystem", path_.string()),
                fmt::format("mount -t bpf bpf {}", ground == path_ ? path_.string() : "/sys/fs/bpf"));
  }
  std::error_code refused;
  std::filesystem::create_directories(path_, refused);
  if (!refused) return {};
  const bool dotted = path_.filename().string().find('.') != std::string::npos;
  return fail_errno(fmt::format("create {}", path_.string()), refused.value(),
                    dotted ? "a BPF filesystem refuses dots in names" : "");
}

std::filesystem::path PinDirectory::link(std::string_view interface) const {
  std::string name{kLinkPrefix};
  for (const char c : interface) {
    if (c == '.') {
      name += kDot;
    } else if (c == '%') {
      name += kPercent;
    } else {
      name += c;
    }
  }
  return path_ / name;
}

std::vector<std::string> PinDirectory::linked_interfaces() const {
  std::vector<std::string> interfaces;
  for (const auto& pin : links()) {
    const std::string name = pin.filename().string().substr(kLinkPrefix.size());
    std::string& interface = interfaces.emplace_back();
    for (std::size_t at = 0; at < name.size();) {
      const std::string_view rest = std::string_view{name}.substr(at);
      const bool escaped = rest.starts_with(kDot) || rest.starts_with(kPercent);
      interface += !escaped ? rest[0] : rest.starts_with(kDot) ? '.' : '%';
      at += escaped ? kDot.size() : 1;
    }
  }
  return interfaces;
}

std::vector<std::filesystem::path> PinDirectory::links() const {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& pin : std::filesystem::directory_iterator{path_, ignored}) {
    if (pin.path().filename().string().starts_with(kLinkPrefix)) found.push_back(pin.path());
  }
  return found;
}

Result<Fd> PinDirectory::open(const std::filesystem::path& pin) {
  Fd object{bpf_obj_get(pin.c_str())};
  if (!object && errno != ENOENT) return fail_errno(fmt::format("open the pin {}", pin.string()));
  return object;
}

Result<> PinDirectory::unpin(const std::filesystem::path& pin) {
  if (::unlink(pin.c_str()) != 0 && errno != ENOENT) return fail_errno(fmt::format("remove the pin {}", pin.string()));
  return {};
}

}  // namespace cgn::io
