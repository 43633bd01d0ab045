// SPDX-License-Identifier: Apache-2.0
// Times as people write them, read without guessing.
//
// What        "2026-11-20T14:03:11Z", fractions of a second, offsets ("+01:00"), zones ("2026-11-20 08:30:00
//             Europe/Berlin"), seconds since 1970 ("1795158000.25"), "now". A space or a T stands between date and
//             time.
// Failure     A local time that happened twice (or never) where clocks are changed is refused, both candidates named.
//             So is a time without zone, and an abbreviation such as CET, which means different things to different
//             people: a wrong hour is a wrong customer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::cgnctl {

// Digits beyond the millisecond are dropped.
[[nodiscard]] Result<WallTime> parse_time(std::string_view text, WallTime now);

// The place in whose local time the text is written, "Europe/Berlin"; empty when it names none.
[[nodiscard]] std::string place_of(std::string_view text);
// "2026-11-20 08:30:00.000 Europe/Berlin (UTC+01:00)"; nullopt when no such place is known.
[[nodiscard]] std::optional<std::string> local_text(WallTime, const std::string& place);

// "1s", "500ms", "2m", "1h".
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

}  // namespace cgn::cgnctl
