// SPDX-License-Identifier: Apache-2.0
// What the record owes while it cannot be written (decision 0029).
//
// What        PURE. Events are of two sorts. One has not happened when its row cannot be written (a block that is not given):
//             it is refused, and counted. The other has happened whatever the disk does (a block that goes on after a start, a
//             configuration that was taken): it waits, with its own time. When the record is written again, what waited is
//             written first, and a gap note says from when to when nothing could be, and how much was refused, late and lost.
// Life-cycle  begin() -> keep(), refuse() -> rows() and note() -> settle().
// Failure     It is bounded: beyond kMost an event is lost, and the note says so.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "journal/record.hpp"
#include "journal/writer.hpp"

namespace cgn::journal {

class Backlog {
 public:
  static constexpr std::size_t kMost = 1'000'000;
  explicit Backlog(std::size_t most = kMost) : most_{most} {}

  // From now on nothing can be written; said again, it only tells the newest reason.
  void begin(WallTime, const std::string& why);
  [[nodiscard]] std::optional<WallTime> since() const { return since_; }

  // false: there are too many, and this one is lost.
  [[nodiscard]] bool keep(std::uint64_t token, Row);
  void refuse() { ++refused_; }
  // A row that nobody asks after and that must not be lost: what is found amiss when the log is opened anew.
  void owe(Row row) { waiting_.push_back({std::nullopt, std::move(row)}); }

  // This row is on disk after all: true if it was one that waited.
  bool found(const Row&);
  // What waits, in the order in which it came.
  [[nodiscard]] std::vector<Row> rows() const;
  // The gap, if all that waits is written before it.
  [[nodiscard]] Note note(const Now&) const;
  // All of it is durable: under which number, `seqs` says in the order of rows(). How that ends for who asked, found rows
  // included; then there is no backlog.
  [[nodiscard]] std::vector<Completion> settle(const std::vector<std::uint64_t>& seqs);

 private:
  struct Waiting {
    std::optional<std::uint64_t> token;  // none: nobody asks after it
    Row row;
  };
  std::size_t most_;
  std::optional<WallTime> since_{};
  std::string why_{};
  std::deque<Waiting> waiting_{};
  std::vector<Completion> found_{};
  std::uint64_t on_disk_ = 0;  // of what waited
  std::uint64_t refused_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace cgn::journal
