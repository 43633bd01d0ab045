// SPDX-License-Identifier: Apache-2.0
// Which way a packet goes before anybody thinks of translating it: the kernel's alone.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr Ipv4 kOwnInternal = facts(Link::internal).own;
constexpr Ipv4 kOwnExternal = facts(Link::external).own;
constexpr Ipv4 kAccessRouter = facts(Link::internal).next_hop;
constexpr Ipv4 kBorderRouter = facts(Link::external).next_hop;

Row refused(std::string_view says, Verdict verdict, const Bytes& in, Link link = Link::internal) {
  return {.says = says, .link = link, .in = in, .verdict = verdict};
}
Row passed(std::string_view says, Verdict verdict, const Bytes& in, Link link = Link::internal) {
  return refused(says, verdict, in, link);  // the same shape: action_of() knows which verdicts pass
}

Bytes arp_request(Ipv4 target) {
  return Frame{}
      .eth(kBorderMac, kBroadcastMac)
      .type(0x0806)
      .payload(Arp{.sender_mac = kBorderMac, .sender = kBorderRouter, .target = target}.bytes());
}

std::vector<Row> not_ours() {
  return {
      passed("ARP goes to the kernel", CGN_VERDICT_NOT_IPV4, arp_request(kOwnExternal), Link::external),
      passed("ARP for a pool address that is routed to us goes to the kernel", CGN_VERDICT_NOT_IPV4,
             arp_request(kPoolAddress), Link::external),
      {.says = "ARP for a pool address on a connected subnet is answered with our MAC",
       .link = Link::external,
       .in = arp_request(kArpPoolAddress),
       .verdict = CGN_VERDICT_ARP_ANSWERED,
       .out = Frame{}
                  .eth(kExternalMac, kBorderMac)
                  .type(0x0806)
                  .payload(Arp{.operation = 2,
                               .sender_mac = kExternalMac,
                               .sender = kArpPoolAddress,
                               .target_mac = kBorderMac,
                               .target = kBorderRouter}
                               .bytes())},
      passed("IPv6 goes to the kernel", CGN_VERDICT_NOT_IPV4,
             Frame{}.eth(kAccessMac, kInternalMac).type(0x86dd).payload_of(60)),
      passed("an 802.3 length goes to the kernel", CGN_VERDICT_NOT_IPV4,
             Frame{}.eth(kAccessMac, kMulticastMac).type(60).payload_of(60)),
      passed("OSPF hellos go to the kernel", CGN_VERDICT_MULTICAST,
             Frame{}
                 .eth(kBorderMac, kMulticastMac)
                 .ipv4(kBorderRouter, address(224, 0, 0, 5))
                 .ttl(1)
                 .protocol(89)
                 .payload_of(44),
             Link::external),
      passed("a DHCP discover goes to the kernel", CGN_VERDICT_MULTICAST,
             Frame{}
                 .eth(kAccessMac, kBroadcastMac)
                 .ipv4(address(0, 0, 0, 0), address(255, 255, 255, 255))
                 .udp(68, 67)
                 .payload_of(240)),
      passed(
          "a directed broadcast goes to the kernel", CGN_VERDICT_MULTICAST,
          Frame{}.eth(kAccessMac, kBroadcastMac).ipv4(kAccessRouter, address(192, 0, 2, 7)).udp(9, 9).payload_of(40)),
      refused("a frame for another station is none of our business", CGN_VERDICT_FOREIGN_MAC,
              Frame{}.eth(kAccessMac, kStrangerMac).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(40)),
  };
}

