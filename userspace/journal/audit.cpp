// SPDX-License-Identifier: Apache-2.0
// Who asked the legal record what, and when.
#include "journal/audit.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "journal/legal_group.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kAuditSchema = 1;
constexpr const char* kTables =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE header(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "INSERT INTO header VALUES ('schema', 1), ('require_case', 0);"
    "CREATE TABLE audit(seq INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, uid INTEGER NOT NULL, login TEXT NOT NULL,"
    " verb TEXT NOT NULL, case_reference TEXT NOT NULL, query TEXT NOT NULL, verdict TEXT NOT NULL,"
    " result BLOB NOT NULL, link BLOB NOT NULL);"
    "CREATE INDEX by_case ON audit(case_reference);"
    "CREATE TRIGGER never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END;"
    "CREATE TRIGGER never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;"
    "COMMIT;";
constexpr std::string_view kColumns = "seq, wall_ms, uid, login, verb, case_reference, query, verdict, result, link";

// Each field as its length in bytes, a colon, its bytes: nothing can move from one field to the next.
std::string canonical(const Link& before, std::uint64_t seq, const AuditEntry& e) {
  std::string text{reinterpret_cast<const char*>(before.data()), before.size()};
  const auto add = [&text](std::string_view field) { text += fmt::format("{}:{}", field.size(), field); };
  add(std::to_string(seq));
  add(std::to_string(to_ms(e.at)));
  add(std::to_string(e.uid));
  for (const auto* field : {&e.login, &e.verb, &e.case_reference, &e.query, &e.verdict}) add(*field);
  add(hex(e.result));
  return text;
}

Link link_of(std::span<const std::byte> blob) {
  Link link{};
  if (blob.size() == link.size()) std::memcpy(link.data(), blob.data(), link.size());
  return link;
}

AuditRow read_audit_row(const Statement& s) {
  AuditRow row{.seq = static_cast<std::uint64_t>(s.integer(0)), .link = link_of(s.blob(9))};
  row.entry = {.at = from_ms(s.integer(1)),
               .uid = static_cast<std::uint32_t>(s.integer(2)),
               .login = s.text(3),
               .verb = s.text(4),
               .case_reference = s.text(5),
               .query = s.text(6),
               .verdict = s.text(7),
               .result = link_of(s.blob(8))};
  return row;
}

// Born with its mode and group: no moment in which others may read it.
Result<bool> make_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd < 0 && errno == EEXIST) return false;
  if (fd < 0) return fail_errno("make " + path.string());
  give_to_legal_group(fd);
  ::close(fd);
  return true;
}

Result<std::optional<std::int64_t>> header_number(const Database& db, std::string_view key) {
  TRY(ask, db.prepare("SELECT value FROM header WHERE key = ?1"));
  ask.bind(1, key);
  TRY(found, ask.step());
  if (!found) return std::optional<std::int64_t>{};
  return std::optional{ask.integer(0)};
}

// SQLite opens what it may not write for reading, without a word, and BEGIN IMMEDIATE as well: a change of nothing tells.
Result<> may_write(const Database& db) { return db.execute("UPDATE header SET value = value WHERE key = ''"); }

Result<> check_schema(const Database& db) {
  TRY(schema, header_number(db, "schema"));
  if (schema == kAuditSchema) return {};
  return fail(db.path().string() + " is no audit store that this program knows");
}

}  // namespace

Error case_is_missing() {
  return {"this log answers only with a case reference ([log] require_case)", "name it with --case"};
}

Result<AuditStore> AuditStore::open(const fs::path& given) {
  // Through the link to where it really is, or will be: SQLite puts its journal there, too.
  std::error_code error;
  const auto path = fs::is_symlink(given, error) ? given.parent_path() / fs::read_symlink(given, error) : given;
  TRY(fresh, make_file(path));
  TRY(db, Database::open(path, Database::Mode::write));
  TRY_VOID(db.execute("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"));
  struct stat found {};
  const bool empty = ::stat(path.c_str(), &found) == 0 && found.st_size == 0;
  // Two may find it empty at once; the second then finds the tables there.
  if (fresh || empty) {
    if (!db.execute(kTables) && !db.idle()) (void)db.execute("ROLLBACK");
  }
  TRY_VOID(check_schema(db));
  TRY_VOID(may_write(db));
  return AuditStore{std::move(db)};
}

