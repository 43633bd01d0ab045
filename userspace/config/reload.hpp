// SPDX-License-Identifier: Apache-2.0
// From the config in force to the one in the file: what changes, and whether that can be done while packets flow.
//
// What        Both configs are written out with every default (to_toml) and compared key by key, so that a key which
//             this page has never heard of is seen all the same. Only the keys of one list may change live: limits,
//             timers, rests, marks of alarms, answers to refusals. All else decides how tables are cut, what is attached
//             where, or what the log promises, and asks for a restart, which keeps sessions (decision 0009).
// Ownership   Values in, values out.
// Failure     None. Both configs must be valid.
// RFC         6888 REQ-4A (limits configurable)
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace cgn::config {

struct Change {
  std::string key;   // "[limits] ports_per_subscriber", "[[pool]] res-1: block_linger"
  std::string from;  // as in the file; empty: not there
  std::string to;
  friend bool operator==(const Change&, const Change&) = default;
};

struct Reload {
  std::vector<Change> live;
  std::vector<Change> restart;  // not empty: nothing may be applied
};

[[nodiscard]] Reload compare(const Config& now, const Config& next);

}  // namespace cgn::config
