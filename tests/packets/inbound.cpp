// SPDX-License-Identifier: Apache-2.0
// From the world to a pool address: the destination is translated, or nobody holds it.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

}  // namespace

std::vector<Row> inbound_rows() {
  return {
      {.says = "the answer comes back to the internal endpoint",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40000).payload_of(80),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).udp(53, 5000).payload_of(80)},
      {.says = "a stranger reaches the mapping too: filtering is endpoint-independent (RFC 6888 REQ-7)",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).udp(6881, 40000).payload_of(33),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).udp(6881, 5000).payload_of(33)},
      {.says = "a port that nobody holds is no_mapping",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40001).payload_of(30),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "the held port on another pool address is no_mapping",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kOtherPoolAddress).udp(53, 40000).payload_of(30),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "the held port with another protocol is no_mapping",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(80, 40000, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "the internal endpoint is no key of the external realm",
       .given = {mapped(Proto::udp, at_port(kPoolAddress, 5000), at_port(kOtherPoolAddress, 40000))},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 5000).payload_of(30),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "a scan is no_mapping also while no daemon takes packets: strangers never reach it",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(52000, 23, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_NO_MAPPING,
       .daemon_away = true},
      {.says = "a neighbour on an internal port, no subscriber, reaches a mapping as the world does",
       .given = {kAliceUdp},
       .link = Link::internal,
       .in =
           received_by(Link::internal).ipv4(facts(Link::internal).next_hop, kPoolAddress).udp(9, 40000).payload_of(30),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(facts(Link::internal).next_hop, kAlice).ttl(63).udp(9, 5000).payload_of(30)},
      {.says = "TTL 2 reaches the subscriber as 1",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).ttl(2).udp(53, 40000).payload_of(30),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(1).udp(53, 5000).payload_of(30)},
      {.says = "IP options come through inbound",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).options(1).udp(53, 40000).payload_of(30),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).options(1).ttl(63).udp(53, 5000).payload_of(30)},
      {.says = "a minimum-size frame keeps its padding out of the packet",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40000).payload("x").padding(17),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).udp(53, 5000).payload("x")},
  };
}

}  // namespace cgn::test
