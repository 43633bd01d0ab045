// SPDX-License-Identifier: Apache-2.0
// Packets that end here and whose sender is told: by us, about the packet as it came (RFC 1812 s. 4.3.2, 5508 REQ-10).
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));

Frame probe(Link link = Link::internal, Ipv4 from = kAlice) {
  return received_by(link).ipv4(from, kResolver).ttl(1).udp(5000, 33434).payload_of(32);
}

Frame inbound_probe() {
  return received_by(Link::external).ipv4(kResolver, kPoolAddress).ttl(1).udp(33434, 40000).payload_of(32);
}

// The error from our address on `link` to the sender of `about`, quoting it.
Bytes error(Link link, Ipv4 to, std::uint8_t type, std::uint8_t code, const Frame& about) {
  return sent_by(link)
      .ipv4(facts(link).own, to)
      .tos(0xc0)
      .identification(0)
      .dont_fragment()
      .icmp(type, code)
      .payload(about.packet());
}

Bytes ttl_exceeded(Link link, Ipv4 to, const Frame& about) { return error(link, to, 11, 0, about); }

}  // namespace

std::vector<Row> told_rows() {
  const auto sixin4 = received_by(Link::internal).ipv4(kAlice, kWeb).protocol(41).payload_of(40);
  const auto echo = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(1).echo_request(7).payload_of(32);
  const auto syn = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(1).tcp(5000, 80, kSyn).tcp_options(5);
  const auto zero = Frame{probe()}.ttl(0);
  const auto options = Frame{probe()}.options(3);
  const auto hairpinned =
      received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).ttl(1).udp(5000, 50000).payload_of(21);
  const auto dying_sixin4 = Frame{sixin4}.ttl(1);
  return {
      {.says = "a traceroute's UDP probe with TTL 1 is answered, and makes no mapping",
       .in = probe(),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, probe())},
      {.says = "so is one of a mapping, in the subscriber's own terms; the mapping is not used",
       .given = {kAliceUdp},
       .in = probe(),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, probe())},
      {.says = "an echo request with TTL 1 is answered",
       .in = echo,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, echo)},
      {.says = "a SYN with TTL 1 is answered",
       .in = syn,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, syn)},
      {.says = "TTL 0 is no better than 1",
       .in = zero,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, zero)},
      {.says = "options are quoted with the header",
       .in = options,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = Punt{.reason = CGN_PUNT_TTL_EXCEEDED, .next_hop_state = CGN_NEXT_HOP_NONE, .l4_offset = 46},
       .answer = ttl_exceeded(Link::internal, kAlice, options)},
      {.says = "a probe by a VLAN is answered from that interface's address, with its tags",
       .link = Link::internal_qinq,
       .in = probe(Link::internal_qinq, kDave),
       .verdict = CGN_VERDICT_PUNTED,
       .punt =
           Punt{.reason = CGN_PUNT_TTL_EXCEEDED, .next_hop_state = CGN_NEXT_HOP_NONE, .l3_offset = 22, .l4_offset = 42},
       .answer = ttl_exceeded(Link::internal_qinq, kDave, probe(Link::internal_qinq, kDave))},
      {.says = "a hairpinned packet with TTL 1 is answered",
       .given = {kAliceUdp, kBobUdp},
       .in = hairpinned,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED, CGN_HAIRPIN),
       .answer = ttl_exceeded(Link::internal, kAlice, hairpinned)},
      {.says = "a probe from outside that reaches a mapping is answered in external terms",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = inbound_probe(),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED, CGN_INBOUND),
       .answer = ttl_exceeded(Link::external, kResolver, inbound_probe())},
      {.says = "a probe from outside to a port that nobody holds is no_mapping: it tells nothing about who is here",
       .link = Link::external,
       .in = inbound_probe(),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "TTL 1 of a bypassed packet ends here, and its sender is told",
       .in = probe(Link::internal, kBusiness),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED, CGN_BYPASS),
       .answer = ttl_exceeded(Link::internal, kBusiness, probe(Link::internal, kBusiness))},
      {.says = "a bypassed later fragment with TTL 1 ends here untold",
       .in = Frame{probe(Link::internal, kBusiness)}.fragment(1480, false),
       .verdict = CGN_VERDICT_TTL_EXCEEDED},
      {.says = "with the daemon away a probe is ttl_exceeded all the same, untold",
       .in = Frame{probe()}.tos(0x10),
       .verdict = CGN_VERDICT_TTL_EXCEEDED,
       .daemon_away = true},
      {.says = "a transport that is not translated is answered with protocol unreachable",
       .in = sixin4,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_PROTOCOL),
       .answer = error(Link::internal, kAlice, 3, 2, sixin4)},
      {.says = "so is the first fragment of such a packet",
       .in = Frame{sixin4}.fragment(0, true),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_PROTOCOL),
       .answer = error(Link::internal, kAlice, 3, 2, Frame{sixin4}.fragment(0, true))},
      {.says = "its TTL is looked at first, as a router's would be",
       .in = dying_sixin4,
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = ttl_exceeded(Link::internal, kAlice, dying_sixin4)},
      {.says = "with the daemon away it is refused untold",
       .in = Frame{sixin4}.tos(0x10),
       .verdict = CGN_VERDICT_PROTOCOL,
       .daemon_away = true},
  };
}

}  // namespace cgn::test
