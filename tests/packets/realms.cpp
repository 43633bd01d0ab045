// SPDX-License-Identifier: Apache-2.0
// Two realms: the same internal addresses behind int0 and behind int0.500, and nothing but the link tells them apart.
#include "cgn/tunnel.hpp"
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceWest = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceEast = in_east(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kOtherPoolAddress, 50000)));
const Mapping kPingWest = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000));
const Mapping kPingEast = in_east(mapped(Proto::icmp, at_port(kAlice, 77), at_port(kOtherPoolAddress, 52000)));
const Mapping kEspWest = tunnelled(kEsp, kAlice, kPoolAddress, kWeb);
const Mapping kEspEast = in_east(tunnelled(kEsp, kAlice, kOtherPoolAddress, kWeb));

std::vector<Row> ways() {
  return {
      {.says = "a packet of the default realm leaves by its own realm's mapping",
       .given = {kAliceEast, kAliceWest},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(21),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).udp(40000, 53).payload_of(21)},
      {.says = "a packet of the other realm leaves by that one's, from the same address and port",
       .given = {kAliceWest, kAliceEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(21),
       .out = sent_by(Link::external).ipv4(kOtherPoolAddress, kResolver).ttl(63).udp(50000, 53).payload_of(21)},
      {.says = "the mapping of one realm is none of the other: a first packet",
       .given = {kAliceWest},
       .granted = {kAliceEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(21),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kOtherPoolAddress, kResolver).ttl(63).udp(50000, 53).payload_of(21),
       .punt = Punt{.l3_offset = 18, .l4_offset = 38}},
      {.says = "an answer reaches the subscriber of the default realm",
       .given = {kAliceEast, kAliceWest},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40000).payload_of(21),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).udp(53, 5000).payload_of(21)},
      {.says = "an answer reaches the other realm's, whose address is the same",
       .given = {kAliceWest, kAliceEast},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kOtherPoolAddress).udp(53, 50000).payload_of(21),
       .egress = Link::internal_east,
       .out = sent_by(Link::internal_east).ipv4(kResolver, kAlice).ttl(63).udp(53, 5000).payload_of(21)},
      {.says = "pings of two realms with one identifier stay apart",
       .given = {kPingWest, kPingEast},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kOtherPoolAddress).echo_reply(52000).payload_of(56),
       .egress = Link::internal_east,
       .out = sent_by(Link::internal_east).ipv4(kWeb, kAlice).ttl(63).echo_reply(77).payload_of(56)},
  };
}

std::vector<Row> crossings() {
  return {
      {.says = "hairpin leads from one realm into the other, though both ends have one address",
       .given = {kAliceWest, kAliceEast},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal_east,
       .out = sent_by(Link::internal_east).ipv4(kPoolAddress, kAlice).ttl(63).udp(40000, 5000).payload_of(21)},
      {.says = "and back",
       .given = {kAliceWest, kAliceEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kPoolAddress).udp(5000, 40000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kOtherPoolAddress, kAlice).ttl(63).udp(50000, 5000).payload_of(21)},
      {.says = "an address that only another realm's subscribers have is not reached by itself",
       .given = {kAliceEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kWestOnly.first()).udp(5000, 53).payload_of(21),
       .verdict = CGN_VERDICT_INTERNAL_TO_INTERNAL},
      {.says = "and is nobody's to send from there, not even to the pool",
       .given = {kAliceWest},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kWestOnly.first(), kPoolAddress).udp(53, 40000).payload_of(21),
       .verdict = CGN_VERDICT_SPOOFED_SUBSCRIBER},
      {.says = "a bypass rule of one realm is none of the other's",
       .granted = {kAliceEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kPartner).udp(5000, 53).payload_of(21),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kOtherPoolAddress, kPartner).ttl(63).udp(50000, 53).payload_of(21),
       .punt = Punt{.l3_offset = 18, .l4_offset = 38}},
  };
}

std::vector<Row> errors_and_tunnels() {
  const Error unreachable{};
  const auto sent_by_east = atomic(kOtherPoolAddress, kResolver).udp(50000, 53).payload_of(21);
  const auto known_to_east = atomic(kAlice, kResolver).udp(5000, 53).payload_of(21);
  return {
      {.says = "an error about a packet of one realm reaches that realm's subscriber",
       .given = {kAliceWest, kAliceEast},
       .link = Link::external,
       .in = unreachable.on(received_by(Link::external).ipv4(kFarRouter, kOtherPoolAddress), first_of(sent_by_east)),
       .egress = Link::internal_east,
       .out = unreachable.on(sent_by(Link::internal_east).ipv4(kFarRouter, kAlice).ttl(63), first_of(known_to_east))},
      {.says = "a tunnel of each realm to one gateway",
       .given = {kEspWest, kEspEast},
       .link = Link::internal_east,
       .in = received_by(Link::internal_east).ipv4(kAlice, kWeb).protocol(50).payload_of(64),
       .out = sent_by(Link::external).ipv4(kOtherPoolAddress, kWeb).ttl(63).protocol(50).payload_of(64)},
  };
}

}  // namespace

std::vector<Row> realm_rows() {
  auto rows = ways();
  for (auto more : {crossings(), errors_and_tunnels()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace cgn::test
