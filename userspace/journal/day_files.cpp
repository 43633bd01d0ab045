// SPDX-License-Identifier: Apache-2.0
// The files of the log directory: names, listing, birth.
#include "journal/day_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "journal/log_file.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kExtension = ".cgnlog";
constexpr std::string_view kSealed = ".sealed.cgnlog";
constexpr std::string_view kUnborn = ".new";

Result<> rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("rename " + from.string());
  return {};
}

Result<> sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return fail_errno("open " + path.string());
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0) return fail_errno("sync " + path.string(), code);
  return {};
}

Result<> fill(const fs::path& path, Header header, std::span<const Row> rows) {
  TRY(db, Database::open(path, Database::Mode::create));
  header.identity = identity_of(path);
  TRY_VOID(db.execute("PRAGMA page_size=4096; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;"));
  TRY_VOID(db.execute("BEGIN IMMEDIATE;" + schema_sql()));
  TRY_VOID(write_header(db, header));
  TRY_VOID(db.execute("COMMIT"));
  TRY(file, LogFile::take(std::move(db)));
  TRY_VOID(file.append(rows));
  // The main file, too, is whole before it has its name: a copy of it alone says at least what it is.
  return file.checkpoint();
}

}  // namespace

Result<> sync_file(const fs::path& path) { return sync(path, O_RDONLY); }
Result<> sync_directory(const fs::path& directory) { return sync(directory, O_RDONLY | O_DIRECTORY); }

std::string day_of(WallTime time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

Result<std::vector<fs::path>> list_day_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    if (at->path().native().ends_with(kExtension)) files.push_back(at->path());
  }
  if (error) return fail_errno("read log directory " + directory.string(), error.value());
  // As strings: paths compare part by part, and years are hundreds of them.
  std::ranges::sort(files, {}, &fs::path::native);
  const auto is_there = [&](const fs::path& path) {
    return std::ranges::binary_search(files, path.native(), {}, &fs::path::native);
  };
  std::vector<fs::path> sealed_now;  // at most the one whose live form goes next
  for (const auto& path : files) {
    if (!is_sealed_name(path) && is_there(sealed_name(path))) sealed_now.push_back(path);
  }
  std::erase_if(files, [&](const fs::path& path) { return std::ranges::find(sealed_now, path) != sealed_now.end(); });
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
  return name.substr(0, name.size() - kSealed.size()) + std::string{kExtension};
}

fs::path free_name(const fs::path& directory, WallTime opened) {
  const auto day = day_of(opened);
  auto path = directory / (day + std::string{kExtension});
  std::error_code error;
  const auto taken = [&] { return fs::exists(path, error) || fs::exists(sealed_name(path), error); };
  for (int number = 2; taken(); ++number) {
    path = directory / fmt::format("{}-{}{}", day, number, kExtension);
  }
  return path;
}

fs::path wal_of(const fs::path& path) { return path.string() + "-wal"; }

Result<> give_birth(const fs::path& path, Header header, std::span<const Row> first_rows) {
  const fs::path unborn = path.string() + std::string{kUnborn};
  remove_unborn(path.parent_path());
  TRY_VOID(fill(unborn, std::move(header), first_rows));
  // The -wal first: from the moment the file has its name it has its -wal, too.
  TRY_VOID(rename_file(wal_of(unborn), wal_of(path)));
  TRY_VOID(rename_file(unborn, path));
  remove_unborn(path.parent_path());
  return {};
}

void remove_unborn(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().find(std::string{kExtension} + std::string{kUnborn}) != std::string::npos) {
      stale.push_back(at->path());
    }
  }
  for (const auto& path : stale) fs::remove(path, error);
}

std::string identity_of(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return fmt::format("{}:{}", found.st_dev, found.st_ino);
}

}  // namespace cgn::journal
