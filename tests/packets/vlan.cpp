// SPDX-License-Identifier: Apache-2.0
// Tags: frames come in with those of one link and leave with those of another.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kCarolUdp = mapped(Proto::udp, at_port(kCarol, 5000), at_port(kPoolAddress, 43000));
const Mapping kDaveUdp = mapped(Proto::udp, at_port(kDave, 5000), at_port(kPoolAddress, 44000));

struct Crossing {
  std::string_view says;
  Mapping mapping;
  Link from, to;
  Ipv4 remote;
};

Row outbound(const Crossing& c) {
  const auto internal = c.mapping.internal.address;
  const unsigned external_port = c.mapping.external.port.value();
  return {.says = c.says,
          .given = {c.mapping},
          .link = c.from,
          .in = received_by(c.from).ipv4(internal, c.remote).udp(5000, 443).payload_of(64),
          .egress = c.to,
          .out = sent_by(c.to).ipv4(kPoolAddress, c.remote).ttl(63).udp(external_port, 443).payload_of(64)};
}

Row inbound(const Crossing& c) {
  const auto internal = c.mapping.internal.address;
  const unsigned external_port = c.mapping.external.port.value();
  return {.says = c.says,
          .given = {c.mapping},
          .link = c.from,
          .in = received_by(c.from).ipv4(c.remote, kPoolAddress).udp(443, external_port).payload_of(64),
          .egress = c.to,
          .out = sent_by(c.to).ipv4(c.remote, internal).ttl(63).udp(443, 5000).payload_of(64)};
}

}  // namespace

std::vector<Row> vlan_rows() {
  return {
      outbound({"one tag off", kCarolUdp, Link::internal_vlan, Link::external, kWeb}),
      outbound({"two tags off", kDaveUdp, Link::internal_qinq, Link::external, kWeb}),
      outbound({"one tag on", kAliceUdp, Link::internal, Link::external_vlan, kVlanWeb}),
      outbound({"one tag for another", kCarolUdp, Link::internal_vlan, Link::external_vlan, kVlanWeb}),
      outbound({"two tags for one", kDaveUdp, Link::internal_qinq, Link::external_vlan, kVlanWeb}),
      inbound({"one tag on, inbound", kCarolUdp, Link::external, Link::internal_vlan, kWeb}),
      inbound({"two tags on, inbound", kDaveUdp, Link::external, Link::internal_qinq, kWeb}),
      inbound({"one tag for two, inbound", kDaveUdp, Link::external_vlan, Link::internal_qinq, kVlanWeb}),
      {.says = "a first packet behind one tag is punted with the offsets of one",
       .granted = {kCarolUdp},
       .link = Link::internal_vlan,
       .in = received_by(Link::internal_vlan).ipv4(kCarol, kWeb).udp(5000, 443).payload_of(64),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(43000, 443).payload_of(64),
       .punt = Punt{.l3_offset = 18, .l4_offset = 38}},
      {.says = "a first packet behind two tags is punted with the offsets of two",
       .granted = {kDaveUdp},
       .link = Link::internal_qinq,
       .in = received_by(Link::internal_qinq).ipv4(kDave, kVlanWeb).udp(5000, 443).payload_of(64),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .out = sent_by(Link::external_vlan).ipv4(kPoolAddress, kVlanWeb).ttl(63).udp(44000, 443).payload_of(64),
       .punt = Punt{.egress = Link::external_vlan, .l3_offset = 22, .l4_offset = 42}},
      {.says = "padding of a short tagged frame stays behind the packet",
       .given = {kCarolUdp},
       .link = Link::internal_vlan,
       .in = received_by(Link::internal_vlan).ipv4(kCarol, kWeb).udp(5000, 443).payload("ab").padding(12, 0x55),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(43000, 443).payload("ab")},
      {.says = "a tag that no configured interface has is unknown_link",
       .given = {kAliceUdp},
       .in = Frame{}.eth(kAccessMac, kInternalMac).vlan(999).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(64),
       .verdict = CGN_VERDICT_UNKNOWN_LINK},
      {.says = "the inner tag counts: the right outer one alone is unknown_link",
       .given = {kDaveUdp},
       .link = Link::internal_qinq,
       .in = Frame{}
                 .eth(kAccessQinqMac, kInternalMac)
                 .vlan(200, 0x88a8)
                 .vlan(301)
                 .ipv4(kDave, kWeb)
                 .udp(5000, 443)
                 .payload_of(64),
       .verdict = CGN_VERDICT_UNKNOWN_LINK},
      {.says = "three tags are no IPv4 to us",
       .in = received_by(Link::internal_qinq).vlan(7).ipv4(kDave, kWeb).udp(5000, 443).payload_of(64),
       .verdict = CGN_VERDICT_NOT_IPV4},
  };
}

}  // namespace cgn::test
