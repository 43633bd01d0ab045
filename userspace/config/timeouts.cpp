// SPDX-License-Identifier: Apache-2.0
// Timers, and the minimum that an RFC gives each of them.
//
// What        A timer below its minimum breaks applications that rely on the minimum, so the file must say that it
//             means it: below_rfc_minimum = true.
// RFC         4787 REQ-5, 5382 REQ-5, 5508 REQ-2; 8512 (fragment-min-timeout), 6888 REQ-8 for the rests of ports and blocks (pools.cpp)
#include <fmt/core.h>

#include "config/minimum.hpp"
#include "config/tables.hpp"
#include "config/timer_minima.hpp"

namespace cgn::config {

using namespace std::chrono_literals;

void read_above_minimum(Section& section, std::string_view key, Duration& into, const Minimum& minimum) {
  Duration value = into;
  if (!section.duration(key, value)) return;
  if (value < minimum.least && !minimum.waived) {
    section.complain(key,
                     fmt::format("'{}' in {} is {}, below the minimum of {} ({})", key, section.name(),
                                 to_string(value), to_string(minimum.least), minimum.rfc),
                     "below_rfc_minimum = true in [timeouts] allows it");
    return;
  }
  if (value < 1s && !minimum.zero_means_none) {
    section.complain(key, fmt::format("'{}' in {} is {}", key, section.name(), to_string(value)), "1s at least");
    return;
  }
  into = value;
}

void read_timeouts(Section& section, Timeouts& timeouts) {
  section.flag("below_rfc_minimum", timeouts.below_rfc_minimum);
  for (const auto& minimum : kTimerMinima) {
    read_above_minimum(section, minimum.key, timeouts.*minimum.timer,
                       {.least = minimum.least, .rfc = minimum.rfc, .waived = timeouts.below_rfc_minimum});
  }
  // RFC 4787 REQ-5a lets mappings to well-known ports live shorter; a mapping that only spoke to port 53 is one.
  if (Duration dns = timeouts.udp; section.duration("udp_dns", dns, 1s)) timeouts.udp_dns = dns;
}

}  // namespace cgn::config
