// SPDX-License-Identifier: Apache-2.0
// Random packets: the incremental checksums are the full ones, rewriting can be undone, and no bytes make read() look
// beyond them (SANITIZE=ON watches).
#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "packet/fragmenting.hpp"
#include "packet/icmp.hpp"
#include "packet/identification.hpp"
#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packet/wire.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

using Random = std::mt19937_64;

unsigned below(Random& random, unsigned bound) { return static_cast<unsigned>(random() % bound); }
Endpoint any_endpoint(Random& random) {
  // Words of all zeros and all ones are where ones' complement is treacherous.
  const auto word = [&random]() -> unsigned {
    const auto kind = below(random, 8);
    return kind == 0 ? 0 : kind == 1 ? 0xffff : below(random, 0x10000);
  };
  return {Ipv4::from_host(word() << 16 | word()), Port{static_cast<std::uint16_t>(word())}};
}

// What a packet is made of, so that the same packet can be written again with other ends.
struct Recipe {
  Proto proto = Proto::udp;
  bool request = true, summed = true, atomic = false;
  std::uint8_t ttl = 64, flags = 0;
  unsigned options = 0, tcp_options = 0, tags = 0;
  Bytes payload;
  Endpoint source, destination;
  std::uint16_t identification = 0;

  [[nodiscard]] Frame frame() const {
    Frame f;
    f.eth(kAccessMac, kInternalMac);
    for (unsigned i = 0; i < tags; ++i) f.vlan(100 + i);
    f.ipv4(source.address, destination.address).ttl(ttl).options(options).identification(identification);
    if (atomic) f.dont_fragment();
    const unsigned s = source.port.value(), d = destination.port.value();
    switch (proto) {
      case Proto::tcp: f.tcp(s, d, flags).tcp_options(tcp_options); break;
      case Proto::udp: summed ? f.udp(s, d) : f.udp_without_checksum(s, d); break;
      case Proto::icmp: request ? f.echo_request(s) : f.echo_reply(s); break;
      case Proto::udplite:
        f.udplite(s, d).covered(request ? 0
                                        : 8 + std::min<unsigned>(flags % 3U, static_cast<unsigned>(payload.size())));
        break;
      case Proto::dccp: request ? f.dccp(s, d) : f.dccp(s, d).short_numbers(); break;
      case Proto::sctp: f.sctp(s, d); break;
    }
    return f.payload(payload);
  }
};

Recipe any_recipe(Random& random) {
  Recipe r;
  r.proto = kProtos[below(random, static_cast<unsigned>(kProtos.size()))];
  r.request = below(random, 2) == 0;
  r.summed = below(random, 8) != 0;
  r.atomic = below(random, 2) == 0;
  r.ttl = static_cast<std::uint8_t>(2 + below(random, 254));
  r.flags = static_cast<std::uint8_t>(random());
  r.options = below(random, 11);
  r.tcp_options = below(random, 11);
  r.tags = below(random, 3);
  r.source = any_endpoint(random);
  r.destination = any_endpoint(random);
  if (r.proto == Proto::icmp) r.destination.port = r.source.port;
  r.identification = static_cast<std::uint16_t>(random());
  r.payload.resize(below(random, 64));
  const bool extreme = below(random, 4) == 0;
  for (auto& byte : r.payload)
    byte = extreme ? (below(random, 2) == 0 ? std::byte{0} : std::byte{0xff}) : static_cast<std::byte>(random());
  return r;
}

packet::Translation any_translation(Random& random) {
  packet::Translation to;
  if (below(random, 3) != 0) to.source = any_endpoint(random);
  if (to.source) to.identification_offset = static_cast<std::uint16_t>(random());
  if (below(random, 3) != 0) to.destination = any_endpoint(random);
  return to;
}

void apply(Recipe& r, const packet::Translation& to) {
  const auto [source_port, destination_port] = std::pair{r.source.port, r.destination.port};
  if (to.source) r.source = *to.source;
  if (to.destination) r.destination = *to.destination;
  if (r.proto == Proto::sctp) {
    r.source.port = source_port;
    r.destination.port = destination_port;
  }
  if (r.proto == Proto::icmp) {
    r.source.port = to.destination ? to.destination->port : r.source.port;
    r.destination.port = r.source.port;
  }
  if (!r.atomic) r.identification = static_cast<std::uint16_t>(r.identification + to.identification_offset);
  --r.ttl;
}

unsigned udp_check(const Bytes& frame, const packet::View& view) {
  return std::to_integer<unsigned>(frame[view.l4 + 6]) << 8 | std::to_integer<unsigned>(frame[view.l4 + 7]);
}

// Bytes in memory of exactly their size, so that the sanitizer sees one byte beyond.
struct Exact {
  explicit Exact(const Bytes& bytes) : size{bytes.size()}, data{std::make_unique<std::byte[]>(size)} {
    std::copy(bytes.begin(), bytes.end(), data.get());
  }
  [[nodiscard]] std::span<const std::byte> span() const { return {data.get(), size}; }
  std::size_t size;
  std::unique_ptr<std::byte[]> data;
};

