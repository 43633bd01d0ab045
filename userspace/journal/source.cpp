// SPDX-License-Identifier: Apache-2.0
// One log file, opened to be asked.
#include "journal/source.hpp"

#include <unistd.h>

#include <array>
#include <fstream>

#include "journal/day_files.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;

namespace {

// A directory of our own, gone with its content at the end of the scope.
class PassingDirectory {
 public:
  explicit PassingDirectory(fs::path path) : path_{std::move(path)} {}
  PassingDirectory(const PassingDirectory&) = delete;
  PassingDirectory& operator=(const PassingDirectory&) = delete;
  ~PassingDirectory() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The head of a -wal holds its salts: while they stay, frames are only added, and a copy of the file made in the
// meantime is made whole by a -wal copied after it, as after a crash.
std::array<char, 32> wal_head(const fs::path& path) {
  std::array<char, 32> head{};
  std::ifstream{wal_of(path), std::ios::binary}.read(head.data(), head.size());
  return head;
}

Result<> copy_together(const fs::path& from, const fs::path& to) {
  constexpr int kTries = 10;
  std::error_code error;
  for (int i = 0; i < kTries && !error; ++i) {
    const auto head = wal_head(from);
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (!error) fs::copy_file(wal_of(from), wal_of(to), fs::copy_options::overwrite_existing, error);
    if (!error && head == wal_head(from) && head == wal_head(to)) return {};
  }
  if (error) return fail_errno("copy " + from.string(), error.value());
  return fail("copy " + from.string() + ": its -wal changes faster than it can be copied", "ask through cgnctl");
}

Result<> check_whole(const Database& db) {
  TRY(check, db.prepare("PRAGMA integrity_check(1)"));
  TRY(row, check.step());
  if (row && check.text(0) == "ok") return {};
  return fail(db.path().string() + " is an incomplete copy", "copy it together with its -wal file");
}

// A sealed file is as long as it says, or it is a part of itself.
Result<> check_length(const fs::path& path, const Database& db) {
  TRY(pages, db.prepare("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"));
  TRY(found, pages.step());
  std::error_code error;
  if (found && static_cast<std::uint64_t>(pages.integer(0)) == fs::file_size(path, error)) return {};
  return fail(path.string() + " is an incomplete copy", "copy it anew");
}

}  // namespace

bool Source::sealed() const { return header_.schema == kSealedSchema; }

Result<Source> Source::open(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    const auto sealed = sealed_name(path);
    if (sealed == path || !fs::exists(sealed, error)) return fail(path.string() + " does not exist");
    return open(sealed);
  }
  auto source = open_at(path);
  // Sealed while we looked: the live file is gone, or half gone.
  if (sealed_name(path) != path && fs::exists(sealed_name(path), error)) return open(sealed_name(path));
  return source;
}

Result<Source> Source::open_at(const fs::path& path) {
  std::error_code error;
  if (is_sealed_name(path) || !fs::exists(wal_of(path), error)) {
    TRY(source, try_open(path, Database::Mode::immutable));
    if (source.sealed()) {
      TRY_VOID(check_length(path, *source.db_));
    } else {
      TRY_VOID(check_whole(*source.db_));
    }
    return source;
  }
  auto source = try_open(path, Database::Mode::read);
  if (!source && ::access(path.parent_path().c_str(), W_OK) != 0) return open_copy(path);
  if (source) source->has_wal_ = true;
  return source;
}

Result<Source> Source::try_open(const fs::path& path, Database::Mode mode) {
  Source source;
  source.path_ = path;
  TRY(db, Database::open(path, mode));
  source.db_ = std::make_unique<Database>(std::move(db));
  TRY(header, read_header(*source.db_));
  source.header_ = std::move(header);
  source.form_ = form_of(*source.db_, source.header_);
  return source;
}

// The copy has no name any more when it is asked: whatever ends us, none of the record stays behind.
Result<Source> Source::open_copy(const fs::path& path) {
  std::error_code error;
  auto name = (fs::temp_directory_path(error) / "cgn-log-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return fail_errno("make a private directory for a copy of " + path.string());
  const PassingDirectory directory{name};
  const auto to = directory.path() / path.filename();
  TRY_VOID(copy_together(path, to));
  TRY(source, try_open(to, Database::Mode::read));
  source.path_ = path;
  source.has_wal_ = true;
  return source;
}

}  // namespace cgn::journal