Result<AuditReceipt> AuditStore::append(const AuditEntry& entry) {
  TRY_VOID(db_.execute("BEGIN IMMEDIATE"));
  auto receipt = insert(entry);
  if (receipt) {
    if (auto done = db_.execute("COMMIT"); !done) receipt = Unexpected{std::move(done).error()};
  }
  if (!receipt && !db_.idle()) (void)db_.execute("ROLLBACK");
  return receipt;
}

Result<AuditReceipt> AuditStore::insert(const AuditEntry& entry) {
  TRY(wanted, require_case());
  if (wanted && entry.case_reference.empty()) return Unexpected{case_is_missing()};
  TRY(last, db_.prepare("SELECT seq, link FROM audit ORDER BY seq DESC LIMIT 1"));
  TRY(found, last.step());
  AuditReceipt receipt{.seq = found ? static_cast<std::uint64_t>(last.integer(0)) + 1 : 1};
  const auto before = found ? link_of(last.blob(1)) : Link{};
  last.reset();
  receipt.link = sha256(canonical(before, receipt.seq, entry));
  TRY(insert,
      db_.prepare("INSERT INTO audit(" + std::string{kColumns} + ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  insert.bind(1, static_cast<std::int64_t>(receipt.seq));
  insert.bind(2, to_ms(entry.at));
  insert.bind(3, std::int64_t{entry.uid});
  int column = 4;
  for (const auto* field : {&entry.login, &entry.verb, &entry.case_reference, &entry.query, &entry.verdict}) {
    insert.bind(column++, std::string_view{*field});
  }
  insert.bind(9, std::span<const std::byte>{entry.result});
  insert.bind(10, std::span<const std::byte>{receipt.link});
  TRY_VOID(insert.run());
  return receipt;
}

Result<bool> AuditStore::require_case() const {
  TRY(value, header_number(db_, "require_case"));
  return value.value_or(0) != 0;
}

Result<bool> reads_require_case(const fs::path& path) {
  TRY(db, Database::open(path, Database::Mode::read));
  TRY(value, header_number(db, "require_case"));
  return value.value_or(0) != 0;
}

Result<> AuditStore::set_require_case(bool wanted) {
  TRY(now, require_case());
  if (now == wanted) return {};
  TRY(set, db_.prepare("UPDATE header SET value = ?1 WHERE key = 'require_case'"));
  set.bind(1, std::int64_t{wanted});
  return set.run();
}

Result<std::vector<AuditRow>> read_audit(const fs::path& path, const std::optional<std::string>& case_reference) {
  TRY(db, Database::open(path, Database::Mode::read));
  TRY_VOID(check_schema(db));
  TRY(rows, db.prepare("SELECT " + std::string{kColumns} + " FROM audit" +
                       (case_reference ? " WHERE case_reference = ?1" : "") + " ORDER BY seq"));
  if (case_reference) rows.bind(1, std::string_view{*case_reference});
  std::vector<AuditRow> all;
  for (;;) {
    TRY(more, rows.step());
    if (!more) return all;
    all.push_back(read_audit_row(rows));
  }
}

Result<AuditVerdict> verify_audit(const fs::path& path) {
  TRY(rows, read_audit(path));
  AuditVerdict verdict;
  Link before{};
  for (const auto& row : rows) {
    const auto expected = verdict.rows + 1;
    if (row.seq != expected) {
      verdict.broken_at = expected;
      verdict.reason = fmt::format("row {} is missing", expected);
      return verdict;
    }
    if (sha256(canonical(before, row.seq, row.entry)) != row.link) {
      verdict.broken_at = row.seq;
      verdict.reason = fmt::format("row {} is not the one that was written", row.seq);
      return verdict;
    }
    before = row.link;
    ++verdict.rows;
  }
  return verdict;
}

fs::path audit_path(const fs::path& log_directory) { return log_directory / kAuditName; }

Result<> place_audit(const fs::path& log_directory, const fs::path& elsewhere) {
  const auto here = audit_path(log_directory);
  std::error_code error;
  if (elsewhere.empty() || elsewhere == here) return {};
  if (fs::is_symlink(here, error) && fs::read_symlink(here, error) == elsewhere) return {};
  if (fs::exists(here, error) && !fs::is_symlink(here, error)) {
    return fail(here.string() + " exists, but [log] audit_path names " + elsewhere.string(),
                "move the store to its new place by hand, so that it goes on there");
  }
  fs::remove(here, error);
  if (::symlink(elsewhere.c_str(), here.c_str()) != 0)
    return fail_errno("link " + here.string() + " to the audit store");
  return {};
}

}  // namespace cgn::journal
