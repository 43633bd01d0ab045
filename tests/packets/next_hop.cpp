// SPDX-License-Identifier: Apache-2.0
// Where the translated packet goes next, and why it cannot.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

Frame to(Ipv4 destination) { return received_by(Link::internal).ipv4(kAlice, destination).udp(5000, 443); }

}  // namespace

std::vector<Row> next_hop_rows() {
  return {
      {.says = "a mapping whose next hop is unresolved is punted, untranslated, to be held",
       .given = {kAliceUdp},
       .in = to(kSilent).payload_of(40),
       .verdict = CGN_VERDICT_PUNTED,
       .punt =
           Punt{.reason = CGN_PUNT_NEXT_HOP, .next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop}},
      {.says = "a first packet whose next hop is unresolved says so",
       .in = to(kSilent).payload_of(40),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = Punt{.next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop}},
      {.says = "a mapping's packet without a route is refused",
       .given = {kAliceUdp},
       .in = to(kUnreachable).payload_of(40),
       .verdict = CGN_VERDICT_NO_ROUTE},
      {.says = "so is a first packet: the slow path could not send it either",
       .in = to(kUnreachable).payload_of(40),
       .verdict = CGN_VERDICT_NO_ROUTE},
      {.says = "a route out of an interface that is not ours is refused",
       .given = {kAliceUdp},
       .in = to(kElsewhere).payload_of(40),
       .verdict = CGN_VERDICT_NO_PORT},
      {.says = "a packet of exactly the next hop's MTU passes",
       .given = {kAliceUdp},
       .in = to(kVlanWeb).payload_of(1400 - 28),
       .egress = Link::external_vlan,
       .out = sent_by(Link::external_vlan).ipv4(kPoolAddress, kVlanWeb).ttl(63).udp(40000, 443).payload_of(1400 - 28)},
  };
}

}  // namespace cgn::test
