// SPDX-License-Identifier: Apache-2.0
// Headers that end before their length, and lengths that contradict each other: TRUNCATED, from both parsers.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

// An outbound datagram of alice's, to be spoiled.
Frame datagram() { return received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(32); }
Frame segment() { return received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kAck).payload_of(32); }
Frame echo() { return received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77).payload_of(32); }

Row truncated(std::string_view says, const Bytes& in, Link link = Link::internal) {
  return {.says = says,
          .given = {mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)),
                    mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000)),
                    mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000))},
          .link = link,
          .in = in,
          .verdict = CGN_VERDICT_TRUNCATED};
}

}  // namespace

std::vector<Row> malformed_rows() {
  const auto tagged = received_by(Link::internal_vlan).ipv4(kCarol, kWeb).udp(5000, 443).payload_of(32);
  const auto twice = received_by(Link::internal_qinq).ipv4(kDave, kWeb).udp(5000, 443).payload_of(32);
  const auto inbound = received_by(Link::external).ipv4(kWeb, kPoolAddress).udp(443, 40000).payload_of(32);
  return {
      truncated("the frame ends inside the first tag", Frame{tagged}.cut_to(16), Link::internal_vlan),
      truncated("the frame ends inside the second tag", Frame{twice}.cut_to(20), Link::internal_qinq),
      truncated("the frame ends behind the Ethernet header", datagram().cut_to(14)),
      truncated("the frame ends inside the IPv4 header", datagram().cut_to(33)),
      truncated("the frame ends inside the IPv4 options", datagram().options(4).cut_to(45)),
      truncated("the frame ends one byte before the total length", datagram().cut_to(14 + 20 + 8 + 31)),
      truncated("an inbound frame ends before the total length", Frame{inbound}.cut_to(60), Link::external),
      truncated("version 6 in an IPv4 frame", datagram().version(6)),
      truncated("version 0 in an IPv4 frame", datagram().version(0)),
      truncated("a header length of 4 words", datagram().ihl(4)),
      truncated("a header length of 0", datagram().ihl(0)),
      truncated("a header length beyond the total length", datagram().ihl(15).total_length(59).payload_of(60)),
      truncated("a total length of 0", datagram().total_length(0)),
      truncated("a total length shorter than the header", datagram().total_length(19)),
      truncated("lengths are judged before the protocol: a total length shorter than the header of GRE",
                received_by(Link::internal).ipv4(kAlice, kWeb).protocol(47).payload_of(32).total_length(19)),
      truncated("and before fragmentation: a total length shorter than the header of a fragment",
                received_by(Link::internal)
                    .ipv4(kAlice, kWeb)
                    .protocol(17)
                    .payload_of(32)
                    .fragment(0, true)
                    .total_length(19)),
      truncated("a total length longer than the frame", datagram().total_length(61)),
      truncated("a total length of 65535", datagram().total_length(65535)),
      truncated("an IPv4 packet without transport header", datagram().total_length(20)),
      truncated("a UDP header of 7 bytes", datagram().total_length(27)),
      truncated("a TCP header of 19 bytes", segment().total_length(39)),
      truncated("a TCP data offset of 4 words", segment().data_offset(4)),
      truncated("a TCP data offset of 0", segment().data_offset(0)),
      truncated("a TCP data offset beyond the packet", segment().data_offset(14)),
      truncated("an ICMP header of 7 bytes", echo().total_length(27)),
      truncated("an inbound UDP header of 4 bytes", Frame{inbound}.total_length(24), Link::external),
      {.says = "a TCP data offset that ends with the packet is a header without data",
       .given = {mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000))},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kAck).payload_of(40).data_offset(15),
       .out =
           sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, kAck).payload_of(40).data_offset(15),
       .seen = CGN_SEEN_ACK},
  };
}

}  // namespace cgn::test
