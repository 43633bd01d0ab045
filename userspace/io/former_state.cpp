// SPDX-License-Identifier: Apache-2.0
// Read whole, written whole: there are a few lines per port.
#include "io/former_state.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "io/fd.hpp"

namespace cgn::io {
namespace {

Result<> sync_directory(const std::filesystem::path& directory) {
  const Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd || ::fsync(fd.get()) != 0) return fail_errno(fmt::format("sync {}", directory.native()));
  return {};
}

Result<> write_synced(const std::filesystem::path& file, const std::string& text) {
  const Fd fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (!fd) return fail_errno(fmt::format("write {}", file.native()));
  std::size_t written = 0;
  while (written < text.size()) {
    const auto n = ::write(fd.get(), text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(fmt::format("write {}", file.native()));
    written += static_cast<std::size_t>(n);
  }
  if (::fsync(fd.get()) != 0) return fail_errno(fmt::format("sync {}", file.native()));
  return {};
}

}  // namespace

Result<FormerState> FormerState::load(const std::filesystem::path& file) {
  FormerState state{file};
  std::ifstream in{file};
  if (!in) {
    std::error_code code;
    if (!std::filesystem::exists(file, code) && !code) return state;
    return fail_errno(fmt::format("read {}", file.native()), code ? code.value() : EACCES);
  }
  std::string line;
  while (std::getline(in, line)) {
    // An interface's name may hold '=', a value never does.
    const auto equals = line.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(fmt::format("read {}: line '{}' is not KEY=VALUE", file.native(), line),
                  "restore these settings by hand and delete the file");
    }
    state.values_.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return state;
}

Result<> FormerState::remember(const std::string& key, const std::string& value) {
  if (!values_.emplace(key, value).second) return {};
  if (auto saved = save(); !saved) {
    values_.erase(key);
    return saved;
  }
  return {};
}

Result<> FormerState::forget(const std::string& key) {
  if (values_.erase(key) == 0) return {};
  return save();
}

Result<> FormerState::save() const {
  const auto directory = file_.parent_path();
  if (values_.empty()) {
    if (::unlink(file_.c_str()) != 0 && errno != ENOENT) return fail_errno(fmt::format("delete {}", file_.native()));
    return sync_directory(directory);
  }
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return fail_errno(fmt::format("make {}", directory.native()), code.value());
  std::string text;
  for (const auto& [key, value] : values_) text += fmt::format("{}={}\n", key, value);
  auto aside = file_;
  aside += ".new";
  TRY_VOID(write_synced(aside, text));
  if (::rename(aside.c_str(), file_.c_str()) != 0) return fail_errno(fmt::format("rename {}", aside.native()));
  return sync_directory(directory);
}

}  // namespace cgn::io
