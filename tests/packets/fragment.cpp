// SPDX-License-Identifier: Apache-2.0
// Fragments: the kernel refuses those that no packet can be cut into, and hands all others to the slow path.
//
// What        `out` of a PUNTED row is what the slow path sends once it knows the datagram's mapping: the one in `given`, or
//             the one `granted`. Which fragment waits for which other is tests/property/fragments_*.
// RFC         791, 1858, 3128 (cuts), 6864 s.5.3.1 (a new identification where the source is new)
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr std::uint16_t kNewIdentification = 0x9b1d;

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000), at_port(kWeb, 443));
const Mapping kAliceEcho = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 40000), at_port(kWeb, 77));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 41000));

Frame from_alice() { return received_by(Link::internal).ipv4(kAlice, kWeb); }
Frame to_alice() { return received_by(Link::external).ipv4(kWeb, kPoolAddress); }
Frame to_bob_by_the_pool() { return received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress); }
Frame leaves() { return sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).identification(kNewIdentification); }
Frame arrives() { return sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63); }
Frame arrives_at_bob() {
  return sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).identification(kNewIdentification);
}

Frame to_vlan_web() { return received_by(Link::internal).ipv4(kAlice, kVlanWeb); }
Frame leaves_by_vlan() {
  return sent_by(Link::external_vlan)
      .ipv4(kPoolAddress, kVlanWeb)
      .ttl(63)
      .identification(kNewIdentification)
      .protocol(17);
}

// A part of what payload_of() makes.
Bytes pattern(std::size_t begin, std::size_t end) {
  const auto whole = Frame{}.type(0).payload_of(end).packet();
  return {whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.end()};
}

Row outbound(std::string_view says, const Mapping& mapping, const Bytes& in, const Bytes& out) {
  return {.says = says,
          .given = {mapping},
          .in = in,
          .verdict = CGN_VERDICT_PUNTED,
          .out = out,
          .punt = Punt{.reason = CGN_PUNT_FRAGMENT},
          .new_identification = kNewIdentification};
}

Row inbound(std::string_view says, const Bytes& in, const Bytes& out, cgn_next_hop_state hop) {
  return {.says = says,
          .given = {kAliceUdp},
          .link = Link::external,
          .in = in,
          .verdict = CGN_VERDICT_PUNTED,
          .egress = Link::internal,
          .out = out,
          .punt = Punt{
              .reason = CGN_PUNT_FRAGMENT, .direction = CGN_INBOUND, .next_hop_state = hop, .egress = Link::internal}};
}

Row hairpin(std::string_view says, const Bytes& in, const Bytes& out, cgn_next_hop_state hop) {
  return {
      .says = says,
      .given = {kAliceUdp, kBobUdp},
      .in = in,
      .verdict = CGN_VERDICT_PUNTED,
      .egress = Link::internal,
      .out = out,
      .punt =
          Punt{.reason = CGN_PUNT_FRAGMENT, .direction = CGN_HAIRPIN, .next_hop_state = hop, .egress = Link::internal},
      .new_identification = kNewIdentification};
}

Row ends(std::string_view says, const Bytes& in, Verdict verdict, Link link = Link::internal) {
  return {.says = says, .given = {kAliceUdp, kAliceTcp}, .link = link, .in = in, .verdict = verdict};
}

