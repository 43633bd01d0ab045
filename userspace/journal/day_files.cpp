// SPDX-License-Identifier: Apache-2.0
// The files of the log directory: names, listing, syncing.
#include "journal/day_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSealed = ".sealed.cgnlog";

Result<> sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return fail_errno("open " + path.string());
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0) return fail_errno("sync " + path.string(), code);
  return {};
}

}  // namespace

Result<> sync_file(const fs::path& path) { return sync(path, O_RDONLY); }
Result<> sync_directory(const fs::path& directory) { return sync(directory, O_RDONLY | O_DIRECTORY); }

std::string day_of(WallTime time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

Result<std::vector<std::string>> list_day_names(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    const auto& path = at->path().native();
    if (path.ends_with(kLogExtension)) names.push_back(path.substr(path.rfind('/') + 1));
  }
  if (error) return fail_errno("read log directory " + directory.string(), error.value());
  std::ranges::sort(names);
  std::vector<std::string> sealed_now;  // at most the one whose live form goes next
  for (const auto& name : names) {
    if (is_sealed_name(name)) continue;
    if (std::ranges::binary_search(names, sealed_name(name).native())) sealed_now.push_back(name);
  }
  std::erase_if(names,
                [&](const std::string& name) { return std::ranges::find(sealed_now, name) != sealed_now.end(); });
  return names;
}

Result<std::vector<fs::path>> list_day_files(const fs::path& directory) {
  TRY(names, list_day_names(directory));
  std::vector<fs::path> files;
  files.reserve(names.size());
  for (const auto& name : names) files.push_back(directory / name);
  return files;
}

bool is_sealed_name(const fs::path& path) { return path.native().ends_with(kSealed); }

fs::path sealed_name(const fs::path& path) {
  if (is_sealed_name(path)) return path;
  return fs::path{path}.replace_extension(kSealed);
}

fs::path live_name(const fs::path& path) {
  if (!is_sealed_name(path)) return path;
  const auto& name = path.native();
  return name.substr(0, name.size() - kSealed.size()) + std::string{kLogExtension};
}

fs::path free_name(const fs::path& directory, WallTime opened) {
  const auto day = day_of(opened);
  auto path = directory / (day + std::string{kLogExtension});
  std::error_code error;
  const auto taken = [&] { return fs::exists(path, error) || fs::exists(sealed_name(path), error); };
  for (int number = 2; taken(); ++number) {
    path = directory / fmt::format("{}-{}{}", day, number, kLogExtension);
  }
  return path;
}

fs::path wal_of(const fs::path& path) { return path.string() + "-wal"; }

std::string identity_of(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return fmt::format("{}:{}", found.st_dev, found.st_ino);
}

}  // namespace cgn::journal
