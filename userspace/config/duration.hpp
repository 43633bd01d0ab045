// SPDX-License-Identifier: Apache-2.0
// Durations as operators write them: "300s", "10m", "2h", "730d", "200ms".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cgn/time.hpp"

namespace cgn::config {

// A whole number and one unit, without blanks; nullopt for anything else and for more than a hundred years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// In the unit that operators use for this length, exactly: "7440s", "10m", "730d". Below a millisecond is cut off.
[[nodiscard]] std::string to_string(Duration);

}  // namespace cgn::config
