// SPDX-License-Identifier: Apache-2.0
// What read() says of a frame beyond its verdict, and frames too short for the kernel's test run.
#include <catch2/catch.hpp>

#include <array>
#include <span>

#include "packet/checksum.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {

TEST_CASE("a TCP segment is read with its offsets, ends and flags") {
  const Bytes frame = received_by(Link::internal_qinq)
                          .ipv4(kDave, kWeb)
                          .ttl(9)
                          .options(2)
                          .tcp(5000, 80, kFin | kAck)
                          .tcp_options(1)
                          .payload_of(11)
                          .padding(3, 0xff);
  const auto view = packet::read(frame);
  REQUIRE(view.has_value());
  CHECK(view->tag_count == 2);
  CHECK(view->l3 == 22);
  CHECK(view->l4 == 22 + 28);
  CHECK(view->end == frame.size() - 3);
  CHECK(view->length == 28 + 24 + 11);
  CHECK(view->payload == 11);
  CHECK(view->ttl == 9);
  CHECK(view->proto == Proto::tcp);
  CHECK(view->source == at_port(kDave, 5000));
  CHECK(view->destination == at_port(kWeb, 80));
  CHECK(view->fin);
  CHECK(view->ack);
  CHECK_FALSE(view->syn);
  CHECK_FALSE(view->rst);
}

TEST_CASE("each TCP flag is read as itself") {
  const auto flags = [](std::uint8_t bits) {
    const auto view = packet::read(received_by(Link::internal).ipv4(kAlice, kWeb).tcp(1, 2, bits).bytes()).value();
    return (view.fin ? kFin : 0) | (view.syn ? kSyn : 0) | (view.rst ? kRst : 0) | (view.ack ? kAck : 0);
  };
  for (const auto bit : {kFin, kSyn, kRst, kAck}) CHECK(flags(bit) == bit);
  CHECK(flags(static_cast<std::uint8_t>(~(kFin | kSyn | kRst | kAck))) == 0);
}

TEST_CASE("an echo shows its identifier as the port of both ends", "[RFC5508-REQ-1]") {
  const auto request = packet::read(received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77).bytes()).value();
  CHECK(request.icmp_request);
  CHECK(request.source == at_port(kAlice, 77));
  CHECK(request.destination == at_port(kWeb, 77));
  const auto reply = packet::read(received_by(Link::external).ipv4(kWeb, kPoolAddress).echo_reply(9).bytes()).value();
  CHECK_FALSE(reply.icmp_request);
  CHECK(reply.source == at_port(kWeb, 9));
  CHECK(reply.destination == at_port(kPoolAddress, 9));
}

TEST_CASE("a frame shorter than an Ethernet header is truncated") {
  const Bytes frame = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443);
  for (std::size_t size = 0; size < 14; ++size) {
    const Bytes begun{frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)};
    REQUIRE_FALSE(packet::read(begun).has_value());
    CHECK(packet::read(begun).error() == CGN_VERDICT_TRUNCATED);
  }
}

TEST_CASE("either TPID may stand at either tag") {
  for (const auto outer : std::to_array<std::uint16_t>({0x8100, 0x88a8})) {
    for (const auto inner : std::to_array<std::uint16_t>({0x8100, 0x88a8})) {
      const Bytes frame =
          Frame{}.eth(kAccessMac, kInternalMac).vlan(1, outer).vlan(2, inner).ipv4(kAlice, kWeb).udp(5000, 443);
      CHECK(packet::read(frame).value().tag_count == 2);
    }
  }
}

TEST_CASE("the reserved bit and don't-fragment make no fragment, every offset does", "[RFC791]") {
  auto frame =
      received_by(Link::internal).ipv4(kAlice, kWeb).identification(0xbeef).udp(5000, 443).payload_of(8).bytes();
  const auto fragment = [&frame](unsigned word) {
    frame[20] = static_cast<std::byte>(word >> 8);
    frame[21] = static_cast<std::byte>(word & 0xff);
    frame[24] = frame[25] = std::byte{0};
    const auto check = packet::checksum(std::span{frame}.subspan(14, 20));
    frame[24] = static_cast<std::byte>(check >> 8);
    frame[25] = static_cast<std::byte>(check & 0xff);
    return packet::read(frame).value().fragment;
  };
  CHECK_FALSE(fragment(0x8000).is_fragment());
  CHECK_FALSE(fragment(0xc000).is_fragment());
  CHECK(fragment(0xc000).identification == 0xbeef);
  const auto first = fragment(0x2000);
  CHECK((first.is_fragment() && !first.is_later() && first.more));
  for (unsigned bit = 0; bit < 12; ++bit) {
    const auto later = fragment(1u << bit);
    CHECK((later.is_later() && !later.more && later.offset == 8u << bit));
  }
}

TEST_CASE("a later fragment shows no ports, whatever its bytes look like", "[RFC791]") {
  const Bytes frame = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(8).fragment(8, true);
  const auto view = packet::read(frame).value();
  CHECK(view.source == at_port(kAlice, 0));
  CHECK(view.destination == at_port(kWeb, 0));
}

}  // namespace cgn::test
