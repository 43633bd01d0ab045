// SPDX-License-Identifier: Apache-2.0
// The birth of a file of the log.
#include "journal/birth.hpp"

#include "journal/day_files.hpp"
#include "journal/log_file.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kUnborn = ".new";

Result<> rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("rename " + from.string());
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
    if (at->path().filename().string().find(std::string{kLogExtension} + std::string{kUnborn}) != std::string::npos) {
      stale.push_back(at->path());
    }
  }
  for (const auto& path : stale) fs::remove(path, error);
}

}  // namespace cgn::journal
