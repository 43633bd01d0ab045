// SPDX-License-Identifier: Apache-2.0
// Packets that end here and whose sender must be told, and packets larger than their next hop takes.
//
// What        The kernel program only chooses: it hands such a packet to the slow path with its reason, or ends it with the
//             verdict that it has anyway, untold: past the limits, without a daemon, about later fragments and ICMP errors.
// RFC         792, 1122 section 3.2.2, 1191, 4787 REQ-13, 5508 REQ-10
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

Step tell(Visit& v, cgn_punt_reason reason) {
  if (v.ip.fragment_offset != 0 || v.view.quote) return untold(reason);
  v.reason = reason;
  return kGoOn;
}

}  // namespace

Verdict untold(cgn_punt_reason reason) {
  switch (reason) {
    case CGN_PUNT_TTL_EXCEEDED: return CGN_VERDICT_TTL_EXCEEDED;
    case CGN_PUNT_PROTOCOL: return CGN_VERDICT_PROTOCOL;
    default: return CGN_VERDICT_TOO_BIG;
  }
}

// Answered, never forwarded.
bool is_told(const Visit& v) {
  return v.reason == CGN_PUNT_TTL_EXCEEDED || v.reason == CGN_PUNT_PROTOCOL ||
         (v.reason == CGN_PUNT_TOO_BIG && v.ip.dont_fragment);
}

Step tell_of_ttl(Visit& v) { return v.ip.ttl <= 1 ? tell(v, CGN_PUNT_TTL_EXCEEDED) : kGoOn; }

// The TTL comes before the protocol, as in any router. Outside nobody is told: no mapping says that it is spoken here.
Step tell_of_protocol(Visit& v) {
  if (v.direction == CGN_INBOUND) return CGN_VERDICT_PROTOCOL;
  if (v.ip.ttl <= 1) return tell_of_ttl(v);
  if (v.state.scene.settings.switches & CGN_SWITCH_SILENT) return CGN_VERDICT_PROTOCOL;
  return tell(v, CGN_PUNT_PROTOCOL);
}

// What may be fragmented is traffic, and goes by the slow path; what may not be makes no mapping.
Step fit(Visit& v) {
  if (v.mtu == 0) return kGoOn;
  if (v.ip.dont_fragment) return tell(v, CGN_PUNT_TOO_BIG);
  if (!v.reason) v.reason = CGN_PUNT_TOO_BIG;
  return kGoOn;
}

}  // namespace cgn::parity