void answer_and_cut(Random& random, std::span<const std::byte> frame, const packet::View& header) {
  static_cast<void>(packet::may_answer(frame, header));
  REQUIRE(packet::error_about(frame, header, packet::kTtlExceeded, kBob).size() <= header.l3 + 576);
  const auto word = packet::load16(frame, header.l3 + packet::ipv4::kFragment);
  if ((word & packet::kDontFragment) != 0) return;
  const auto mtu = below(random, 2'000);
  for (const auto& piece : packet::fragments(frame.first(header.end), header.l3, mtu)) {
    REQUIRE(packet::load16(piece, header.l3 + packet::ipv4::kLength) <= mtu);
  }
}

}  // namespace

TEST_CASE("a rewritten packet is the packet that its new ends would have sent", "[property][RFC1624]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  int unsummed = 0, all_ones = 0, hairpinned = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto recipe = any_recipe(random);
    Bytes frame = recipe.frame();
    const auto before = frame;
    const auto view = packet::read(frame);
    REQUIRE(view.has_value());
    const auto to = any_translation(random);
    packet::translate(frame, *view, to);
    apply(recipe, to);
    const Bytes expected = recipe.frame();
    if (frame != expected) {
      INFO("step " << i << "\nin\n" << hex(before) << "\nexpected\n" << hex(expected) << "\nsent\n" << hex(frame));
      REQUIRE(frame == expected);
    }
    if (recipe.proto == Proto::udp && !recipe.summed) ++unsummed;
    if (recipe.proto == Proto::udp && recipe.summed && udp_check(frame, *view) == 0xffff) ++all_ones;
    if (to.source && to.destination) ++hairpinned;
  }
  REQUIRE(unsummed > 200);
  REQUIRE(hairpinned > 5'000);
  CHECK(all_ones >= 0);  // one in 65536: the packet table has it for certain
}

TEST_CASE("there and back again is the packet itself, two hops older", "[property]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  for (int i = 0; i < 10'000; ++i) {
    auto recipe = any_recipe(random);
    recipe.ttl = static_cast<std::uint8_t>(3 + below(random, 253));
    Bytes frame = recipe.frame();
    auto there = any_endpoint(random);
    if (recipe.proto == Proto::sctp) there.port = recipe.source.port;
    const auto offset = packet::identification_offset(there, recipe.proto, random());
    const auto back = static_cast<std::uint16_t>(-offset);
    packet::translate(frame, packet::read(frame).value(),
                      {.source = there, .destination = std::nullopt, .identification_offset = offset});
    const auto view = packet::read(frame).value();
    REQUIRE(view.source == there);
    packet::translate(frame, view,
                      {.source = recipe.source, .destination = std::nullopt, .identification_offset = back});
    recipe.ttl = static_cast<std::uint8_t>(recipe.ttl - 2);
    const Bytes expected = recipe.frame();
    if (frame != expected) {
      INFO("step " << i << "\nexpected\n" << hex(expected) << "\nsent\n" << hex(frame));
      REQUIRE(frame == expected);
    }
  }
}

TEST_CASE("no bytes make the parser look beyond them, and what it reads lies inside", "[property]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  int read = 0, refused = 0;
  for (int i = 0; i < 60'000; ++i) {
    auto bytes = any_recipe(random).frame().bytes();
    for (auto left = below(random, 6); left > 0 && below(random, 4) != 0; --left) {
      // The first bytes of the headers are where the lengths are.
      bytes[below(random, static_cast<unsigned>(std::min<std::size_t>(bytes.size(), 56)))] =
          static_cast<std::byte>(random());
    }
    if (below(random, 3) == 0) bytes.resize(below(random, static_cast<unsigned>(bytes.size()) + 1));
    const Exact exact{bytes};
    // An answer and a cut need no more than a header that is whole.
    if (const auto header = packet::read_header(exact.span())) answer_and_cut(random, exact.span(), *header);
    const auto view = packet::read(exact.span());
    if (!view) {
      ++refused;
      continue;
    }
    ++read;
    REQUIRE(view->l3 < view->l4);
    REQUIRE(view->l4 + 8 <= view->end);
    REQUIRE(view->end <= exact.size);
    REQUIRE(view->end - view->l3 == view->length);
    REQUIRE(view->payload <= view->end - view->l4);
    // Whatever was read can be worked with.
    REQUIRE(packet::with_link_header(exact.span(), *view, {.tag_count = below(random, 3)}).size() >= 60);
    if (view->ttl > 1) packet::translate(std::span{exact.data.get(), exact.size}, *view, any_translation(random));
  }
  REQUIRE(read > 10'000);
  REQUIRE(refused > 10'000);
}

}  // namespace cgn::test