std::vector<Row> outbound_fragments() {
  return {
      outbound("a first UDP fragment is translated with its ports", kAliceUdp,
               from_alice().udp(5000, 443).payload_of(1472).fragment(0, true),
               leaves().udp(40000, 443).payload_of(1472).fragment(0, true)),
      outbound("a first UDP fragment without a checksum gets none", kAliceUdp,
               from_alice().udp_without_checksum(5000, 443).payload_of(1472).fragment(0, true),
               leaves().udp_without_checksum(40000, 443).payload_of(1472).fragment(0, true)),
      outbound("a first TCP fragment is translated with its ports", kAliceTcp,
               from_alice().tcp(5000, 443, 0).payload_of(100).fragment(0, true),
               leaves().tcp(40000, 443, 0).payload_of(100).fragment(0, true)),
      outbound("a first echo fragment is translated with its identifier", kAliceEcho,
               from_alice().echo_request(77).payload_of(1472).fragment(0, true),
               leaves().echo_request(40000).payload_of(1472).fragment(0, true)),
      outbound("a middle fragment is translated by address alone", kAliceUdp,
               from_alice().protocol(17).payload_of(1480).fragment(1480, true),
               leaves().protocol(17).payload_of(1480).fragment(1480, true)),
      outbound("a last fragment need not end on a unit of eight", kAliceUdp,
               from_alice().protocol(17).payload_of(99).fragment(2960, false),
               leaves().protocol(17).payload_of(99).fragment(2960, false)),
      {.says = "a fragment with IPv4 options keeps them",
       .given = {kAliceUdp},
       .in = from_alice().options(2).protocol(17).payload_of(99).fragment(2960, false),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves().options(2).protocol(17).payload_of(99).fragment(2960, false),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT, .l4_offset = 42},
       .new_identification = kNewIdentification},
      outbound("a later TCP fragment may begin right behind the header's last unit", kAliceTcp,
               from_alice().protocol(6).payload_of(99).fragment(24, false),
               leaves().protocol(6).payload_of(99).fragment(24, false)),
      outbound("the last byte of the longest packet may be a fragment's", kAliceUdp,
               from_alice().protocol(17).payload_of(3).fragment(65512, false).padding(20),
               leaves().protocol(17).payload_of(3).fragment(65512, false)),
      {.says = "the first fragment of a new flow is a first packet, too",
       .granted = {kAliceUdp},
       .in = from_alice().udp(5000, 443).payload_of(1472).fragment(0, true),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves().udp(40000, 443).payload_of(1472).fragment(0, true),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT},
       .new_identification = kNewIdentification},
      {.says = "a later fragment too large for its next hop is cut on, with one identification",
       .given = {kAliceUdp},
       .in = to_vlan_web().protocol(17).payload_of(1480).fragment(1480, true),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT, .egress = Link::external_vlan, .mtu = 1400},
       .pieces = {leaves_by_vlan().payload(pattern(0, 1376)).fragment(1480, true),
                  leaves_by_vlan().payload(pattern(1376, 1480)).fragment(2856, true)},
       .new_identification = kNewIdentification},
      {.says = "a later fragment that is too large and must not be cut is refused untold",
       .in = to_vlan_web().protocol(17).payload_of(1480).fragment(1480, true).dont_fragment(),
       .verdict = CGN_VERDICT_TOO_BIG,
       .egress = Link::external_vlan},
      {.says = "a fragment to a silent next hop is handed up as unresolved",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kSilent).protocol(17).payload_of(99).fragment(1480, false),
       .verdict = CGN_VERDICT_PUNTED,
       .punt =
           Punt{.reason = CGN_PUNT_FRAGMENT, .next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop}},
  };
}

std::vector<Row> inbound_fragments() {
  return {
      inbound("an inbound first fragment knows its next hop and keeps its identification",
              to_alice().udp(443, 40000).payload_of(1472).fragment(0, true),
              arrives().udp(443, 5000).payload_of(1472).fragment(0, true), CGN_NEXT_HOP_KNOWN),
      inbound("an inbound later fragment to a lent address goes by what its first one knows",
              to_alice().protocol(17).payload_of(99).fragment(1480, false),
              arrives().protocol(17).payload_of(99).fragment(1480, false), CGN_NEXT_HOP_NONE),
      ends("an inbound first fragment to a port that nobody holds",
           to_alice().udp(443, 40001).payload_of(1472).fragment(0, true), CGN_VERDICT_NO_MAPPING, Link::external),
      {.says = "an inbound later fragment to an address that is not lent",
       .link = Link::external,
       .in = to_alice().protocol(17).payload_of(99).fragment(1480, false),
       .verdict = CGN_VERDICT_NO_MAPPING},
      hairpin("a hairpinned first fragment goes to the other subscriber",
              to_bob_by_the_pool().udp(5000, 41000).payload_of(1472).fragment(0, true),
              arrives_at_bob().udp(40000, 6000).payload_of(1472).fragment(0, true), CGN_NEXT_HOP_KNOWN),
      hairpin("a hairpinned later fragment goes by what its first one knows",
              to_bob_by_the_pool().protocol(17).payload_of(99).fragment(1480, false),
              arrives_at_bob().protocol(17).payload_of(99).fragment(1480, false), CGN_NEXT_HOP_NONE),
      {.says = "a hairpinned first fragment of a new flow proves no use of its receiver yet",
       .given = {kBobUdp},
       .granted = {kAliceUdp},
       .in = to_bob_by_the_pool().udp(5000, 41000).payload_of(1472).fragment(0, true),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = arrives_at_bob().udp(40000, 6000).payload_of(1472).fragment(0, true),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT, .direction = CGN_HAIRPIN, .egress = Link::internal},
       .new_identification = kNewIdentification},
  };
}

