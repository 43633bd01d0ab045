// SPDX-License-Identifier: Apache-2.0
// Rewriting where the packet table does not look: what stays untouched, and link headers.
#include <catch2/catch.hpp>

#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

packet::Translation outbound_to(Ipv4 address, unsigned port) {
  return {.source = at_port(address, port), .destination = std::nullopt};
}

}  // namespace

TEST_CASE("a translation of nothing is one hop") {
  Bytes frame = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(17).tcp(5000, 80, kAck).payload_of(9);
  packet::translate(frame, packet::read(frame).value(), {});
  const Bytes expected = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(16).tcp(5000, 80, kAck).payload_of(9);
  CHECK(hex(frame) == hex(expected));
}

TEST_CASE("translation leaves the link header and the padding alone") {
  Bytes frame = received_by(Link::internal_vlan).ipv4(kCarol, kWeb).udp(5000, 443).payload("x").padding(13, 0x5a);
  packet::translate(frame, packet::read(frame).value(), outbound_to(kPoolAddress, 40000));
  const Bytes expected =
      received_by(Link::internal_vlan).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443).payload("x").padding(13, 0x5a);
  CHECK(hex(frame) == hex(expected));
}

TEST_CASE("a link header is written without padding beyond the packet, and with zeros up to sixty bytes") {
  const Bytes frame = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload("x").padding(40, 0x5a);
  const auto view = packet::read(frame).value();
  const auto sent = packet::with_link_header(frame, view, {.destination = kBorderMac, .source = kExternalMac});
  const Bytes expected = padded(sent_by(Link::external).ipv4(kAlice, kWeb).udp(5000, 443).payload("x"));
  CHECK(hex(sent) == hex(expected));
  CHECK(sent.size() == 60);
}

TEST_CASE("two tags are written outermost first, each with its twelve bits") {
  const Bytes frame = received_by(Link::external).ipv4(kWeb, kDave).udp(443, 5000).payload_of(64);
  const auto sent = packet::with_link_header(frame, packet::read(frame).value(),
                                             {.destination = kAccessQinqMac,
                                              .source = kInternalMac,
                                              .tag_count = 2,
                                              .outer_tpid = 0x88a8,
                                              .outer_vid = 4094,
                                              .inner_vid = 0xf001});
  const Bytes expected = Frame{}
                             .eth(kInternalMac, kAccessQinqMac)
                             .vlan(4094, 0x88a8)
                             .vlan(1)
                             .ipv4(kWeb, kDave)
                             .udp(443, 5000)
                             .payload_of(64);
  CHECK(hex(sent) == hex(expected));
}

}  // namespace cgn::test
