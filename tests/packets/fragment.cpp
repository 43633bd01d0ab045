// SPDX-License-Identifier: Apache-2.0
// Fragments of packets to translate are refused by this version, whatever they carry; those that are not ours to
// translate pass.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

Row refused(std::string_view says, const Bytes& in, Link link = Link::internal) {
  return {.says = says, .given = {kAliceUdp}, .link = link, .in = in, .verdict = CGN_VERDICT_FRAGMENT};
}

}  // namespace

std::vector<Row> fragment_rows() {
  const auto from_alice = received_by(Link::internal).ipv4(kAlice, kWeb);
  const auto from_web = received_by(Link::external).ipv4(kWeb, kPoolAddress);
  return {
      refused("the first fragment, with its UDP header",
              Frame{from_alice}.udp(5000, 443).payload_of(1472).fragment(0, true)),
      refused("a middle fragment", Frame{from_alice}.protocol(17).payload_of(1480).fragment(1480, true)),
      refused("the last fragment", Frame{from_alice}.protocol(17).payload_of(100).fragment(2960, false)),
      refused("a first fragment too short for its transport header",
              Frame{from_alice}.protocol(6).payload_of(8).fragment(0, true).padding(18)),
      refused("a fragment of a protocol that is none of ours is a fragment first",
              Frame{from_alice}.protocol(47).payload_of(64).fragment(0, true)),
      refused("an inbound first fragment", Frame{from_web}.udp(443, 40000).payload_of(1472).fragment(0, true),
              Link::external),
      refused("an inbound later fragment", Frame{from_web}.protocol(17).payload_of(99).fragment(1480, false),
              Link::external),
      {.says = "don't fragment alone makes no fragment",
       .given = {kAliceUdp},
       .in = Frame{from_alice}.dont_fragment().udp(5000, 443).payload_of(64),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).dont_fragment().ttl(63).udp(40000, 443).payload_of(64)},
      {.says = "a fragment to an address of the box goes to the kernel",
       .link = Link::external,
       .in = received_by(Link::external)
                 .ipv4(kWeb, facts(Link::external).own)
                 .protocol(17)
                 .payload_of(99)
                 .fragment(1480, false),
       .verdict = CGN_VERDICT_LOCAL},
      {.says = "a fragment in transit goes to the kernel",
       .link = Link::external,
       .in = received_by(Link::external)
                 .ipv4(kWeb, facts(Link::internal).next_hop)
                 .protocol(17)
                 .payload_of(99)
                 .fragment(1480, false),
       .verdict = CGN_VERDICT_TRANSIT},
  };
}

}  // namespace cgn::test
