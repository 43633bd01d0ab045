// SPDX-License-Identifier: Apache-2.0
// Checksums at their edges: the two zeros of ones' complement, none at all, odd sizes, and those that were wrong
// before.
#include "packets/row.hpp"

#include <stdexcept>

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));

unsigned word_at(const Bytes& bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

// The two-byte payload with which `frame` shows `check` at `at`.
Bytes payload_for(const Frame& frame, std::size_t at, unsigned check) {
  for (unsigned word = 0; word < 0x10000; ++word) {
    const Bytes payload{static_cast<std::byte>(word >> 8), static_cast<std::byte>(word & 0xff)};
    auto candidate = frame;
    if (word_at(candidate.payload(payload).bytes(), at) == check) return payload;
  }
  throw std::logic_error{"no payload gives that checksum"};
}

Row zero_udp_outbound() {
  const auto out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443);
  const auto payload = payload_for(out, 40, 0xffff);
  return {.says = "a UDP checksum that comes out as zero leaves as 0xffff (RFC 768)",
          .given = {kAliceUdp},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload(payload).padding(16),
          .out = Frame{out}.payload(payload)};
}

Row zero_udp_before() {
  const auto in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443);
  const auto payload = payload_for(in, 40, 0xffff);
  return {.says = "a UDP checksum of 0xffff is a checksum, and is updated",
          .given = {kAliceUdp},
          .in = Frame{in}.payload(payload).padding(16),
          .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload(payload)};
}

Row zero_tcp() {
  const auto out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, kAck);
  const auto payload = payload_for(out, 50, 0);
  return {.says = "a TCP checksum that comes out as zero leaves as zero",
          .given = {kAliceTcp},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kAck).payload(payload),
          .out = Frame{out}.payload(payload),
          .seen = CGN_SEEN_ACK};
}

Row zero_icmp() {
  const auto out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).echo_request(42000);
  const auto payload = payload_for(out, 36, 0);
  return {.says = "an ICMP checksum that comes out as zero leaves as zero",
          .given = {kAlicePing},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77).payload(payload).padding(16),
          .out = Frame{out}.payload(payload)};
}

}  // namespace

std::vector<Row> checksum_rows() {
  return {
      {.says = "a UDP packet without checksum leaves without one",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp_without_checksum(5000, 443).payload_of(64),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp_without_checksum(40000, 443).payload_of(64)},
      {.says = "a UDP packet without checksum comes in without one",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).udp_without_checksum(443, 40000).payload_of(64),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).udp_without_checksum(443, 5000).payload_of(64)},
      zero_udp_outbound(),
      zero_udp_before(),
      zero_tcp(),
      zero_icmp(),
      {.says = "an odd payload keeps its checksum right",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(63),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload_of(63)},
      {.says = "a datagram without data is translated",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).padding(18),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443)},
      {.says = "a UDP checksum that was wrong stays wrong by as much",
       .given = {kAliceUdp},
       .in = received_by(Link::internal)
                 .ipv4(kAlice, kWeb)
                 .udp(5000, 443)
                 .payload_of(64)
                 .wrong_transport_checksum(0x1357),
       .out = sent_by(Link::external)
                  .ipv4(kPoolAddress, kWeb)
                  .ttl(63)
                  .udp(40000, 443)
                  .payload_of(64)
                  .wrong_transport_checksum(0x1357)},
      {.says = "a TCP checksum that was wrong stays wrong by as much",
       .given = {kAliceTcp},
       .link = Link::external,
       .in = received_by(Link::external)
                 .ipv4(kWeb, kPoolAddress)
                 .tcp(80, 41000, kAck)
                 .payload_of(64)
                 .wrong_transport_checksum(0x8001),
       .egress = Link::internal,
       .out = sent_by(Link::internal)
                  .ipv4(kWeb, kAlice)
                  .ttl(63)
                  .tcp(80, 5000, kAck)
                  .payload_of(64)
                  .wrong_transport_checksum(0x8001),
       .seen = CGN_SEEN_ACK},
      {.says = "an echo whose checksum was wrong stays wrong by as much",
       .given = {kAlicePing},
       .in = received_by(Link::internal)
                 .ipv4(kAlice, kWeb)
                 .echo_request(77)
                 .payload_of(64)
                 .wrong_transport_checksum(0x2468),
       .out = sent_by(Link::external)
                  .ipv4(kPoolAddress, kWeb)
                  .ttl(63)
                  .echo_request(42000)
                  .payload_of(64)
                  .wrong_transport_checksum(0x2468)},
      {.says = "a UDP checksum that was wrong in comes wrong by as much",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external)
                 .ipv4(kWeb, kPoolAddress)
                 .udp(443, 40000)
                 .payload_of(63)
                 .wrong_transport_checksum(0x0001),
       .egress = Link::internal,
       .out = sent_by(Link::internal)
                  .ipv4(kWeb, kAlice)
                  .ttl(63)
                  .udp(443, 5000)
                  .payload_of(63)
                  .wrong_transport_checksum(0x0001)},
      {.says = "a UDP length that contradicts the packet is the receiver's business",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(64).udp_length(9),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload_of(64).udp_length(9)},
  };
}

}  // namespace cgn::test
