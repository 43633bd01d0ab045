// SPDX-License-Identifier: Apache-2.0
// Random damage to the frames of the packet table: every frame ends in exactly one verdict, and bpf/parse.h and
// packet::read() never disagree.
//
// Vacuity  Each verdict of parsing must have been reached, and enough frames must have parsed whole.
#include <catch2/catch.hpp>
#include <linux/bpf.h>

#include <array>
#include <map>
#include <random>
#include <span>

#include "packet/checksum.hpp"
#include "packet/view.hpp"
#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr std::size_t kEthernetSize = 14;

class Damage {
 public:
  explicit Damage(std::uint32_t seed) : random_{seed} {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }

  // One to three bytes of the headers, each by one bit or altogether; sometimes the tail is missing. MACs stay.
  Bytes of(Bytes frame) {
    const auto header_end = std::min<std::size_t>(frame.size(), 70);
    for (std::size_t n = below(3) + 1; n > 0 && header_end > 12; --n) {
      auto& byte = frame[12 + below(header_end - 12)];
      byte = below(2) == 0 ? byte ^ std::byte(1u << below(8)) : std::byte(below(256));
    }
    if (below(4) == 0) frame.resize(kEthernetSize + below(frame.size() - kEthernetSize + 1));
    return frame;
  }

 private:
  std::mt19937 random_;
};

// The header's checksum made right again, so that what the damage did otherwise comes to be judged.
Bytes mended(Bytes frame) {
  if (frame.size() < kEthernetSize + 20) return frame;
  const auto size =
      std::min<std::size_t>((std::to_integer<unsigned>(frame[kEthernetSize]) & 15u) * 4, frame.size() - kEthernetSize);
  if (size < 20) return frame;
  const auto header = std::span{frame}.subspan(kEthernetSize, size);
  header[10] = header[11] = std::byte{0};
  const auto check = packet::checksum(header);
  header[10] = std::byte(check >> 8);
  header[11] = std::byte(check & 0xff);
  return frame;
}

// 0 to 40 octets, option by option; one length in 24 may be anything.
Bytes any_options(Damage& random) {
  constexpr std::array<unsigned, 24> kKinds{0,  1,  1,   1,   1,   1,   1,   7,   7,   7,   68,  68,
                                            68, 68, 130, 131, 137, 148, 148, 148, 148, 200, 200, 255};
  Bytes out;
  const auto size = 4 * random.below(11);
  while (out.size() < size) {
    const auto kind = kKinds[random.below(kKinds.size())];
    out.push_back(std::byte(kind));
    if (kind <= 1) continue;
    const auto length = random.below(24) == 0 ? random.below(256) : 2 + random.below(10);
    out.push_back(std::byte(length));
    for (auto i = 2u; i < length && out.size() < size; ++i) out.push_back(std::byte(random.below(256)));
  }
  out.resize(size);
  return out;
}

bool is_parsing(Verdict v) {
  return v == CGN_VERDICT_TRUNCATED || v == CGN_VERDICT_HEADER_CHECKSUM || v == CGN_VERDICT_IP_OPTIONS ||
         v == CGN_VERDICT_SOURCE_ROUTE || v == CGN_VERDICT_PROTOCOL || v == CGN_VERDICT_ICMP_TYPE ||
         v == CGN_VERDICT_FRAGMENT_TINY;
}

std::uint32_t seed() { return std::random_device{}(); }

}  // namespace

TEST_CASE("every damaged frame ends in exactly one verdict, and its action is that verdict's") {
  CGN_NEEDS_KERNEL();
  const auto used_seed = seed();
  CAPTURE(used_seed);
  Damage damage{used_seed};
  const World world;
  const auto rows = all_rows();
  std::map<Verdict, unsigned> reached;
  for (int i = 0; i < 4'000; ++i) {
    const auto& row = rows[damage.below(rows.size())];
    const auto in = damage.of(row.in);
    const auto visit = world.visit(row.link, in);
    INFO(row.says << "\n" << hex(in) << "\n" << to_string(visit.counters));
    const auto verdict = visit.verdict();
    REQUIRE(verdict != CGN_VERDICT_CONTINUE);
    const auto action = action_of(verdict);
    REQUIRE((visit.action == XDP_PASS) == (action == Action::pass));
    REQUIRE((visit.action == XDP_REDIRECT) == (action == Action::redirect));
    if (action == Action::pass || action == Action::drop) REQUIRE(hex(visit.out) == hex(in));
    ++reached[verdict];
  }
  CHECK(reached.size() >= 12);
}

