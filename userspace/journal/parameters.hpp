// SPDX-License-Identifier: Apache-2.0
// The parameters of computed blocks, as a row of the log holds them.
//
// What        PURE. One record speaks for all deterministic pools of a node, and replaces the one before. docs/deterministic.md
//             tells its fields to everybody.
// Failure     A record of an algorithm that is not known, or whose numbers do not fit each other, is an Error: whoever reads it
//             must not guess.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cgn/deterministic.hpp"
#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::journal {

using PoolParameters = std::vector<DeterministicParameters>;

struct Parameters {
  std::uint32_t node_id = 0;
  std::string node_name{};
  WallTime since{};  // in force, without a change
  std::chrono::milliseconds rest{};
  PoolParameters pools{};
  // What was in force less than `rest` before, the latest first.
  struct Former {
    WallTime until{};
    PoolParameters pools{};
    friend bool operator==(const Former&, const Former&) = default;
  };
  std::vector<Former> former{};
  friend bool operator==(const Parameters&, const Parameters&) = default;
};

[[nodiscard]] std::string to_detail(const Parameters&);
[[nodiscard]] Result<Parameters> parse_parameters(std::string_view detail);

// What follows on `last` at this time, if `pools` are in force from now on.
[[nodiscard]] Parameters next_parameters(const Parameters& last, PoolParameters pools, WallTime now,
                                         std::chrono::milliseconds rest);

}  // namespace cgn::journal
