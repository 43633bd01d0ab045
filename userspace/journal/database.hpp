// SPDX-License-Identifier: Apache-2.0
// SQLite behind types that close themselves.
//
// What        Database is one connection, Statement one prepared statement of it; both move-only.
// Ownership   A Statement must die before its Database (declare it after it). A connection is used by one thread.
// Failure     Every error carries SQLite's own sentence and the file's name.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cgn/result.hpp"

namespace cgn::journal {

class Database;

class Statement {
 public:
  Statement() = default;

  // Parameters count from 1, as in SQL.
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_.get(), index, value); }
  void bind(int index, std::string_view text);
  void bind(int index, std::span<const std::byte> blob);
  void bind_null(int index) { sqlite3_bind_null(handle_.get(), index); }

  // True when there is a row to read. After false or an error the statement is ready to be bound anew.
  [[nodiscard]] Result<bool> step();
  // For statements that give no rows.
  [[nodiscard]] Result<> run();
  void reset() { sqlite3_reset(handle_.get()); }

  // Columns count from 0, as in SQLite. A missing text or blob is empty.
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  explicit Statement(sqlite3_stmt* handle) : handle_{handle} {}
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Database {
 public:
  enum class Mode {
    create,     // read and write, made when absent
    write,      // read and write
    read,       // read only, with its -wal
    immutable,  // read only, no -wal looked for, no lock taken, nothing created beside it
  };
  Database() = default;
  [[nodiscard]] static Result<Database> open(const std::filesystem::path&, Mode);

  [[nodiscard]] explicit operator bool() const { return handle_ != nullptr; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  [[nodiscard]] Result<> execute(const std::string& sql) const;
  // True outside of any transaction.
  [[nodiscard]] bool idle() const { return sqlite3_get_autocommit(handle_.get()) != 0; }
  // `pages` follows the length of the -wal after each commit of this connection, and must outlive it.
  void watch_wal(int& pages) const;
  // Moves what it can from the -wal into the file without making anybody wait.
  [[nodiscard]] Result<> checkpoint() const;

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::filesystem::path path_;
};

// A statement that is understood when it is first needed: a look-up needs few of all those that there are.
class LatentStatement {
 public:
  // The database outlives it.
  LatentStatement(const Database& db, std::string sql) : db_{db}, sql_{std::move(sql)} {}
  [[nodiscard]] Result<Statement*> get();

 private:
  const Database& db_;
  std::string sql_;
  std::optional<Statement> statement_{};
};

}  // namespace cgn::journal
