// SPDX-License-Identifier: Apache-2.0
// SQLite behind types that close themselves.
#include "journal/database.hpp"

#include <cstring>

namespace cgn::journal {
namespace {

Unexpected failure(sqlite3* db, std::string clause) {
  if (db == nullptr) return fail(clause + ": out of memory");
  const int system = sqlite3_system_errno(db);
  auto what = clause + ": " + sqlite3_errmsg(db);
  const bool from_system =
      (sqlite3_errcode(db) == SQLITE_IOERR || sqlite3_errcode(db) == SQLITE_CANTOPEN) && system != 0;
  if (from_system) what += std::string{" ("} + std::strerror(system) + ")";
  return Unexpected{Error{std::move(what), {}, from_system ? system : 0}};
}

std::string uri_of(const std::filesystem::path& path, bool immutable) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri + (immutable ? "?immutable=1" : "");
}

int flags_of(Database::Mode mode) {
  constexpr int kAlways = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  switch (mode) {
    case Database::Mode::create: return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Mode::write: return kAlways | SQLITE_OPEN_READWRITE;
    case Database::Mode::read:
    case Database::Mode::immutable: return kAlways | SQLITE_OPEN_READONLY;
  }
  return 0;
}

}  // namespace

void Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void Statement::bind(int index, std::span<const std::byte> blob) {
  sqlite3_bind_blob(handle_.get(), index, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  auto* db = sqlite3_db_handle(handle_.get());
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = failure(db, sqlite3_db_filename(db, "main"));
  reset();
  return error;
}

Result<> Statement::run() {
  TRY(row, step());
  if (row) reset();
  return {};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

std::string Statement::text(int column) const {
  const auto* data = sqlite3_column_text(handle_.get(), column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* data = sqlite3_column_blob(handle_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  Database db;
  db.path_ = path;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(uri_of(path, mode == Mode::immutable).c_str(), &raw, flags_of(mode), nullptr);
  db.handle_.reset(raw);
  if (code != SQLITE_OK) return failure(raw, "open " + path.string());
  sqlite3_extended_result_codes(raw, 0);
  // The kernel holds the pages of a file that only readers open; a second copy here would be touched once.
  if (mode == Mode::immutable) TRY_VOID(db.execute("PRAGMA cache_size=-128"));
  // A log file must keep its -wal for ever: a file without one is then known to be an incomplete copy. Closing must
  // not checkpoint either, because the last one to close may be a mere reader.
  int persist = 1;
  sqlite3_file_control(raw, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Only recovery of a -wal after a crash, or its restart, ever makes anybody wait.
  sqlite3_busy_timeout(raw, 2000);
  return db;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return failure(handle_.get(), path_.string());
  return Statement{raw};
}

Result<Statement*> LatentStatement::get() {
  if (!statement_) {
    TRY(statement, db_.prepare(sql_));
    statement_ = std::move(statement);
  }
  return &*statement_;
}

Result<> Database::execute(const std::string& sql) const {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(handle_.get(), path_.string());
  }
  return {};
}

void Database::watch_wal(int& pages) const {
  const auto note = [](void* into, sqlite3*, const char*, int count) {
    *static_cast<int*>(into) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_.get(), note, &pages);
}

// A connection that has read nothing does not know that there is a -wal, and then a checkpoint is none, without an error.
Result<> Database::checkpoint() const {
  TRY_VOID(execute("SELECT 1 FROM sqlite_master LIMIT 1"));
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return failure(handle_.get(), "checkpoint " + path_.string());
  return {};
}

}  // namespace cgn::journal
