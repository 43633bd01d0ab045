// SPDX-License-Identifier: Apache-2.0
// The group that may read the legal record besides root: cgn-legal.
#include "journal/legal_group.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kDirectoryMode = 02750;

void give_file(const fs::path& path, unsigned group) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_gid == group) return;
  if (::lchown(path.c_str(), static_cast<uid_t>(-1), group) == 0) (void)::chmod(path.c_str(), 0640);
}

}  // namespace

std::optional<unsigned> legal_group() {
  std::array<char, 4096> space{};
  struct group entry {};
  struct group* found = nullptr;
  if (::getgrnam_r(kLegalGroup, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return {};
  return found->gr_gid;
}

void give_to_legal_group(int fd) {
  if (const auto group = legal_group()) (void)::fchown(fd, static_cast<uid_t>(-1), *group);
}

std::string open_to_legal_group(const fs::path& directory) {
  const auto group = legal_group();
  if (!group) return {};
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0) return {};
  const bool right = found.st_gid == *group && (found.st_mode & 07777) == kDirectoryMode;
  if (!right && (::chown(directory.c_str(), static_cast<uid_t>(-1), *group) != 0 ||
                 ::chmod(directory.c_str(), kDirectoryMode) != 0)) {
    return "give " + directory.string() + " to group " + kLegalGroup + ": " + std::strerror(errno) +
           " (install -d -m 2750 -g cgn-legal " + directory.string() + ")";
  }
  std::error_code error;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    give_file(at->path(), *group);
  }
  return {};
}

}  // namespace cgn::journal
