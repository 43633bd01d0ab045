// SPDX-License-Identifier: Apache-2.0
// What no honest host sends: wrong header checksums, land packets, sources that are ours, lengths of UDP that lie.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
constexpr Ipv4 kAccessRouter = facts(Link::internal).next_hop;
constexpr Ipv4 kInternalBroadcast = address(192, 0, 2, 7);
constexpr Ipv4 kExternalBroadcast = address(192, 0, 2, 39);

Frame inside(Ipv4 source, Ipv4 destination) {
  return received_by(Link::internal).ipv4(source, destination).udp(5000, 443).payload_of(32);
}
Frame outside(Ipv4 source, Ipv4 destination) {
  return received_by(Link::external).ipv4(source, destination).udp(443, 40000).payload_of(32);
}

Row refused(std::string_view says, Verdict verdict, const Bytes& in, Link link = Link::internal) {
  return {.says = says, .given = {kAliceUdp}, .link = link, .in = in, .verdict = verdict};
}

std::vector<Row> checksums() {
  return {
      refused("an outbound header checksum that is wrong", CGN_VERDICT_HEADER_CHECKSUM,
              inside(kAlice, kWeb).wrong_header_checksum(0x0bad)),
      refused("wrong by one", CGN_VERDICT_HEADER_CHECKSUM, inside(kAlice, kWeb).wrong_header_checksum(1)),
      refused("wrong by one in the other half", CGN_VERDICT_HEADER_CHECKSUM,
              inside(kAlice, kWeb).wrong_header_checksum(0x100)),
      refused("an inbound header checksum that is wrong", CGN_VERDICT_HEADER_CHECKSUM,
              outside(kWeb, kPoolAddress).wrong_header_checksum(0x8000), Link::external),
      refused("a hairpinned one", CGN_VERDICT_HEADER_CHECKSUM, inside(kBob, kPoolAddress).wrong_header_checksum(7)),
      refused("one in transit", CGN_VERDICT_HEADER_CHECKSUM, outside(kWeb, kAccessRouter).wrong_header_checksum(7),
              Link::external),
      refused("one with forty octets of options", CGN_VERDICT_HEADER_CHECKSUM,
              inside(kAlice, kWeb).options(10).wrong_header_checksum(1)),
      refused("a fragment's", CGN_VERDICT_HEADER_CHECKSUM,
              inside(kAlice, kWeb).fragment(8, true).wrong_header_checksum(1)),
      refused("a protocol's that is not translated", CGN_VERDICT_HEADER_CHECKSUM,
              received_by(Link::internal).ipv4(kAlice, kWeb).protocol(47).payload_of(32).wrong_header_checksum(1)),
      refused("a wrong one to the box is the kernel's to judge", CGN_VERDICT_LOCAL,
              outside(kWeb, facts(Link::external).own).wrong_header_checksum(7), Link::external),
  };
}

std::vector<Row> addresses() {
  return {
      refused("a land packet from inside", CGN_VERDICT_LAND, inside(kAlice, kAlice)),
      refused("a land packet from outside, to the pool", CGN_VERDICT_LAND, outside(kPoolAddress, kPoolAddress),
              Link::external),
      refused("a land packet to the box", CGN_VERDICT_LAND,
              outside(facts(Link::external).own, facts(Link::external).own), Link::external),
      refused("a land packet of a martian is a land packet", CGN_VERDICT_LAND,
              inside(address(127, 0, 0, 1), address(127, 0, 0, 1))),
      refused("a pool address as a source from outside, to the pool", CGN_VERDICT_MARTIAN_SOURCE,
              outside(kOtherPoolAddress, kPoolAddress), Link::external),
      refused("a pool address as a source from outside, in transit", CGN_VERDICT_MARTIAN_SOURCE,
              outside(kPoolAddress, kAccessRouter), Link::external),
      refused("a pool address as a source from outside, to the box", CGN_VERDICT_MARTIAN_SOURCE,
              outside(kPoolAddress, facts(Link::external).own), Link::external),
      refused("a pool address as a source from inside", CGN_VERDICT_MARTIAN_SOURCE, inside(kPoolAddress, kWeb)),
      refused("a pool address as a source from inside, to the pool", CGN_VERDICT_MARTIAN_SOURCE,
              inside(kOtherPoolAddress, kPoolAddress)),
      refused("the broadcast address of a connected subnet as a source from inside", CGN_VERDICT_MARTIAN_SOURCE,
              inside(kInternalBroadcast, kWeb)),
      refused("and from outside", CGN_VERDICT_MARTIAN_SOURCE, outside(kExternalBroadcast, kPoolAddress),
              Link::external),
      refused("all ones as a source", CGN_VERDICT_MARTIAN_SOURCE, outside(address(255, 255, 255, 255), kPoolAddress),
              Link::external),
      refused("0.0.0.0 as a source of anything but a broadcast", CGN_VERDICT_MARTIAN_SOURCE,
              inside(address(0, 0, 0, 0), kWeb)),
      refused("0.0.0.0 as a destination", CGN_VERDICT_MARTIAN_DESTINATION, inside(kAlice, address(0, 0, 0, 0))),
      refused("an address of 240/4 as a source from outside", CGN_VERDICT_MARTIAN_SOURCE,
              outside(address(240, 0, 0, 1), kPoolAddress), Link::external),
  };
}

std::vector<Row> lengths() {
  return {
      refused("a UDP length of 0", CGN_VERDICT_TRUNCATED, inside(kAlice, kWeb).udp_length(0)),
      refused("a UDP length of 7", CGN_VERDICT_TRUNCATED, inside(kAlice, kWeb).udp_length(7)),
      refused("a UDP length one octet beyond the packet", CGN_VERDICT_TRUNCATED, inside(kAlice, kWeb).udp_length(41)),
      refused("a UDP length beyond the packet, inside the padding", CGN_VERDICT_TRUNCATED,
              inside(kAlice, kWeb).udp_length(41).padding(20)),
      refused("an inbound UDP length of 65535", CGN_VERDICT_TRUNCATED, outside(kWeb, kPoolAddress).udp_length(65535),
              Link::external),
      {.says = "a UDP length of the header alone leaves the rest to the receiver",
       .given = {kAliceUdp},
       .in = inside(kAlice, kWeb).udp_length(8),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload_of(32).udp_length(8)},
  };
}

}  // namespace

std::vector<Row> hygiene_rows() {
  auto rows = checksums();
  for (auto part : {addresses, lengths}) {
    for (auto& row : part()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace cgn::test
