// SPDX-License-Identifier: Apache-2.0
// The legal record read from a sequence number on, across its files, live and sealed.
//
// What        read() hands out the next rows as events. A file that is being written is opened for each read and closed again, so
//             that nobody who wants to seal it has to wait; a sealed one stays open while it is read, and many of its rows are
//             taken at a time, because each look at them by number sorts them all. Blocks come with the
//             name of their customer (names.hpp), for which the rows before the first are looked through.
// Ownership   Opens files for reading only. One thread.
// Failure     An Error when a file cannot be read now: ask again later, nothing is skipped. Rows that no file holds any more
//             (their retention is over) are passed over and counted.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "journal/export/event.hpp"
#include "journal/export/names.hpp"
#include "journal/source.hpp"

namespace cgn::journal {

class Cursor {
 public:
  Cursor(std::filesystem::path directory, std::uint64_t next_seq)
      : directory_{std::move(directory)}, next_{next_seq == 0 ? 1 : next_seq} {}

  struct Batch {
    std::vector<Event> events{};
    std::uint64_t missing = 0;  // rows that are in no file
  };
  // At most `most` rows, none after `last`.
  [[nodiscard]] Result<Batch> read(std::size_t most, std::uint64_t last);

  [[nodiscard]] std::uint64_t next() const { return next_; }
  void seek(std::uint64_t seq) { next_ = seq == 0 ? 1 : seq; }

  // The first row of the file in which the record of this instant begins; 1 when it is older than all files.
  [[nodiscard]] Result<std::uint64_t> first_of(WallTime);

 private:
  struct File {
    std::uint64_t first_seq = 0;
    WallTime opened{};
    std::uint32_t node_id = 0;
    std::string node_name{};
  };
  struct Place {
    std::filesystem::path path{};    // empty: no file begins at or before next_
    std::uint64_t end = UINT64_MAX;  // the next file's first row: from there this file is void
  };
  [[nodiscard]] Result<> list();
  [[nodiscard]] Place place() const;
  [[nodiscard]] Result<> open(const std::filesystem::path&);
  [[nodiscard]] Result<Mark> mark_before(const File&, std::uint64_t seq) const;
  [[nodiscard]] Result<std::vector<Row>> rows(std::size_t most, std::uint64_t end);
  [[nodiscard]] Result<std::vector<Row>> rows_in_file(std::size_t most, std::uint64_t end) const;
  [[nodiscard]] Result<> take(std::vector<Row>, const File&, Batch&);
  // Learns the names as of the row before `seq`.
  [[nodiscard]] Result<> learn_names(const File&, std::uint64_t seq);
  [[nodiscard]] std::filesystem::path before(const File&) const;

  std::filesystem::path directory_;
  std::uint64_t next_;
  std::map<std::filesystem::path, File> files_;
  std::optional<Source> source_;
  std::filesystem::path open_path_;
  std::deque<Row> ahead_;          // of the sealed file that is open
  std::uint64_t ahead_after_ = 0;  // they follow the rows before this one
  Names names_;
  std::uint64_t names_known_ = 0;  // as of all rows before this one; 0: of none
};

}  // namespace cgn::journal