// From alice to the web, so that classification lets everything through to the parser of the transport.
TEST_CASE("the program's parser and packet::read() agree on damaged frames") {
  CGN_NEEDS_KERNEL();
  const auto used_seed = seed();
  CAPTURE(used_seed);
  Damage damage{used_seed};
  World world;
  auto settings = world.settings();
  settings.switches |= CGN_SWITCH_SILENT;  // or an unknown transport would be punted, to be told
  world.set(settings);
  const auto base = [] { return received_by(Link::internal).ipv4(kAlice, kWeb); };
  const std::vector<Bytes> frames{base().udp(5000, 443).payload_of(40),
                                  base().options(3).tcp(5000, 443, kAck).tcp_options(2),
                                  base().tcp(5000, 443, kAck).payload_of(30),
                                  base().echo_request(7).payload_of(16),
                                  base().options(10).udp(5000, 443).padding(9),
                                  base().tcp(5000, 443, kAck).payload_of(4).fragment(0, true),
                                  base().protocol(50).payload_of(9),
                                  base().protocol(47).payload_of(5),
                                  base().protocol(47).payload_of(40).fragment(1480, false),
                                  base().protocol(6).payload_of(40).fragment(24, true),
                                  base().protocol(17).payload_of(40).fragment(1480, false)};
  std::map<Verdict, unsigned> agreed;
  for (int i = 0; i < 24'000; ++i) {
    auto in = damage.of(frames[damage.below(frames.size())]);
    if (damage.below(8) != 0) in = mended(std::move(in));
    const auto read = packet::read(in);
    const auto kernel = world.visit(Link::internal, in).verdict();
    INFO(hex(in) << "\nkernel: " << word_of(kernel));
    if (read) {
      REQUIRE_FALSE(is_parsing(kernel));
      ++agreed[CGN_VERDICT_CONTINUE];
      continue;
    }
    // Damaged addresses, tags and lengths may end a packet before its transport is looked at, but never the reverse.
    INFO("read(): " << word_of(read.error()));
    if (is_parsing(kernel) || read.error() == CGN_VERDICT_NOT_IPV4) REQUIRE(kernel == read.error());
    if (kernel == read.error()) ++agreed[kernel];
  }
  for (const auto v : {CGN_VERDICT_TRUNCATED, CGN_VERDICT_HEADER_CHECKSUM, CGN_VERDICT_IP_OPTIONS, CGN_VERDICT_PROTOCOL,
                       CGN_VERDICT_ICMP_TYPE, CGN_VERDICT_FRAGMENT_TINY, CGN_VERDICT_NOT_IPV4}) {
    INFO(word_of(v));
    CHECK(agreed[v] > 20);
  }
  CHECK(agreed[CGN_VERDICT_CONTINUE] > 1'000);
}

TEST_CASE("the program and packet::read() agree on any options") {
  CGN_NEEDS_KERNEL();
  const auto used_seed = seed();
  CAPTURE(used_seed);
  Damage random{used_seed};
  const World world;
  std::map<Verdict, unsigned> agreed;
  for (int i = 0; i < 8'000; ++i) {
    auto frame = received_by(Link::internal).ipv4(kAlice, kWeb).options(any_options(random)).udp(5000, 443);
    if (random.below(16) == 0) frame.wrong_header_checksum(static_cast<std::uint16_t>(1 + random.below(0xfffe)));
    const Bytes in = frame.padding(20);
    const auto read = packet::read(in);
    const auto expected = read ? CGN_VERDICT_PUNTED : read.error();
    INFO(hex(in));
    REQUIRE(word_of(world.visit(Link::internal, in).verdict()) == word_of(expected));
    ++agreed[expected];
  }
  for (const auto v :
       {CGN_VERDICT_PUNTED, CGN_VERDICT_HEADER_CHECKSUM, CGN_VERDICT_IP_OPTIONS, CGN_VERDICT_SOURCE_ROUTE}) {
    INFO(word_of(v));
    CHECK(agreed[v] > 200);
  }
}

}  // namespace cgn::test
