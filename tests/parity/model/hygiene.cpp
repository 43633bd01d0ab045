// SPDX-License-Identifier: Apache-2.0
// What no honest header shows: a sum that does not hold, options longer than their header, routes chosen by the sender.
//
// What        Asked of what is translated, bypassed or routed on, not of what the box itself gets. Sum first, then the
//             options as they come: a wrong length before the kind. Every other option passes.
// RFC         1812 section 5.2.2; 7126 sections 4.3 and 4.4; 791
#include "parity/model/visit.hpp"
#include "parity/sums.hpp"

namespace cgn::parity {

Step fault_of_header(Frame frame, const Ipv4Header& ip) {
  constexpr unsigned kEnd = 0, kNothing = 1, kLooseRoute = 131, kStrictRoute = 137;
  if (remainder_of(frame.subspan(ip.at, ip.size)) != 0) return CGN_VERDICT_HEADER_CHECKSUM;
  const auto end = ip.transport();
  for (auto at = ip.at + 20; at < end;) {
    const auto kind = byte_at(frame, at);
    if (kind == kEnd) break;
    if (kind == kNothing) {
      ++at;
      continue;
    }
    const auto length = at + 1 < end ? byte_at(frame, at + 1) : 0u;
    if (length < 2 || at + length > end) return CGN_VERDICT_IP_OPTIONS;
    if (kind == kLooseRoute || kind == kStrictRoute) return CGN_VERDICT_SOURCE_ROUTE;
    at += length;
  }
  return kGoOn;
}

}  // namespace cgn::parity
