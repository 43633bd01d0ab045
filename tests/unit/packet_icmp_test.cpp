// SPDX-License-Identifier: Apache-2.0
// The errors that we originate: to whom, from whom, about what.
#include <catch2/catch.hpp>

#include "packet/icmp.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr Ipv4 kRouter = facts(Link::internal).own;

bool may_answer(const Bytes& frame) { return packet::may_answer(frame, packet::read(frame).value()); }

Bytes answer(const Bytes& frame, std::uint8_t code = 1) {
  return packet::unreachable(frame, packet::read(frame).value(), {.source = kRouter, .code = code});
}

// What the answer must be: our header, type 3, the quote.
Frame expected(Frame link, Ipv4 to, std::uint8_t code, Bytes quote) {
  return link.ipv4(kRouter, to).tos(0xc0).identification(0).dont_fragment().icmp(3, code).payload(quote);
}

}  // namespace

TEST_CASE("a refused datagram is answered with host unreachable, quoting it in pre-NAT terms",
          "[RFC6888-REQ-11][RFC5508-REQ-8]") {
  const auto refused = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(7).udp(5000, 443).payload_of(100);
  CHECK(hex(answer(refused)) == hex(expected(sent_by(Link::internal), kAlice, 1, refused.packet())));
}

TEST_CASE("the code may be administratively prohibited") {
  const auto refused = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).tcp_options(5);
  CHECK(hex(answer(refused, 13)) == hex(expected(sent_by(Link::internal), kAlice, 13, refused.packet())));
}

TEST_CASE("the answer goes back with the tags that the packet came with") {
  const auto refused = received_by(Link::internal_qinq).ipv4(kDave, kWeb).udp(5000, 443).payload_of(64);
  CHECK(hex(answer(refused)) == hex(expected(sent_by(Link::internal_qinq), kDave, 1, refused.packet())));
}

TEST_CASE("an answer is 576 bytes at most, as much of the packet as fits") {
  const auto refused = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(1400);
  auto quote = refused.packet();
  quote.resize(576 - 20 - 8);
  const auto sent = answer(refused);
  CHECK(sent.size() == 14 + 576);
  CHECK(hex(sent) == hex(expected(sent_by(Link::internal), kAlice, 1, quote)));
  const auto fits = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(576 - 56);
  CHECK(answer(fits).size() == 14 + 576);
}

TEST_CASE("padding is not quoted, IP options are") {
  const auto refused =
      received_by(Link::internal).ipv4(kAlice, kWeb).options(3).udp(5000, 443).payload("x").padding(20, 0x5a);
  CHECK(hex(answer(refused)) == hex(expected(sent_by(Link::internal), kAlice, 1, refused.packet())));
}

TEST_CASE("no error is sent about what names no single host, or was for many", "[RFC1122]") {
  const auto from = [](Ipv4 source, Ipv4 destination = kWeb) {
    return may_answer(received_by(Link::internal).ipv4(source, destination).udp(5000, 443).payload_of(32));
  };
  CHECK(from(kAlice));
  CHECK_FALSE(from(address(0, 0, 0, 0)));
  CHECK_FALSE(from(address(127, 0, 0, 1)));
  CHECK_FALSE(from(address(224, 0, 0, 1)));
  CHECK_FALSE(from(address(255, 255, 255, 255)));
  CHECK_FALSE(from(kAlice, address(224, 0, 0, 251)));
  CHECK_FALSE(from(kAlice, address(255, 255, 255, 255)));
  CHECK_FALSE(may_answer(Frame{}.eth(kAccessMac, kBroadcastMac).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(32)));
  CHECK_FALSE(may_answer(Frame{}.eth(kAccessMac, kMulticastMac).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(32)));
}

TEST_CASE("an echo may be answered, an ICMP error or a later fragment never", "[RFC1122]") {
  CHECK(may_answer(received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(7).payload_of(32)));
  // read() refuses both, but a caller could hold an older view: the bytes decide.
  auto frame = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(7).payload_of(32).bytes();
  const auto view = packet::read(frame).value();
  frame[34] = std::byte{3};
  CHECK_FALSE(packet::may_answer(frame, view));
  frame[34] = std::byte{8};
  frame[21] = std::byte{1};
  CHECK_FALSE(packet::may_answer(frame, view));
}

}  // namespace cgn::test
