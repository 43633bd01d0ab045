// SPDX-License-Identifier: Apache-2.0
// Who may end a TCP session: acknowledgements and windows as the entries keep them, and the FINs and RSTs judged by them.
#include <catch2/catch.hpp>

#include <cstring>
#include <ostream>
#include <random>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr std::uint8_t kHandshake = CGN_SEEN_SYN | CGN_SEEN_ACK;
constexpr std::uint8_t kNoShift = 1;  // cgn_entry.window_scale is the shift + 1

struct Progress {
  std::uint32_t ack = 0;
  std::uint16_t window = 0;
  std::uint8_t scale = 0;
  bool acked = false;
  friend bool operator==(const Progress&, const Progress&) = default;
};

std::ostream& operator<<(std::ostream& to, const Progress& p) {
  return to << "ack " << p.ack << " window " << p.window << " scale " << int{p.scale} << " acked " << p.acked;
}

Progress progress(const World& world, const cgn_key& key) {
  const auto e = world.entry(key);
  return {e.highest_ack, e.window, e.window_scale, e.acked != 0};
}

void set(cgn_entry& e, const Progress& p) {
  e.highest_ack = p.ack;
  e.window = p.window;
  e.window_scale = p.scale;
  e.acked = p.acked;
}

// An established mapping of alice's whose sides have got so far.
Entries established(const Progress& outbound, const Progress& inbound, std::uint8_t more = 0) {
  auto e = entries_of(alice_tcp(kHandshake | more, kHandshake | more), 1);
  set(e.outbound, outbound);
  set(e.inbound, inbound);
  return e;
}

const cgn_key kOut = outbound_key(alice_tcp()), kIn = inbound_key(alice_tcp());

Bytes scale_option(std::uint8_t shift) { return {std::byte{1}, std::byte{3}, std::byte{3}, std::byte{shift}}; }

// Whether this end, come by this link, has closed anything. It must be translated in any case.
bool ends(const World& world, const Entries& given, Link link, const Frame& frame) {
  world.install(given);
  CHECK(world.visit(link, frame).verdict() == CGN_VERDICT_TRANSLATED);
  const auto& key = is_internal(link) ? kOut : kIn;
  const auto e = world.entry(key);
  const bool marked = (e.seen & (CGN_SEEN_FIN | CGN_SEEN_RST)) != 0;
  CHECK((e.closed_at != 0) == marked);
  // What ends nothing keeps nothing alive, and no RST does.
  CHECK((e.last_seen != 0) == (marked && (e.seen & CGN_SEEN_RST) == 0));
  CHECK(e.packets == 1);
  const auto& other = is_internal(link) ? given.inbound : given.outbound;
  const auto after = world.entry(other.key);
  CHECK(std::memcmp(&after, &other, sizeof(other)) == 0);
  return marked;
}

}  // namespace

TEST_CASE("a handshake leaves scale, acknowledgement and window in both entries", "[RFC7323-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice_tcp());
  const auto visit = [&](Link link, const Frame& f) {
    CHECK(world.visit(link, f).verdict() == CGN_VERDICT_TRANSLATED);
  };
  visit(Link::internal, from_alice(kSyn).tcp_options(scale_option(7)).sequence(1000).window(64240));
  CHECK(progress(world, kOut) == Progress{.scale = 8});
  // A SYN-ACK's window is never scaled: kept as if it were, rounded up.
  visit(Link::external,
        to_alice(kSyn | kAck).tcp_options(scale_option(9)).sequence(5000).acknowledge(1001).window(65000));
  CHECK(progress(world, kIn) == Progress{1001, 127, 10, true});
  visit(Link::internal, from_alice(kAck).sequence(1001).acknowledge(5001).window(502));
  CHECK(progress(world, kOut) == Progress{5001, 502, 8, true});
  visit(Link::external, to_alice(kAck).sequence(5001).acknowledge(1101).window(508));
  CHECK(progress(world, kIn) == Progress{1101, 508, 10, true});
}

