// SPDX-License-Identifier: Apache-2.0
// Cutting packets: what arrives, put together by a receiver of our own, is what was cut.
#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <random>

#include "packet/checksum.hpp"
#include "packet/fragmenting.hpp"
#include "packet/wire.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr std::size_t kL3 = 14;

struct Header {
  std::size_t size = 0, length = 0, offset = 0;
  bool more = false;
  std::uint16_t identification = 0;
  Bytes options{};
};

Header header_of(const Bytes& frame) {
  const auto word = packet::load16(frame, kL3 + packet::ipv4::kFragment);
  Header h{.size = (packet::load8(frame, kL3) & 0x0fu) * 4u,
           .length = packet::load16(frame, kL3 + packet::ipv4::kLength),
           .offset = (word & packet::kFragmentOffset) * 8u,
           .more = (word & packet::kMoreFragments) != 0,
           .identification = packet::load16(frame, kL3 + 4)};
  h.options.assign(frame.begin() + kL3 + 20, frame.begin() + static_cast<std::ptrdiff_t>(kL3 + h.size));
  return h;
}

Bytes data_of(const Bytes& frame) {
  const auto h = header_of(frame);
  return {frame.begin() + static_cast<std::ptrdiff_t>(kL3 + h.size),
          frame.begin() + static_cast<std::ptrdiff_t>(kL3 + h.length)};
}

// What every fragment of every packet must be.
void check_fragment(const Bytes& piece, const Bytes& whole, std::size_t mtu) {
  const auto h = header_of(piece);
  const auto of_whole = header_of(whole);
  REQUIRE(h.length <= mtu);
  REQUIRE(piece.size() >= std::max<std::size_t>(60, kL3 + h.length));
  REQUIRE(packet::sum(std::span{piece}.subspan(kL3, h.size)) == 0xffff);
  REQUIRE(h.identification == of_whole.identification);
  REQUIRE(Bytes{piece.begin(), piece.begin() + kL3} == Bytes{whole.begin(), whole.begin() + kL3});
  for (const auto field : {packet::ipv4::kTos, packet::ipv4::kTtl, packet::ipv4::kProtocol}) {
    REQUIRE(piece[kL3 + field] == whole[kL3 + field]);
  }
  for (std::size_t at = packet::ipv4::kSource; at < 20; ++at) REQUIRE(piece[kL3 + at] == whole[kL3 + at]);
  if (h.more) REQUIRE((h.length - h.size) % 8 == 0);
}

// The data in one piece again; nullopt when they do not join in order from `from` on.
std::optional<Bytes> join(const std::vector<Bytes>& pieces, std::size_t from) {
  Bytes data;
  for (const auto& piece : pieces) {
    if (header_of(piece).offset != from + data.size()) return std::nullopt;
    const auto more = data_of(piece);
    data.insert(data.end(), more.begin(), more.end());
  }
  return data;
}

Bytes with_options(Bytes frame, const Bytes& options) {
  frame.insert(frame.begin() + kL3 + 20, options.begin(), options.end());
  const auto length = packet::load16(frame, kL3 + packet::ipv4::kLength) + options.size();
  packet::store16(frame, kL3 + packet::ipv4::kLength, static_cast<std::uint16_t>(length));
  packet::store8(frame, kL3, static_cast<std::uint8_t>(0x45 + options.size() / 4));
  return frame;
}

Bytes bytes_of(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const auto v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

Frame frame_of(std::size_t data) {
  return sent_by(Link::external).ipv4(kPoolAddress, kWeb).protocol(17).payload_of(data);
}

Bytes datagram(std::size_t data) { return frame_of(data); }

}  // namespace

TEST_CASE("a packet is cut at multiples of eight bytes, in order, the last piece as long as it is", "[RFC791]") {
  const Bytes whole = datagram(1480);
  const auto pieces = packet::fragments(whole, kL3, 600);
  REQUIRE(pieces.size() == 3);
  CHECK(data_of(pieces[0]).size() == 576);
  CHECK(data_of(pieces[1]).size() == 576);
  CHECK(data_of(pieces[2]).size() == 1480 - 2 * 576);
  CHECK(header_of(pieces[0]).more);
  CHECK(header_of(pieces[1]).more);
  CHECK_FALSE(header_of(pieces[2]).more);
  CHECK(join(pieces, 0) == data_of(whole));
}

