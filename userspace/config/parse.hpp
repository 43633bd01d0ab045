// SPDX-License-Identifier: Apache-2.0
// Text in, validated policy out, and every complaint at once.
//
// What        parse() reads TOML and checks all that the file alone can tell: unknown keys (with the nearest name),
//             types, ranges, overlaps, block arithmetic, timers below an RFC's minimum. check() adds what only the
//             machine can tell. Both are pure.
// Failure     Where there are complaints the config is best effort: what was wrong has its default. It is good for
//             check() and for nothing else; a file with any complaint is refused whole.
#pragma once

#include <string>
#include <string_view>

#include "config/check.hpp"
#include "config/complaint.hpp"
#include "config/config.hpp"
#include "config/plan.hpp"

namespace cgn::config {

struct Parsed {
  Config config;
  Complaints complaints;  // sorted; empty: the file is valid as far as it can tell
};

[[nodiscard]] Parsed parse(std::string_view text);

// parse()'s and check()'s complaints together, sorted.
[[nodiscard]] Complaints all_complaints(const Parsed&, const MachineFacts&);

// The effective config as a file, every default written out. parse() of it gives the same config.
[[nodiscard]] std::string to_toml(const Config&);

}  // namespace cgn::config
