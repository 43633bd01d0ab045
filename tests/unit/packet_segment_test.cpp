// SPDX-License-Identifier: Apache-2.0
// Numbers, SACK blocks and payload of a segment, changed: always the frame that the builder would have written.
#include <catch2/catch.hpp>

#include "packet/segment.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

Frame segment(std::string_view payload) {
  return received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 21, kAck | kPsh).payload(payload);
}

packet::View view_of(const Bytes& frame) { return packet::read(frame).value(); }

Bytes block(std::uint32_t begin, std::uint32_t end) {
  Bytes bytes;
  for (const auto word : {begin, end}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(word >> shift));
  }
  return bytes;
}

// `lead` no-operations, then SACK with these blocks.
Bytes sack(unsigned lead, const std::vector<Bytes>& blocks) {
  Bytes option(lead, std::byte{1});
  option.push_back(std::byte{5});
  option.push_back(static_cast<std::byte>(2 + 8 * blocks.size()));
  for (const auto& b : blocks) option.insert(option.end(), b.begin(), b.end());
  return option;
}

std::optional<packet::Block> ten_back(const packet::Block& b) { return packet::Block{b.first - 10, b.second - 10}; }

}  // namespace

TEST_CASE("a new sequence number is the frame that would have been written with it", "[RFC1624]") {
  Bytes frame = segment("NOOP\r\n").sequence(0xfffffffe);
  CHECK(packet::sequence_of(frame, view_of(frame)) == 0xfffffffe);
  packet::set_sequence(frame, view_of(frame), 5);
  CHECK(hex(frame) == hex(segment("NOOP\r\n").sequence(5)));
}

TEST_CASE("a checksum that came wrong stays wrong", "[RFC1624]") {
  Bytes frame = segment("NOOP\r\n").wrong_transport_checksum(7);
  CHECK_FALSE(packet::has_right_checksum(frame, view_of(frame)));
  packet::set_sequence(frame, view_of(frame), 5);
  CHECK_FALSE(packet::has_right_checksum(frame, view_of(frame)));
  CHECK(hex(frame) == hex(segment("NOOP\r\n").sequence(5).wrong_transport_checksum(7)));
}

TEST_CASE("blocks of SACK move with the acknowledgement, wherever the option stands", "[RFC2018]") {
  for (const unsigned lead : {0U, 1U, 2U, 3U}) {
    INFO(lead << " no-operations before it");
    const auto before = sack(lead, {block(100, 200), block(5, 300)});
    const auto after = sack(lead, {block(90, 190), block(static_cast<std::uint32_t>(-5), 290)});
    Bytes frame = segment("x").tcp_options(before).acknowledge(50);
    packet::set_acknowledgement(frame, view_of(frame), 40, ten_back);
    CHECK(hex(frame) == hex(segment("x").tcp_options(after).acknowledge(40)));
  }
}

TEST_CASE("if one block cannot be said, none is", "[RFC2018]") {
  const auto before = sack(2, {block(100, 200), block(5, 300)});
  Bytes frame = segment("x").tcp_options(before).acknowledge(50);
  packet::set_acknowledgement(frame, view_of(frame), 40,
                              [](const packet::Block& b) { return b.first == 5 ? std::nullopt : std::optional{b}; });
  CHECK(hex(frame) == hex(segment("x").tcp_options(Bytes(before.size(), std::byte{1})).acknowledge(40)));
}

TEST_CASE("options that lie are left alone") {
  for (const auto& options : {Bytes{std::byte{5}, std::byte{40}, std::byte{0}, std::byte{0}},
                              Bytes{std::byte{5}, std::byte{1}, std::byte{0}, std::byte{0}},
                              Bytes{std::byte{5}, std::byte{4}, std::byte{0}, std::byte{0}},
                              Bytes{std::byte{1}, std::byte{1}, std::byte{1}, std::byte{5}}}) {
    Bytes frame = segment("x").tcp_options(options).acknowledge(50);
    packet::set_acknowledgement(frame, view_of(frame), 40, ten_back);
    CHECK(hex(frame) == hex(segment("x").tcp_options(options).acknowledge(40)));
  }
}

TEST_CASE("bytes of the payload are replaced by more, fewer and none, and what stood behind the packet is gone") {
  for (const auto* instead : {"", "y", "yyyyyyyyyyyyyyyyyyyyyyyyy"}) {
    for (const auto* rest : {"", "z", "zz"}) {
      Bytes frame = segment(std::string{"PORT xxxx"} + rest).padding(9, 0x5a);
      const auto out = packet::with_payload(frame, view_of(frame), {5, 9}, instead);
      CHECK(hex(out) == hex(segment(std::string{"PORT "} + instead + rest)));
    }
  }
}

}  // namespace cgn::test
