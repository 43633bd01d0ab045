// SPDX-License-Identifier: Apache-2.0
// The log file in use, as its writer holds it.
//
// What        Appends groups of rows, one transaction each, synchronous=FULL, WAL, never a checkpoint in a commit.
// Knows
//             the newest sequence number and hash link.
// Life-cycle  open() recovers the -wal after a crash and reads back where the file ends.
// Failure     A failed append() has written nothing that this connection sees, but may be in doubt on disk: open the
//             file anew to learn what is really there. A commit into a file that is no longer at its path is a
//             failure.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

class LogFile {
 public:
  [[nodiscard]] static Result<LogFile> open(const std::filesystem::path&);
  // Of a connection that is already in WAL mode.
  [[nodiscard]] static Result<LogFile> take(Database);

  [[nodiscard]] const std::filesystem::path& path() const { return db_.path(); }
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }
  [[nodiscard]] const Link& link() const { return link_; }
  [[nodiscard]] bool complete() const { return complete_; }
  // Pages in the -wal after the last commit.
  [[nodiscard]] int wal_pages() const { return *wal_pages_; }

  // The rows carry their sequence numbers, which follow last_seq().
  [[nodiscard]] Result<> append(std::span<const Row>);
  [[nodiscard]] Result<> close_books(WallTime closed);
  [[nodiscard]] Result<> checkpoint() const { return db_.checkpoint(); }

  // The rows with first <= seq, in order, until the visitor says no.
  [[nodiscard]] Result<> visit(std::uint64_t first, const std::function<bool(const Row&)>&) const;
  // The newest row, if there is any.
  [[nodiscard]] Result<std::optional<Row>> last_row() const;

 private:
  LogFile() = default;
  [[nodiscard]] Result<> prepare();
  [[nodiscard]] Result<> read_end();
  [[nodiscard]] Result<> write_group(std::span<const Row>, const Link&);
  [[nodiscard]] Result<> note_width(const Row&);
  [[nodiscard]] Result<> note_reach(const Row&);
  [[nodiscard]] Result<> still_in_place() const;

  Database db_;
  Statement begin_, commit_, insert_, insert_commit_, insert_width_, insert_reach_;
  Header header_{};
  std::uint64_t last_seq_ = 0;
  Link link_{};
  bool complete_ = false;
  std::set<unsigned> widths_;
  WallTime reach_{};
  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);  // SQLite's hook holds its address
  std::string identity_, wal_identity_;
};

}  // namespace cgn::journal
