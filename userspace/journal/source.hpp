// SPDX-License-Identifier: Apache-2.0
// One log file, opened to be asked.
//
// What        Opens a file without leaving a trace: with its -wal when there is one, immutable when there is none,
// through
//             a private copy when the directory may not be written (SQLite needs a -shm beside a -wal).
// Ownership   Holds read locks only while a question runs. The private copy is removed with it.
// Failure     A file without -wal is checked through and through, because a copy made in the middle of a checkpoint may
//             be torn; what cannot be read is an Error with the reason.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

class Source {
 public:
  [[nodiscard]] static Result<Source> open(const std::filesystem::path&);

  [[nodiscard]] bool has_wal() const { return has_wal_; }
  [[nodiscard]] Result<Header> header() const { return read_header(db_); }
  [[nodiscard]] Result<std::optional<Row>> last_row() const;
  // Starts, steps, markers: everything that is about no block but changes what rows mean.
  [[nodiscard]] Result<std::vector<Row>> turns() const;

  // The rows with first <= seq, in order, until the visitor says no.
  [[nodiscard]] Result<> visit(std::uint64_t first, const std::function<bool(const Row&)>&) const;

  // The earliest wall time of a row about a block, if it is before the file was opened.
  [[nodiscard]] Result<std::optional<WallTime>> reach() const;

  // Rows of blocks of this address, in order of seq; only of blocks that overlap `ports` when given.
  [[nodiscard]] Result<std::vector<Row>> rows(Ipv4 external, const std::optional<PortRange>& ports);
  // Rows of blocks and identities of subscribers that overlap the prefix.
  [[nodiscard]] Result<std::vector<Row>> rows(const Prefix& subscriber);
  // Rows of kind identity with this one.
  [[nodiscard]] Result<std::vector<Row>> rows_of_identity(const std::string& id) const;

 private:
  struct PrivateCopy;
  Source();

 public:
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

 private:
  [[nodiscard]] static Result<Source> try_open(const std::filesystem::path&, Database::Mode);
  [[nodiscard]] static Result<Source> open_copy(const std::filesystem::path&);
  [[nodiscard]] Result<> prepare();
  [[nodiscard]] Result<unsigned> widest();

  std::unique_ptr<PrivateCopy> copy_;  // outlives the connection
  Database db_;
  Statement by_external_, by_ports_, by_subscriber_, by_exact_subscriber_, widest_;
  bool has_wal_ = false;
};

}  // namespace cgn::journal
