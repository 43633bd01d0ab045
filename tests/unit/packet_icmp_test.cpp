// SPDX-License-Identifier: Apache-2.0
// The errors that we originate: to whom, from whom, about what.
#include <catch2/catch.hpp>

#include "packet/icmp.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr Ipv4 kRouter = facts(Link::internal).own;

bool may_answer(const Bytes& frame) { return packet::may_answer(frame, packet::read_header(frame).value()); }

Bytes answer(const Bytes& frame, const packet::IcmpError& error = packet::kHostUnreachable) {
  return packet::error_about(frame, packet::read_header(frame).value(), error, kRouter);
}

// What the answer must be: our header, type 3, the quote.
Frame expected(Frame link, Ipv4 to, std::uint8_t code, Bytes quote) {
  return link.ipv4(kRouter, to).tos(0xc0).identification(0).dont_fragment().icmp(3, code).payload(quote);
}

}  // namespace

TEST_CASE("a refused datagram is answered with host unreachable, quoting it in pre-NAT terms",
          "[RFC6888-REQ-11B][RFC5508-REQ-8]") {
  const auto refused = received_by(Link::internal).ipv4(kAlice, kWeb).ttl(7).udp(5000, 443).payload_of(100);
  CHECK(hex(answer(refused)) == hex(expected(sent_by(Link::internal), kAlice, 1, refused.packet())));
}

TEST_CASE("the code may be administratively prohibited") {
  const auto refused = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).tcp_options(5);
  CHECK(hex(answer(refused, packet::kAdminProhibited)) ==
        hex(expected(sent_by(Link::internal), kAlice, 13, refused.packet())));
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
  CHECK_FALSE(from(address(169, 254, 7, 7)));
  CHECK_FALSE(from(address(224, 0, 0, 1)));
  CHECK_FALSE(from(address(255, 255, 255, 255)));
  CHECK_FALSE(from(kAlice, address(224, 0, 0, 251)));
  CHECK_FALSE(from(kAlice, address(255, 255, 255, 255)));
  CHECK_FALSE(may_answer(Frame{}.eth(kAccessMac, kBroadcastMac).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(32)));
  CHECK_FALSE(may_answer(Frame{}.eth(kAccessMac, kMulticastMac).ipv4(kAlice, kWeb).udp(5000, 443).payload_of(32)));
}

TEST_CASE("a query may be answered, an ICMP error or an unknown type never", "[RFC1122]") {
  const auto message = [](int type) {
    const auto frame = received_by(Link::internal).ipv4(kAlice, kWeb);
    return may_answer(Frame{frame}.icmp(static_cast<std::uint8_t>(type), 0).payload_of(32));
  };
  for (const int query : {0, 8, 13, 14, 15, 16, 17, 18}) CHECK(message(query));
  for (const int error : {3, 4, 5, 11, 12}) CHECK_FALSE(message(error));
  for (const int other : {1, 9, 10, 19, 40, 255}) CHECK_FALSE(message(other));
  // No data, no type: nothing says that it is not an error.
  CHECK_FALSE(may_answer(received_by(Link::internal).ipv4(kAlice, kWeb).protocol(1).padding(26)));
}

TEST_CASE("a first fragment may be answered, a later one never", "[RFC1122]") {
  const auto fragment = [](unsigned offset, bool more) {
    return may_answer(
        received_by(Link::internal).ipv4(kAlice, kWeb).protocol(17).payload_of(64).fragment(offset, more));
  };
  CHECK(fragment(0, true));
  CHECK_FALSE(fragment(64, true));
  CHECK_FALSE(fragment(64, false));
}

TEST_CASE("fragmentation needed tells the next hop's MTU", "[RFC1191][RFC4787-REQ-13]") {
  const auto big = received_by(Link::internal).ipv4(kAlice, kWeb).dont_fragment().udp(5000, 443).payload_of(100);
  const auto expected_error = expected(sent_by(Link::internal), kAlice, 4, big.packet()).next_hop_mtu(1280);
  CHECK(hex(answer(big, packet::fragmentation_needed(1280))) == hex(expected_error));
}

TEST_CASE("the type of service goes back with the precedence of internetwork control, ECN does not", "[RFC1812]") {
  const auto tos_of_answer = [](std::uint8_t tos) {
    const auto about = received_by(Link::internal).ipv4(kAlice, kWeb).tos(tos).udp(5000, 443).payload_of(32);
    return std::to_integer<int>(answer(about)[15]);
  };
  CHECK(tos_of_answer(0x00) == 0xc0);
  CHECK(tos_of_answer(0x10) == 0xd0);
  CHECK(tos_of_answer(0xb8) == 0xd8);
  CHECK(tos_of_answer(0x03) == 0xc0);
}

}  // namespace cgn::test
