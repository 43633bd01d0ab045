// SPDX-License-Identifier: Apache-2.0
// From rows to loans: who held which block from when until when.
//
// What        PURE. Takes the rows of a gap-free run of files, in order of seq, and joins allocated, continued and
//             released rows of one loan. A reboot ends the loans that no row of the new boot continues. A backward
//             step of the wall clock begins a new *epoch*: the same wall time may then lie in two epochs, and each
//             must be asked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "journal/judgement.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

// The detail of a row that stands for a computed block (computed.hpp). Those of the log have none.
inline constexpr std::string_view kComputedDetail = "computed";

struct Loan {
  OpenBlock block{};
  std::uint64_t seq = 0;                  // of the first row that tells of it
  std::size_t file = 0;                   // where that row stands
  std::optional<std::size_t> from_epoch;  // none: it began before the run
  std::optional<WallTime> to{};
  std::size_t to_epoch = 0;
  // The end is known only to lie between these two: the last record of a boot and the start of the next.
  std::optional<WallTime> last_seen{};
  bool computed = false;
};

class Loans {
 public:
  // `opened`: when the run's first file was opened.
  explicit Loans(WallTime opened) : opened_{opened} { epochs_.push_back({}); }

  // So many rows are about to come.
  void expect(std::size_t rows) { loans_.reserve(loans_.size() + rows); }
  // Rows in order of seq; `file` is the caller's number of the file.
  void apply(const Row&, std::size_t file);

  [[nodiscard]] const std::vector<Loan>& all() const { return loans_; }
  // Steps of the wall clock and notes of how exact it is.
  [[nodiscard]] const std::vector<Row>& clock_rows() const { return clock_rows_; }
  // The present one's number, and one less than how many there were so far.
  [[nodiscard]] std::size_t epoch() const { return epochs_.size() - 1; }
  // The epochs in which the wall clock may have shown something within `tolerance` of `at`.
  [[nodiscard]] std::vector<std::size_t> epochs_of(WallTime at, std::chrono::milliseconds tolerance) const;
  // All loans as one epoch saw them; same order as all(). A loan that has no part in it is an empty interval.
  [[nodiscard]] std::vector<Interval> seen_in(std::size_t epoch) const;

 private:
  struct Epoch {
    std::optional<WallTime> first{};  // none: as early as the run goes
    std::optional<WallTime> last{};
  };
  using Key = std::tuple<Ipv4, PortRange, Prefix, std::string, WallTime>;
  void apply_turn(const Row&);
  void apply_block(const Row&, std::size_t file);
  void end_boot(const Row& start);
  [[nodiscard]] Interval seen_in(const Loan&, std::size_t epoch) const;

  WallTime opened_;
  std::vector<Loan> loans_;
  std::map<Key, std::size_t> index_;
  std::vector<Epoch> epochs_;
  std::string boot_id_;
  std::vector<Row> clock_rows_;
};

}  // namespace cgn::journal
