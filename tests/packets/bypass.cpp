// SPDX-License-Identifier: Apache-2.0
// What bypass rules leave untranslated: byte for byte as it came, but for the TTL and its checksum.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

Frame from_business() { return received_by(Link::internal).ipv4(kBusiness, kWeb); }

std::vector<Row> hosts() {
  return {
      {.says = "a host that a bypass rule names keeps its address (RFC 6888 REQ-6)",
       .in = from_business().tcp(5000, 443, kSyn),
       .verdict = CGN_VERDICT_BYPASSED,
       .out = sent_by(Link::external).ipv4(kBusiness, kWeb).ttl(63).tcp(5000, 443, kSyn)},
      {.says = "what the world sends to such a host arrives as it is, whoever sends",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kBusiness).tcp(443, 5000, kSyn | kAck),
       .verdict = CGN_VERDICT_BYPASSED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kBusiness).ttl(63).tcp(443, 5000, kSyn | kAck)},
      {.says = "a bypassed packet may be of any protocol, with options, type of service and a wrong checksum",
       .in = from_business().protocol(47).tos(0xb8).options(2).payload_of(33),
       .verdict = CGN_VERDICT_BYPASSED,
       .out = sent_by(Link::external).ipv4(kBusiness, kWeb).ttl(63).protocol(47).tos(0xb8).options(2).payload_of(33)},
      {.says = "a later fragment of a bypassed host passes",
       .in = from_business().fragment(1480, false).protocol(17).payload_of(100),
       .verdict = CGN_VERDICT_BYPASSED,
       .out = sent_by(Link::external).ipv4(kBusiness, kWeb).ttl(63).fragment(1480, false).protocol(17).payload_of(100)},
      {.says = "a bypassed packet for another VLAN gets its tag",
       .in = received_by(Link::internal).ipv4(kBusiness, kVlanWeb).udp(5000, 53).payload_of(20),
       .verdict = CGN_VERDICT_BYPASSED,
       .egress = Link::external_vlan,
       .out = sent_by(Link::external_vlan).ipv4(kBusiness, kVlanWeb).ttl(63).udp(5000, 53).payload_of(20)},
      {.says = "the address of a bypassed host from outside is spoofed",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kBusiness, kWeb).udp(5000, 53),
       .verdict = CGN_VERDICT_SPOOFED_SUBSCRIBER},
      {.says = "a bypassed host does not reach a subscriber's internal address",
       .in = received_by(Link::internal).ipv4(kBusiness, kAlice).udp(5000, 53),
       .verdict = CGN_VERDICT_INTERNAL_TO_INTERNAL},
      {.says = "a bypassed host reaches a subscriber by its external endpoint, as the world does",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kBusiness, kPoolAddress).udp(53, 40000).payload_of(30),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kBusiness, kAlice).ttl(63).udp(53, 5000).payload_of(30)},
  };
}

std::vector<Row> remotes() {
  return {
      {.says = "a subscriber reaches a bypassed remote under its own address, even with a mapping",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kPartner).udp(5000, 9000).payload_of(30),
       .verdict = CGN_VERDICT_BYPASSED,
       .out = sent_by(Link::external).ipv4(kAlice, kPartner).ttl(63).udp(5000, 9000).payload_of(30)},
      {.says = "a bypassed remote answers the subscriber's own address",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kPartner, kAlice).udp(9000, 5000).payload_of(30),
       .verdict = CGN_VERDICT_BYPASSED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPartner, kAlice).ttl(63).udp(9000, 5000).payload_of(30)},
      {.says = "any other remote to a subscriber's own address is the kernel's, whose guard drops it",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kAlice).udp(9000, 5000).payload_of(30),
       .verdict = CGN_VERDICT_TRANSIT},
      {.says = "a bypassed remote reaches a pool address by its mapping all the same",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kPartner, kPoolAddress).udp(9000, 40000).payload_of(30),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPartner, kAlice).ttl(63).udp(9000, 5000).payload_of(30)},
      {.says = "of a remote with ports, the named port is bypassed",
       .in = received_by(Link::internal).ipv4(kAlice, kOpenResolver).udp(5000, 53).payload_of(30),
       .verdict = CGN_VERDICT_BYPASSED,
       .out = sent_by(Link::external).ipv4(kAlice, kOpenResolver).ttl(63).udp(5000, 53).payload_of(30)},
      {.says = "and so is its answer",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kOpenResolver, kAlice).udp(53, 5000).payload_of(30),
       .verdict = CGN_VERDICT_BYPASSED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kOpenResolver, kAlice).ttl(63).udp(53, 5000).payload_of(30)},
      {.says = "another port of that remote is translated",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kOpenResolver).udp(5000, 443).payload_of(30),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kOpenResolver).ttl(63).udp(40000, 443).payload_of(30)},
      {.says = "the same port of the other transport is translated",
       .given = {mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000))},
       .in = received_by(Link::internal).ipv4(kAlice, kOpenResolver).tcp(5000, 53, kAck).payload_of(30),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kOpenResolver).ttl(63).tcp(40000, 53, kAck).payload_of(30),
       .seen = CGN_SEEN_ACK},
      {.says = "another port of that remote does not reach a subscriber's own address",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kOpenResolver, kAlice).udp(443, 5000).payload_of(30),
       .verdict = CGN_VERDICT_TRANSIT},
  };
}

}  // namespace

std::vector<Row> bypass_rows() {
  auto rows = hosts();
  for (auto& row : remotes()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace cgn::test