std::vector<Row> to_the_box() {
  return {
      passed("BGP to the box goes to the kernel", CGN_VERDICT_LOCAL,
             received_by(Link::external).ipv4(kBorderRouter, kOwnExternal).ttl(1).tcp(40000, 179, kSyn).payload_of(6),
             Link::external),
      passed("a subscriber may ping the box", CGN_VERDICT_LOCAL,
             received_by(Link::internal).ipv4(kAlice, kOwnInternal).echo_request(5).payload_of(56)),
      passed("a subscriber may ask the box's resolver", CGN_VERDICT_LOCAL,
             received_by(Link::internal).ipv4(kAlice, kOwnInternal).udp(5000, 53).payload_of(40)),
      passed("a subscriber may ask the box's resolver by TCP", CGN_VERDICT_LOCAL,
             received_by(Link::internal).ipv4(kAlice, kOwnInternal).tcp(5000, 53, kSyn).payload_of(6)),
      refused("a subscriber may not reach SSH of the box", CGN_VERDICT_HOST_SERVICE_REFUSED,
              received_by(Link::internal).ipv4(kAlice, kOwnInternal).tcp(5000, 22, kSyn).payload_of(6)),
      refused("nor by the box's external address", CGN_VERDICT_HOST_SERVICE_REFUSED,
              received_by(Link::internal).ipv4(kAlice, kOwnExternal).tcp(5000, 22, kSyn).payload_of(6)),
      passed("the access router may: it is no subscriber", CGN_VERDICT_LOCAL,
             received_by(Link::internal).ipv4(kAccessRouter, kOwnInternal).tcp(5000, 22, kSyn).payload_of(6)),
  };
}

std::vector<Row> sources_and_destinations() {
  const auto from_alice = [](Ipv4 destination) {
    return received_by(Link::internal).ipv4(kAlice, destination).udp(5000, 443).payload_of(40).bytes();
  };
  const auto inside = [](Ipv4 source) {
    return received_by(Link::internal).ipv4(source, kWeb).udp(5000, 443).payload_of(40).bytes();
  };
  const auto outside = [](Ipv4 source, Ipv4 destination) {
    return received_by(Link::external).ipv4(source, destination).udp(443, 5000).payload_of(40).bytes();
  };
  return {
      refused("loopback as a source", CGN_VERDICT_MARTIAN_SOURCE, inside(address(127, 0, 0, 1))),
      refused("link-local as a source", CGN_VERDICT_MARTIAN_SOURCE, inside(address(169, 254, 1, 1))),
      refused("multicast as a source", CGN_VERDICT_MARTIAN_SOURCE, inside(address(224, 0, 0, 9))),
      refused("our own address as a source", CGN_VERDICT_MARTIAN_SOURCE, outside(kOwnExternal, kPoolAddress),
              Link::external),
      refused("loopback as a destination", CGN_VERDICT_MARTIAN_DESTINATION, from_alice(address(127, 0, 0, 1))),
      refused("240/4 as a destination", CGN_VERDICT_MARTIAN_DESTINATION, from_alice(address(240, 0, 0, 1))),
      refused("one subscriber straight to another", CGN_VERDICT_INTERNAL_TO_INTERNAL, from_alice(kBob)),
      refused("one subscriber straight to another behind a VLAN", CGN_VERDICT_INTERNAL_TO_INTERNAL, from_alice(kCarol)),
      refused("a subscriber's source from outside, to the pool", CGN_VERDICT_SPOOFED_SUBSCRIBER,
              outside(kAlice, kPoolAddress), Link::external),
      refused("a subscriber's source from outside, in transit", CGN_VERDICT_SPOOFED_SUBSCRIBER,
              outside(kAlice, kAccessRouter), Link::external),
      refused("a source inside that no rule covers", CGN_VERDICT_UNKNOWN_SOURCE, inside(address(198, 51, 100, 7))),
      passed("the access router's own traffic is routed", CGN_VERDICT_TRANSIT, inside(kAccessRouter)),
      passed("the world to the access router is routed", CGN_VERDICT_TRANSIT, outside(kWeb, kAccessRouter),
             Link::external),
  };
}

}  // namespace

std::vector<Row> classify_rows() {
  auto rows = not_ours();
  for (auto part : {to_the_box, sources_and_destinations}) {
    auto more = part();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace cgn::test