TEST_CASE("a SYN without the option says that nothing is scaled, and a shift above 14 is 14", "[RFC7323-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto scale = [&](const Frame& f) {
    world.install(alice_tcp());
    CHECK(world.visit(Link::internal, f).verdict() == CGN_VERDICT_TRANSLATED);
    return int{progress(world, kOut).scale};
  };
  CHECK(scale(from_alice(kSyn)) == kNoShift);
  CHECK(scale(from_alice(kSyn).tcp_options(scale_option(0))) == kNoShift);
  CHECK(scale(from_alice(kSyn).tcp_options(scale_option(14))) == 15);
  CHECK(scale(from_alice(kSyn).tcp_options(scale_option(15))) == 15);
  CHECK(scale(from_alice(kSyn).tcp_options(scale_option(255))) == 15);
  CHECK(scale(from_alice(kAck).tcp_options(scale_option(7))) == 0);  // in no other segment does it mean anything
}

TEST_CASE("acknowledgements move forward, around the end of the numbers, and no further than a window") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto base = GENERATE(as<std::uint32_t>{}, 1'000'000u, 0u, 0xffffffffu, 0xffffff00u, 0x7fffffffu);
  const auto after = [&](std::uint32_t ack, std::uint16_t window = 200) {
    world.install(established({base, 100, 8, true}, {}));
    CHECK(world.visit(Link::internal, from_alice(kAck).acknowledge(ack).window(window)).verdict() ==
          CGN_VERDICT_TRANSLATED);
    return progress(world, kOut);
  };
  const Progress before{base, 100, 8, true};
  const std::uint32_t room = (100u << 7) + 0x10000;
  CHECK(after(base + 1) == Progress{base + 1, 200, 8, true});
  CHECK(after(base + room) == Progress{base + room, 200, 8, true});
  CHECK(after(base + room + 1) == before);  // nobody can have sent that much: forged
  CHECK(after(base - 1) == before);         // old, overtaken
  CHECK(after(base + 0x80000000u) == before);
  CHECK(after(base, 0) == Progress{base, 0, 8, true});  // the window alone
}

TEST_CASE("on a control connection of FTP the subscriber's end is believed: its numbers may have been moved", "[alg]") {
  CGN_NEEDS_KERNEL();
  const World world;
  for (const unsigned port : {21u, 2121u}) {
    auto m = alice_tcp(kHandshake, kHandshake);
    m.remote.port = Port{static_cast<std::uint16_t>(port)};
    auto e = entries_of(m, 1);
    set(e.outbound, {5001, 500, kNoShift, true});
    set(e.inbound, {1001, 500, kNoShift, true});  // what the server has, as it counts
    const auto closes = [&](Link link, const Frame& frame) {
      world.install(e);
      CHECK(world.visit(link, frame).verdict() == CGN_VERDICT_TRANSLATED);
      return world.entry(is_internal(link) ? kOut : kIn).closed_at != 0;
    };
    // The client's own number is a few bytes behind what the server has acknowledged.
    CHECK(closes(Link::internal,
                 received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, port, kFin | kAck).sequence(995)) ==
          (port == 21));
    CHECK_FALSE(
        closes(Link::external,
               received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(port, 41000, kFin | kAck).sequence(4990)));
  }
}

