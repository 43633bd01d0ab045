// SPDX-License-Identifier: Apache-2.0
// An interval of the legal record, sent to a collector once more.
//
// What        The same rows in the same words as the first time, from the files alone: it works with the daemon down, and on
//             copied files. What of the interval the files do not hold is counted, not passed over in silence.
// Failure     An Error when the collector cannot be reached or hangs up; what was sent until then stands in `so_far`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "cgn/collector.hpp"
#include "cgn/result.hpp"

namespace cgn::journal {

// By number or by time; both ends count. What is not given is open.
struct Interval {
  std::optional<std::uint64_t> first_seq{};
  std::optional<std::uint64_t> last_seq{};
  std::optional<WallTime> from{};
  std::optional<WallTime> to{};
};

struct Replayed {
  std::uint64_t rows = 0;     // of the interval
  std::uint64_t records = 0;  // sent: of rows that the collector's format has words for
  std::uint64_t lost = 0;     // that the network would not take
  std::uint64_t missing = 0;  // rows of the interval that are in no file
  std::uint64_t first_seq = 0, last_seq = 0;
};

struct ReplayOrder {
  std::filesystem::path log_directory{};
  Interval interval{};
  Collector to{};
  std::function<Now()> clock{};
};

[[nodiscard]] Result<> replay(const ReplayOrder&, Replayed& so_far);

}  // namespace cgn::journal
