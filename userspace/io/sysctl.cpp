// SPDX-License-Identifier: Apache-2.0
// Plain reads and writes of one character. The path is put together by hand because the sysctl tool would take the dot
// of "eth0.100" for a separator; as a path it is just part of the name.
#include "io/sysctl.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "io/fd.hpp"

namespace cgn::io {
namespace {

std::string path_of(const std::string& interface) {
  return fmt::format("/proc/sys/net/ipv4/conf/{}/forwarding", interface);
}

}  // namespace

Result<std::optional<bool>> read_forwarding(const std::string& interface) {
  const auto path = path_of(interface);
  const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT) return std::nullopt;
  char digit = 0;
  if (!fd || ::read(fd.get(), &digit, 1) != 1) return fail_errno(fmt::format("read {}", path));
  return digit != '0';
}

Result<> write_forwarding(const std::string& interface, bool on) {
  const auto path = path_of(interface);
  const Fd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd || ::write(fd.get(), on ? "1" : "0", 1) != 1) {
    return fail_errno(fmt::format("write {} to {}", on ? 1 : 0, path), errno,
                      "cgnd needs /proc/sys/net writable (ProtectKernelTunables=no)");
  }
  return {};
}

}  // namespace cgn::io