TEST_CASE("a last piece may fill the MTU where it is no multiple of eight", "[RFC791]") {
  const auto pieces = packet::fragments(datagram(1400), kL3, 1401);
  REQUIRE(pieces.size() == 2);
  CHECK(data_of(pieces[0]).size() == 1376);
  const auto full = packet::fragments(datagram(8 + 61), kL3, 81);
  REQUIRE(full.size() == 2);
  CHECK(header_of(full[0]).length == 76);
  CHECK(data_of(full[1]).size() == 69 - 56);
}

TEST_CASE("a fragment is cut on: its offset counts, and only its own last piece may be the last", "[RFC791]") {
  const bool more = GENERATE(true, false);
  const Bytes whole = frame_of(1480).fragment(2960, more);
  const auto pieces = packet::fragments(whole, kL3, 1400);
  REQUIRE(pieces.size() == 2);
  CHECK(header_of(pieces[0]).offset == 2960);
  CHECK(header_of(pieces[0]).more);
  CHECK(header_of(pieces[1]).offset == 2960 + 1376);
  CHECK(header_of(pieces[1]).more == more);
}

TEST_CASE("options go with every fragment or with the first alone, as their copy bit says", "[RFC791]") {
  // No-operation; record route (7, not copied); router alert (148, copied); end of list.
  const auto options = bytes_of({1, 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0, 0, 0, 0});
  const auto whole = with_options(datagram(200), options);
  const auto pieces = packet::fragments(whole, kL3, 100);
  REQUIRE(pieces.size() >= 3);
  CHECK(header_of(pieces[0]).options == options);
  for (std::size_t i = 1; i < pieces.size(); ++i) CHECK(header_of(pieces[i]).options == bytes_of({148, 4, 0, 0}));
  CHECK(join(pieces, 0) == data_of(whole));
}

TEST_CASE("a copied option that is no whole word is filled up with the end of the list", "[RFC791]") {
  const auto whole = with_options(datagram(200), bytes_of({0x82, 3, 9, 1}));
  const auto pieces = packet::fragments(whole, kL3, 100);
  REQUIRE(pieces.size() >= 2);
  CHECK(header_of(pieces[1]).options == bytes_of({0x82, 3, 9, 0}));
}

TEST_CASE("where not even eight bytes of data fit beside the header, there is no fragment") {
  const Bytes whole = datagram(100);
  CHECK(packet::fragments(whole, kL3, 27).empty());
  CHECK(packet::fragments(whole, kL3, 0).empty());
  CHECK(packet::fragments(whole, kL3, 28).size() == 13);
  CHECK(packet::fragments(with_options(whole, Bytes(40)), kL3, 67).empty());
}

TEST_CASE("any packet, cut for any MTU, arrives as it was", "[RFC4787-REQ-13]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
  };
  std::size_t pieces_seen = 0, with_option = 0, of_fragments = 0;
  for (int i = 0; i < 3'000; ++i) {
    const auto words = below(3) == 0 ? below(11) : 0;
    Bytes options(4 * words);
    for (auto& b : options) b = static_cast<std::byte>(below(256));  // most lists lie somewhere
    const bool is_fragment = below(3) == 0;
    const auto offset = is_fragment ? 8 * below(1000) : 0;
    const bool more = is_fragment && below(2) == 0;
    const auto size = more ? 8 * (1 + below(1000)) : 1 + below(8'000);
    auto frame = frame_of(size);
    if (is_fragment) frame.fragment(static_cast<unsigned>(offset), more);
    const auto whole = with_options(frame, options);
    const auto length = header_of(whole).length;
    const auto mtu = 68 + below(std::max<std::size_t>(1, std::min<std::size_t>(length, 3'000)));
    INFO("length " << length << ", MTU " << mtu << ", offset " << offset << ", options\n" << hex(options));

    const auto pieces = packet::fragments(whole, kL3, mtu);
    REQUIRE_FALSE(pieces.empty());
    for (const auto& piece : pieces) check_fragment(piece, whole, mtu);
    REQUIRE(join(pieces, offset) == data_of(whole));
    for (std::size_t p = 0; p + 1 < pieces.size(); ++p) REQUIRE(header_of(pieces[p]).more);
    REQUIRE(header_of(pieces.back()).more == more);
    REQUIRE(header_of(pieces.front()).options == options);
    pieces_seen += pieces.size();
    with_option += words > 0 && pieces.size() > 1;
    of_fragments += is_fragment && pieces.size() > 1;
  }
  CHECK(pieces_seen > 6'000);
  CHECK(with_option > 200);
  CHECK(of_fragments > 200);
}

}  // namespace cgn::test
