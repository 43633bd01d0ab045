// SPDX-License-Identifier: Apache-2.0
// UDP-Lite, DCCP and SCTP: translated as UDP and TCP are, but for what their headers make of it. Of SCTP the addresses
// change alone, and its CRC32c, which covers ports and no address, stays what its sender made.
#include "packets/row.hpp"

#include <array>
#include <stdexcept>

namespace cgn::test {
namespace {

const Mapping kAliceLite = mapped(Proto::udplite, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceDccp = mapped(Proto::dccp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));
const Mapping kAliceSctp = mapped(Proto::sctp, at_port(kAlice, 5000), at_port(kPoolAddress, 5000), at_port(kWeb, 80));
const Mapping kBobLite = mapped(Proto::udplite, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));
const Mapping kBobDccp = mapped(Proto::dccp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 51000));
const Mapping kBobSctp = mapped(Proto::sctp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 6000));

const std::vector<Mapping> kGiven{kAliceLite, kAliceDccp, kAliceSctp, kBobLite, kBobDccp, kBobSctp};

// A packet of `m`'s protocol, whole.
Frame carrying(Frame frame, Proto proto, unsigned from, unsigned to) {
  if (proto == Proto::udplite) return frame.udplite(from, to).payload_of(40);
  if (proto == Proto::dccp) return frame.dccp(from, to).payload_of(40);
  return frame.sctp(from, to).payload_of(40);
}

Frame from_alice() { return received_by(Link::internal).ipv4(kAlice, kWeb); }
Frame to_alice() { return received_by(Link::external).ipv4(kWeb, kPoolAddress); }
Frame leaves() { return sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63); }
Frame arrives() { return sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63); }

Row outbound(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says, .given = kGiven, .in = in, .out = out};
}
Row inbound(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says, .given = kGiven, .link = Link::external, .in = in, .egress = Link::internal, .out = out};
}
Row ends(std::string_view says, const Bytes& in, Verdict verdict, Link link = Link::internal) {
  return {.says = says, .given = kGiven, .link = link, .in = in, .verdict = verdict};
}

struct Kin {
  const Mapping& alice;
  const Mapping& bob;
  std::string_view first, out, in, stranger, hairpin, hairpin_first;
};

const std::array kAll{
    Kin{kAliceLite, kBobLite, "the first UDP-Lite packet is punted, and leaves translated",
        "UDP-Lite of a mapping is translated on its way out", "UDP-Lite of a mapping is translated on its way in",
        "UDP-Lite to a port that nobody holds", "UDP-Lite between subscribers is translated at both ends",
        "the first UDP-Lite packet to another subscriber is punted"},
    Kin{kAliceDccp, kBobDccp, "the first DCCP packet is punted, and leaves translated (RFC 5597)",
        "DCCP of a mapping is translated on its way out", "DCCP of a mapping is translated on its way in",
        "DCCP to a port that nobody holds", "DCCP between subscribers is translated at both ends (RFC 5597 REQ-8)",
        "the first DCCP packet to another subscriber is punted"},
    Kin{kAliceSctp, kBobSctp, "the first SCTP packet is punted, and leaves under its own port",
        "SCTP of a mapping leaves with another address, and all else as it was",
        "SCTP of a mapping arrives with another address, and all else as it was", "SCTP to a port that nobody holds",
        "SCTP between subscribers has both addresses translated and no port",
        "the first SCTP packet to another subscriber is punted"},
};

void add_ways(std::vector<Row>& rows, const Kin& kin) {
  const auto proto = kin.alice.proto;
  const auto inside = kin.alice.internal.port.value(), outside = kin.alice.external.port.value();
  const auto bobs = kin.bob.external.port.value();
  const auto first = carrying(from_alice(), proto, inside, 80);
  rows.push_back({.says = kin.first,
                  .granted = {kin.alice},
                  .in = first,
                  .verdict = CGN_VERDICT_PUNTED,
                  .out = carrying(leaves(), proto, outside, 80),
                  .punt = Punt{}});
  rows.push_back(outbound(kin.out, first, carrying(leaves(), proto, outside, 80)));
  rows.push_back(inbound(kin.in, carrying(to_alice(), proto, 80, outside), carrying(arrives(), proto, 80, inside)));
  rows.push_back(ends(kin.stranger, carrying(to_alice(), proto, 80, 45000), CGN_VERDICT_NO_MAPPING, Link::external));
  const auto between = carrying(received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress), proto, inside, bobs);
  const auto met =
      carrying(sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63), proto, outside, kin.bob.internal.port.value());
  rows.push_back({.says = kin.hairpin,
                  .given = kGiven,
                  .in = between,
                  .verdict = CGN_VERDICT_HAIRPINNED,
                  .egress = Link::internal,
                  .out = met});
  rows.push_back({.says = kin.hairpin_first,
                  .given = {kin.bob},
                  .granted = {kin.alice},
                  .in = between,
                  .verdict = CGN_VERDICT_PUNTED,
                  .egress = Link::internal,
                  .out = met,
                  .punt = Punt{.direction = CGN_HAIRPIN, .egress = Link::internal}});
}