std::vector<Row> refused_fragments() {
  return {
      ends("a first fragment too short for its TCP header",
           from_alice().protocol(6).payload_of(8).fragment(0, true).padding(18), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment that ends inside the TCP header's fixed part",
           from_alice().protocol(6).payload_of(16).fragment(0, true).padding(10), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment that ends inside the TCP options",
           from_alice().tcp(5000, 443, kAck).payload_of(4).data_offset(10).fragment(0, true),
           CGN_VERDICT_FRAGMENT_TINY),
      ends("a TCP fragment at offset one hides the flags", from_alice().protocol(6).payload_of(64).fragment(8, true),
           CGN_VERDICT_FRAGMENT_TINY),
      ends("a TCP fragment at offset two hides the checksum",
           from_alice().protocol(6).payload_of(64).fragment(16, false), CGN_VERDICT_FRAGMENT_TINY),
      ends("an inbound TCP fragment at offset one", to_alice().protocol(6).payload_of(64).fragment(8, true),
           CGN_VERDICT_FRAGMENT_TINY, Link::external),
      ends("a fragment that is not the last and ends between units",
           from_alice().protocol(17).payload_of(99).fragment(1480, true), CGN_VERDICT_TRUNCATED),
      ends("a first fragment that ends between units", from_alice().udp(5000, 443).payload_of(99).fragment(0, true),
           CGN_VERDICT_TRUNCATED),
      ends("a fragment without data", from_alice().protocol(17).fragment(1480, true).padding(26),
           CGN_VERDICT_TRUNCATED),
      ends("a fragment that ends behind the longest packet",
           from_alice().protocol(17).payload_of(4).fragment(65512, false).padding(20), CGN_VERDICT_TRUNCATED),
      ends("a fragment that ends behind the longest packet only by its options",
           from_alice().options(1).protocol(17).payload_of(3).fragment(65512, false), CGN_VERDICT_TRUNCATED),
      ends("a later fragment of a protocol that is none of ours",
           from_alice().protocol(41).payload_of(64).fragment(8, false), CGN_VERDICT_PROTOCOL),
      ends("a fragment without hops left", from_alice().ttl(1).protocol(17).payload_of(99).fragment(1480, false),
           CGN_VERDICT_TTL_EXCEEDED),
      ends("a later fragment to a destination without a route",
           received_by(Link::internal).ipv4(kAlice, kUnreachable).protocol(17).payload_of(99).fragment(1480, false),
           CGN_VERDICT_NO_ROUTE),
      {.says = "a fragment while the daemon is away",
       .given = {kAliceUdp},
       .in = from_alice().protocol(17).payload_of(99).fragment(1480, false),
       .verdict = CGN_VERDICT_SLOW_PATH_AWAY,
       .daemon_away = true},
  };
}

std::vector<Row> other_fragments() {
  return {
      {.says = "don't fragment alone makes no fragment",
       .given = {kAliceUdp},
       .in = from_alice().dont_fragment().udp(5000, 443).payload_of(64),
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

}  // namespace

std::vector<Row> fragment_rows() {
  std::vector<Row> all;
  for (const auto rows : {outbound_fragments, inbound_fragments, refused_fragments, other_fragments}) {
    auto more = rows();
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace cgn::test
