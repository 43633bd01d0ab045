// SPDX-License-Identifier: Apache-2.0
// Fragments of packets to translate: all of them are the slow path's, which alone remembers datagrams.
//
// What        The first has its ports, and is looked up, routed and stamped as a whole packet is. A later one has none:
//             outbound it leaves by its destination, which stays; inbound it must be for an address that is lent to
//             somebody; where it goes then, only its first one says.
// RFC         791, 1858, 3128 (whose cuts packet/view.cpp judges)
#include "parity/model/visit.hpp"

namespace cgn::parity {

bool is_later_fragment(const Visit& v) { return v.ip.fragment_offset != 0; }

Step find_later_fragment(const Visit& v) {
  const bool lent = v.state.scene.lent.contains(v.ip.destination);
  return v.direction == CGN_INBOUND && !lent ? Step{CGN_VERDICT_NO_MAPPING} : kGoOn;
}

bool may_route(const Visit& v) {
  const bool unknown = is_later_fragment(v) || (v.direction == CGN_HAIRPIN && !v.view.quote && !v.to.destination);
  return !unknown || v.direction == CGN_OUTBOUND;
}

}  // namespace cgn::parity