TEST_CASE("only the session of the first remote is followed") {
  CGN_NEEDS_KERNEL();
  const World world;
  const Progress before{1000, 100, 8, true};
  world.install(established(before, before));
  CHECK(world.visit(Link::internal, from_alice(kAck, kResolver).acknowledge(1001)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::external, to_alice(kAck, kResolver).acknowledge(1001)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(progress(world, kOut) == before);
  CHECK(progress(world, kIn) == before);
}

TEST_CASE("a RST ends a session only inside the window of its receiver", "[RFC7857-2.2][RFC5961-3.2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  struct Case {
    std::uint16_t window;
    std::uint8_t scale;
    std::uint32_t room;
  };
  const auto c = GENERATE(values<Case>({{100, 8, 100u << 7},
                                        {65535, kNoShift, 65535},
                                        {65535, 15, 65535u << 14},
                                        {0, 8, 0},
                                        {1000, 0, 1000u << 14}}));  // scale not seen: the widest
  const auto ack = GENERATE(as<std::uint32_t>{}, 1'000'000u, 0u, 0xffffffffu, 0xfffffff0u, 0x80000000u);
  const auto link = GENERATE(Link::internal, Link::external);
  const Progress receiver{ack, c.window, c.scale, true}, sender{77, 1, 1, true};
  const auto given = link == Link::external ? established(receiver, sender) : established(sender, receiver);
  const auto rst = [&](std::uint32_t offset, std::uint8_t flags = kRst) {
    const auto frame = link == Link::external ? to_alice(flags) : from_alice(flags);
    return ends(world, given, link, Frame{frame}.sequence(ack + offset).acknowledge(78));
  };
  CAPTURE(c.window, int{c.scale}, ack);
  CHECK(rst(0));  // exactly what comes next: always
  CHECK(rst(c.room));
  CHECK(rst(c.room, kRst | kAck));
  CHECK_FALSE(rst(c.room + 1));
  CHECK_FALSE(rst(c.room + 1, kRst | kAck));
  CHECK_FALSE(rst(0xffffffff));  // one below
  CHECK_FALSE(rst(0x80000000));
}

TEST_CASE("a FIN ends only where it stands inside the window, behind its payload", "[RFC7857-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto given = established({1000, 100, kNoShift, true}, {});
  const auto fin = [&](std::uint32_t sequence, std::size_t payload) {
    return ends(world, given, Link::external, to_alice(kFin | kAck).sequence(sequence).payload_of(payload));
  };
  CHECK(fin(1000, 0));
  CHECK(fin(1000, 100));
  CHECK(fin(950, 60));  // sent again, together with what was already taken
  CHECK_FALSE(fin(1000, 101));
  CHECK_FALSE(fin(949, 50));
  CHECK_FALSE(fin(0x80000000, 0));
}

TEST_CASE("before anything was acknowledged, and with one half missing, an end is believed") {
  CGN_NEEDS_KERNEL();
  const World world;
  auto given = established({.scale = 8}, {.scale = 8});
  CHECK(ends(world, given, Link::external, to_alice(kRst).sequence(0xdeadbeef)));
  CHECK(ends(world, given, Link::internal, from_alice(kRst).sequence(0xdeadbeef)));
  world.clear_entries();
  given.inbound.key.addr ^= 1;  // somewhere else
  set(given.outbound, {1000, 1, 1, true});
  world.install(established({}, {1000, 1, 1, true}).outbound);
  CHECK(world.visit(Link::internal, from_alice(kRst).sequence(0xdeadbeef)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK((world.entry(kOut).seen & CGN_SEEN_RST) != 0);
}

TEST_CASE("a forged SYN or SYN-ACK from outside does not open the door to a forged RST", "[RFC7857-2.2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto given = established({1000, 100, 8, true}, {2000, 100, 8, true});
  world.install(given);
  for (const auto flags : {kSyn, static_cast<std::uint8_t>(kSyn | kAck)}) {
    static_cast<void>(world.visit(Link::external, to_alice(flags).tcp_options(scale_option(14)).acknowledge(1u << 31)));
  }
  CHECK(progress(world, kOut) == Progress{1000, 100, 8, true});
  CHECK(progress(world, kIn) == Progress{2000, 100, 15, true});  // wider, and nothing else
  CHECK(world.visit(Link::external, to_alice(kRst).sequence(1000 + (100u << 7) + 1)).verdict() ==
        CGN_VERDICT_TRANSLATED);
  CHECK((world.entry(kIn).seen & CGN_SEEN_RST) == 0);
}

TEST_CASE("a SYN from inside begins both directions anew", "[RFC9293-3.5]") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(established({1000, 100, 8, true}, {2000, 100, 9, true}));
  static_cast<void>(world.visit(Link::internal, from_alice(kSyn).tcp_options(scale_option(3))));
  CHECK(progress(world, kOut) == Progress{.scale = 4});
  CHECK_FALSE(progress(world, kIn).acked);
  static_cast<void>(world.visit(
      Link::external, to_alice(kSyn | kAck).tcp_options(scale_option(2)).acknowledge(0x90000000).window(400)));
  CHECK(progress(world, kIn) == Progress{0x90000000, 100, 3, true});
}

TEST_CASE("both SYNs and both SYN-ACKs of a simultaneous open leave both directions acknowledged",
          "[RFC5382-REQ-2][RFC9293-3.5]") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice_tcp(CGN_SEEN_SYN));
  const auto option = scale_option(7);
  const auto visit = [&](Link link, const Frame& f) {
    CHECK(world.visit(link, f).verdict() == CGN_VERDICT_TRANSLATED);
  };
  visit(Link::external, to_alice(kSyn).tcp_options(option).sequence(5000));
  visit(Link::internal, from_alice(kSyn | kAck).tcp_options(option).sequence(1000).acknowledge(5001));
  CHECK((world.entry(kIn).seen & CGN_SEEN_ACK) == 0);
  visit(Link::external, to_alice(kSyn | kAck).tcp_options(option).sequence(5000).acknowledge(1001));
  CHECK(int{world.entry(kOut).seen} == kHandshake);
  CHECK(int{world.entry(kIn).seen} == kHandshake);
  CHECK(progress(world, kOut).ack == 5001);
  CHECK(progress(world, kIn).ack == 1001);
}

