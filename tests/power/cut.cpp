// SPDX-License-Identifier: Apache-2.0
// A power cut, for one file system and the processes that write to it.
#include "power/cut.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace cgn::power {
namespace {

// The same numbers in ext4, xfs and f2fs.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kNoLogFlush = 2;

bool stands(const std::filesystem::path& task) {
  std::string text;
  std::getline(std::ifstream{task / "stat"}, text);
  const auto end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() || std::string_view{"TtZX"}.contains(text[end + 2]);
}

bool all_stand(pid_t pid) {
  std::error_code error;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (std::filesystem::directory_iterator at{tasks, error}, end; !error && at != end; at.increment(error)) {
    if (!stands(at->path())) return false;
  }
  return true;
}

// A thread that waits for the disk stands only when that has answered.
Result<> freeze(std::span<const pid_t> processes) {
  for (const auto pid : processes) {
    if (::kill(pid, SIGSTOP) != 0) return fail_errno("stop process " + std::to_string(pid));
  }
  for (const auto pid : processes) {
    constexpr int kTries = 5000;
    int tries = 0;
    while (!all_stand(pid) && ++tries < kTries) ::usleep(1000);
    if (tries == kTries) return fail("process " + std::to_string(pid) + " does not stand still");
  }
  return {};
}

}  // namespace

Result<> cut(const std::string& mount_point, std::span<const pid_t> processes) {
  TRY_VOID(freeze(processes));
  const int fd = ::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_errno("open " + mount_point);
  auto how = kNoLogFlush;
  const int code = ::ioctl(fd, kShutdown, &how) == 0 ? 0 : errno;
  ::close(fd);
  for (const auto pid : processes) ::kill(pid, SIGKILL);
  if (code != 0) return fail_errno("cut the power of " + mount_point, code);
  return {};
}

}  // namespace cgn::power