unsigned word_at(const Bytes& bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

// The payload with which `frame` shows `check` where UDP, UDP-Lite and DCCP have their checksum.
Bytes payload_for(const Frame& frame, unsigned check) {
  for (unsigned word = 0; word < 0x10000; ++word) {
    const Bytes payload{static_cast<std::byte>(word >> 8), static_cast<std::byte>(word & 0xff)};
    if (word_at(Frame{frame}.payload(payload).bytes(), 40) == check) return payload;
  }
  throw std::logic_error{"no payload gives that checksum"};
}

std::vector<Row> sums() {
  const auto lite = payload_for(leaves().udplite(40000, 80), 0xffff);
  const auto before = payload_for(from_alice().udplite(5000, 80), 0xffff);
  const auto dccp = payload_for(leaves().dccp(41000, 80), 0);
  auto none = from_alice().udplite(5000, 80).payload_of(40).bytes();
  auto still_none = leaves().udplite(40000, 80).payload_of(40).bytes();
  none[40] = none[41] = still_none[40] = still_none[41] = std::byte{0};
  return {
      outbound("a UDP-Lite checksum that covers the header alone is updated as any (RFC 3828)",
               from_alice().udplite(5000, 80).covered(8).payload_of(40),
               leaves().udplite(40000, 80).covered(8).payload_of(40)),
      outbound("a UDP-Lite checksum that covers an odd part is updated as any",
               from_alice().udplite(5000, 80).covered(21).payload_of(40),
               leaves().udplite(40000, 80).covered(21).payload_of(40)),
      outbound("a UDP-Lite checksum that covers as much as there is",
               from_alice().udplite(5000, 80).covered(48).payload_of(40),
               leaves().udplite(40000, 80).covered(48).payload_of(40)),
      inbound("an inbound UDP-Lite checksum that covers a part",
              to_alice().udplite(80, 40000).covered(12).payload_of(40),
              arrives().udplite(80, 5000).covered(12).payload_of(40)),
      outbound("a UDP-Lite checksum that comes out as zero leaves as 0xffff",
               from_alice().udplite(5000, 80).payload(lite).padding(16), leaves().udplite(40000, 80).payload(lite)),
      outbound("a UDP-Lite checksum of 0xffff is updated", from_alice().udplite(5000, 80).payload(before).padding(16),
               leaves().udplite(40000, 80).payload(before)),
      outbound("a UDP-Lite packet without its checksum stays as illegal as it came", none, still_none),
      outbound("a wrong UDP-Lite checksum leaves wrong by as much",
               from_alice().udplite(5000, 80).payload_of(40).wrong_transport_checksum(0x1234),
               leaves().udplite(40000, 80).payload_of(40).wrong_transport_checksum(0x1234)),
      outbound("a DCCP checksum that comes out as zero leaves as zero (RFC 4340 has no other meaning for it)",
               from_alice().dccp(5000, 80).payload(dccp).padding(16), leaves().dccp(41000, 80).payload(dccp)),
      outbound("a wrong DCCP checksum leaves wrong by as much",
               from_alice().dccp(5000, 80).payload_of(40).wrong_transport_checksum(0x1234),
               leaves().dccp(41000, 80).payload_of(40).wrong_transport_checksum(0x1234)),
      outbound("a DCCP header with short sequence numbers", from_alice().dccp(5000, 80).short_numbers().payload_of(40),
               leaves().dccp(41000, 80).short_numbers().payload_of(40)),
      outbound("a DCCP header with options", from_alice().dccp(5000, 80).data_offset(9).payload_of(20),
               leaves().dccp(41000, 80).data_offset(9).payload_of(20)),
  };
}

std::vector<Row> limits() {
  const auto lite = [](unsigned covered) { return from_alice().udplite(5000, 80).covered(covered).payload_of(32); };
  const auto dccp = [](unsigned words) { return from_alice().dccp(5000, 80).data_offset(words).payload_of(32); };
  const auto part = [](unsigned proto, std::size_t size) {
    return from_alice().protocol(static_cast<std::uint8_t>(proto)).payload_of(size).padding(26);
  };
  return {
      ends("UDP-Lite shorter than its header", part(136, 7), CGN_VERDICT_TRUNCATED),
      ends("a UDP-Lite coverage of one byte", lite(1), CGN_VERDICT_TRUNCATED),
      ends("a UDP-Lite coverage that ends inside the header", lite(7), CGN_VERDICT_TRUNCATED),
      ends("a UDP-Lite coverage beyond the packet", lite(41), CGN_VERDICT_TRUNCATED),
      ends("a UDP-Lite coverage far beyond the packet", lite(65535), CGN_VERDICT_TRUNCATED),
      ends("an inbound UDP-Lite coverage beyond the packet", to_alice().udplite(80, 40000).covered(49).payload_of(40),
           CGN_VERDICT_TRUNCATED, Link::external),
      ends("DCCP shorter than the shortest header", part(33, 11), CGN_VERDICT_TRUNCATED),
      ends("a DCCP header of no length", dccp(0), CGN_VERDICT_TRUNCATED),
      ends("a DCCP header too short for its long sequence number", dccp(3), CGN_VERDICT_TRUNCATED),
      ends("a DCCP header too short for its short sequence number", dccp(2).short_numbers(), CGN_VERDICT_TRUNCATED),
      ends("a DCCP header that ends behind the packet", dccp(13), CGN_VERDICT_TRUNCATED),
      outbound("a DCCP header that ends with the packet", dccp(12),
               leaves().dccp(41000, 80).data_offset(12).payload_of(32)),
      ends("SCTP shorter than its header", part(132, 11), CGN_VERDICT_TRUNCATED),
      outbound("an SCTP header alone", from_alice().sctp(5000, 80).padding(14), leaves().sctp(5000, 80)),
      ends("UDP-Lite without hops left inbound", to_alice().ttl(1).udplite(80, 45000).payload_of(40),
           CGN_VERDICT_NO_MAPPING, Link::external),
  };
}

constexpr std::uint16_t kNewIdentification = 0x9b1d;

Row cut(std::string_view says, const Mapping& mapping, const Frame& in, Frame out) {
  return {.says = says,
          .given = {mapping},
          .in = in,
          .verdict = CGN_VERDICT_PUNTED,
          .out = out.identification(kNewIdentification),
          .punt = Punt{.reason = CGN_PUNT_FRAGMENT},
          .new_identification = kNewIdentification};
}

std::vector<Row> fragments() {
  const auto part = [](unsigned proto, std::size_t size, unsigned offset, bool more) {
    return from_alice().protocol(static_cast<std::uint8_t>(proto)).payload_of(size).fragment(offset, more).padding(26);
  };
  return {
      cut("a first fragment of UDP-Lite, whose sum covers more than it has", kAliceLite,
          from_alice().udplite(5000, 80).udp_length(3000).payload_of(1472).fragment(0, true),
          leaves().udplite(40000, 80).udp_length(3000).payload_of(1472).fragment(0, true)),
      cut("a first fragment of DCCP", kAliceDccp, from_alice().dccp(5000, 80).payload_of(1464).fragment(0, true),
          leaves().dccp(41000, 80).payload_of(1464).fragment(0, true)),
      cut("a first fragment of SCTP", kAliceSctp, from_alice().sctp(5000, 80).payload_of(1468).fragment(0, true),
          leaves().sctp(5000, 80).payload_of(1468).fragment(0, true)),
      cut("a later fragment of UDP-Lite", kAliceLite, from_alice().protocol(136).payload_of(99).fragment(8, false),
          leaves().protocol(136).payload_of(99).fragment(8, false)),
      cut("a later fragment of DCCP", kAliceDccp, from_alice().protocol(33).payload_of(99).fragment(16, false),
          leaves().protocol(33).payload_of(99).fragment(16, false)),
      cut("a later fragment of SCTP", kAliceSctp, from_alice().protocol(132).payload_of(99).fragment(16, false),
          leaves().protocol(132).payload_of(99).fragment(16, false)),
      ends("a DCCP fragment at offset one hides the sequence number", part(33, 64, 8, true), CGN_VERDICT_FRAGMENT_TINY),
      ends("an SCTP fragment at offset one hides the checksum", part(132, 64, 8, false), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment too short for its DCCP header", part(33, 8, 0, true), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment that ends inside the DCCP options",
           from_alice().dccp(5000, 80).data_offset(10).payload_of(8).fragment(0, true), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment too short for its SCTP header", part(132, 8, 0, true), CGN_VERDICT_FRAGMENT_TINY),
      ends("a first fragment with a UDP-Lite coverage inside the header",
           from_alice().udplite(5000, 80).udp_length(5).payload_of(64).fragment(0, true), CGN_VERDICT_FRAGMENT_TINY),
  };
}

}  // namespace

std::vector<Row> transport_rows() {
  std::vector<Row> rows;
  for (const auto& kin : kAll) add_ways(rows, kin);
  for (const auto& more : {sums(), limits(), fragments()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace cgn::test
