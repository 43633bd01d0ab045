// SPDX-License-Identifier: Apache-2.0
// Timers, and the minimum that an RFC gives each of them.
//
// What        A timer below its minimum breaks applications that rely on the minimum, so the file must say that it
// means
//             it: below_rfc_minimum = true.
// RFC         4787 REQ-5, 5382 REQ-5, 5508 REQ-2; 8512 (fragment-min-timeout), 6888 REQ-8 for the rests of ports and blocks (pools.cpp)
#include <fmt/core.h>

#include "config/minimum.hpp"
#include "config/tables.hpp"

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
  const auto read = [&](std::string_view key, Duration& into, Duration least, std::string_view rfc) {
    read_above_minimum(section, key, into, {.least = least, .rfc = rfc, .waived = timeouts.below_rfc_minimum});
  };
  read("udp", timeouts.udp, 120s, "RFC 4787 REQ-5");
  // RFC 4787 REQ-5a lets mappings to well-known ports live shorter; a mapping that only spoke to port 53 is one.
  if (Duration dns = timeouts.udp; section.duration("udp_dns", dns, 1s)) timeouts.udp_dns = dns;
  read("icmp", timeouts.icmp, 60s, "RFC 5508 REQ-2");
  read("tcp_opening", timeouts.tcp_opening, 240s, "RFC 5382 REQ-5");
  read("tcp_established", timeouts.tcp_established, 7440s, "RFC 5382 REQ-5");
  read("tcp_closing", timeouts.tcp_closing, 240s, "RFC 5382 REQ-5");
  read("fragment", timeouts.fragment, 2s, "RFC 8512 fragment-min-timeout");
}

}  // namespace cgn::config
