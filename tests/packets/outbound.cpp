// SPDX-License-Identifier: Apache-2.0
// From a subscriber to the world: the source is translated.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

Mapping dns(Mapping m) {
  m.features = CGN_FEATURE_DNS;
  return m;
}

}  // namespace

std::vector<Row> outbound_rows() {
  return {
      {.says = "the first UDP packet of a subscriber is punted with its next hop, and leaves translated",
       .granted = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload("query of alice..."),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40000, 53).payload("query of alice..."),
       .punt = Punt{}},
      {.says = "a UDP packet of a mapping is translated",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload("query of alice..."),
       .out =
           sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40000, 53).payload("query of alice...")},
      {.says = "the same mapping serves another remote (RFC 4787 REQ-1)",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(100),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload_of(100)},
      {.says = "another port of the same subscriber is a first packet",
       .given = {kAliceUdp},
       .granted = {mapped(Proto::udp, at_port(kAlice, 5001), at_port(kPoolAddress, 40001))},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5001, 53).payload_of(30),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40001, 53).payload_of(30),
       .punt = Punt{}},
      {.says = "the same port of another subscriber is a first packet",
       .given = {kAliceUdp},
       .granted = {mapped(Proto::udp, at_port(kBob, 5000), at_port(kOtherPoolAddress, 40000))},
       .in = received_by(Link::internal).ipv4(kBob, kResolver).udp(5000, 53).payload_of(30),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kOtherPoolAddress, kResolver).ttl(63).udp(40000, 53).payload_of(30),
       .punt = Punt{}},
      {.says = "the same endpoint with another protocol is a first packet",
       .given = {kAliceUdp},
       .granted = {mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 40017))},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40017, 80, kSyn).payload_of(6),
       .punt = Punt{}},
      {.says = "a mapping made by a DNS query is noted when it speaks to another port",
       .given = {dns(kAliceUdp)},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(40),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload_of(40),
       .seen = CGN_SEEN_NOT_DNS},
      {.says = "a mapping made by a DNS query stays one with the next query",
       .given = {dns(kAliceUdp)},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 53).payload_of(40),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 53).payload_of(40)},
      {.says = "TTL 2 leaves as 1",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).ttl(2).udp(5000, 53).payload_of(30),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(1).udp(40000, 53).payload_of(30)},
      {.says = "TTL 255 leaves as 254",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).ttl(255).udp(5000, 53).payload_of(30),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(254).udp(40000, 53).payload_of(30)},
      {.says = "IP options, type of service and identification travel unchanged",
       .given = {kAliceUdp},
       .in = received_by(Link::internal)
                 .ipv4(kAlice, kResolver)
                 .options(3)
                 .tos(0xb8)
                 .identification(7)
                 .udp(5000, 53)
                 .payload_of(30),
       .out = sent_by(Link::external)
                  .ipv4(kPoolAddress, kResolver)
                  .options(3)
                  .tos(0xb8)
                  .identification(7)
                  .ttl(63)
                  .udp(40000, 53)
                  .payload_of(30)},
      {.says = "a first packet with the most IP options is punted with the right transport offset",
       .granted = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).options(10).udp(5000, 53).payload_of(30),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).options(10).ttl(63).udp(40000, 53).payload_of(30),
       .punt = Punt{.l4_offset = 74}},
      {.says = "padding behind the IP packet is no part of it",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload("abc").padding(15, 0xaa),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40000, 53).payload("abc")},
      {.says = "a first packet is refused as slow_path_away while no daemon takes packets",
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(30),
       .verdict = CGN_VERDICT_SLOW_PATH_AWAY,
       .daemon_away = true},
      {.says = "a mapping goes on while no daemon takes packets",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(30),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40000, 53).payload_of(30),
       .daemon_away = true},
  };
}

}  // namespace cgn::test