TEST_CASE("of a shared mapping, a RST of the first remote outside its window is not even worth a punt") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto given = established({1000, 100, kNoShift, true}, {}, CGN_SEEN_SHARED);
  const auto verdict = [&](const Frame& f) {
    world.install(given);
    return world.visit(Link::external, f).verdict();
  };
  CHECK(verdict(to_alice(kRst).sequence(1101)) == CGN_VERDICT_TRANSLATED);
  CHECK(verdict(to_alice(kRst).sequence(1100)) == CGN_VERDICT_PUNTED);
  CHECK(verdict(to_alice(kRst, kResolver).sequence(1101)) == CGN_VERDICT_PUNTED);  // another session: not known here
}

TEST_CASE("a hundred thousand RSTs at random numbers outside the window close nothing", "[property][RFC7857-2.2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  std::mt19937 numbers{seed};
  const auto random = [&numbers] { return static_cast<std::uint32_t>(numbers()); };
  const std::uint32_t ack = random();
  const std::uint32_t room = 502u << 7;
  world.install(established({ack, 502, 8, true}, {}));
  const auto ingress = world.network().ifindex(facts(Link::external).port);
  Bytes rst = to_alice(kRst | kAck), out;
  unsigned tried = 0;
  while (tried < 100'000) {
    const std::uint32_t sequence = random();
    if (sequence - ack <= room) continue;
    for (unsigned i = 0; i < 4; ++i) rst[38 + i] = static_cast<std::byte>(sequence >> (24 - 8 * i));
    static_cast<void>(world.run(ingress, rst, out));
    ++tried;
  }
  const auto e = world.entry(kIn);
  REQUIRE(e.packets == 100'000);  // each of them was seen, and translated
  CHECK((e.seen & CGN_SEEN_RST) == 0);
  CHECK(e.closed_at == 0);
  CHECK(e.last_seen == 0);
  static_cast<void>(world.visit(Link::external, to_alice(kRst).sequence(ack + room)));
  CHECK((world.entry(kIn).seen & CGN_SEEN_RST) != 0);  // the control: inside, one is enough
}

}  // namespace cgn::test
