// SPDX-License-Identifier: Apache-2.0
// Fragments in the slow path, with a test for a core and for a wire.
#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <deque>

#include "daemon/fragments.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

using namespace std::chrono_literals;
using daemon::Fragments;
using daemon::Punted;

const core::MappingView kMapping{.id = 1,
                                 .proto = Proto::udp,
                                 .internal = {at_port(kAlice, 5000), kDefaultRealm},
                                 .external = at_port(kPoolAddress, 40000)};

struct Sent {
  cgn_punt header{};
  packet::View view{};
  packet::Translation to{};
};

// The world around the piece under test.
struct World {
  World() : fragments{hooks(), counters, 10s, 42} {}

  Fragments::Hooks hooks() {
    return {.decide =
                [this](const Punted&, const Now&) {
                  ++asked;
                  return decision;
                },
            .translation = [](const Punted& p, const core::MappingView& m) -> std::optional<packet::Translation> {
              if (p.header.direction == CGN_INBOUND) return packet::Translation{.destination = m.internal};
              return packet::Translation{.source = m.external};
            },
            .send =
                [this](const Punted& p, const packet::Translation& to, const Now&) {
                  sent.push_back({p.header, p.view, to});
                },
            .refuse =
                [this](const Punted&, Verdict v, const Now&) {
                  told.push_back(v);
                  counters.count(v);
                }};
  }

  void serve(const Frame& frame, cgn_direction direction, cgn_next_hop_state hop, Duration when = 0s) {
    const auto view = packet::read(frame.bytes()).value();
    cgn_punt header{};
    header.magic = CGN_PUNT_MAGIC;
    header.version = CGN_ABI_VERSION;
    header.reason = CGN_PUNT_FRAGMENT;
    header.direction = static_cast<__u8>(direction);
    header.next_hop_state = static_cast<__u8>(hop);
    header.l3_offset = static_cast<__u8>(view.l3);
    header.l4_offset = static_cast<__u8>(view.l4);
    header.egress_ifindex = hop == CGN_NEXT_HOP_NONE ? 0 : 7;
    header.dmac[5] = hop == CGN_NEXT_HOP_NONE ? 0 : 9;
    auto& bytes = frames.emplace_back(sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    const auto whole = frame.bytes();
    bytes.insert(bytes.end(), whole.begin(), whole.end());
    fragments.serve(daemon::open_punt(bytes, 0, 0).value(), at(when));
  }
  void outbound(const Frame& frame) { serve(frame, CGN_OUTBOUND, CGN_NEXT_HOP_KNOWN); }
  [[nodiscard]] std::uint64_t count(Verdict v) const { return counters.read()[v]; }

  daemon::SlowPathCounters counters;
  core::Decision decision{.verdict = CGN_VERDICT_TRANSLATED, .mapping = kMapping};
  unsigned asked = 0;
  std::vector<Sent> sent;
  std::vector<Verdict> told;
  std::deque<Bytes> frames;
  Fragments fragments;
};

Frame from_alice(std::uint16_t id) { return received_by(Link::internal).ipv4(kAlice, kWeb).identification(id); }
Frame first(std::uint16_t id) { return from_alice(id).udp(5000, 443).payload_of(1472).fragment(0, true); }
Frame later(std::uint16_t id) { return from_alice(id).protocol(17).payload_of(1480).fragment(1480, true); }
Frame last(std::uint16_t id) { return from_alice(id).protocol(17).payload_of(99).fragment(2960, false); }

}  // namespace

TEST_CASE("all fragments of a datagram leave with one new identification, and the next datagram's is another",
          "[fragments][RFC6864]") {
  World world;
  for (const auto id : std::to_array<std::uint16_t>({7, 8})) {
    world.outbound(last(id));
    world.outbound(first(id));
    world.outbound(later(id));
  }
  REQUIRE(world.sent.size() == 6);
  CHECK(world.sent[0].view.fragment.offset == 0);
  CHECK(world.sent[1].view.fragment.offset == 2960);
  const auto one = world.sent[0].to.identification, two = world.sent[3].to.identification;
  REQUIRE((one && two));
  CHECK(one != two);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(world.sent[i].to.identification == (i < 3 ? one : two));
    CHECK(world.sent[i].to.source == kMapping.external);
  }
  CHECK(world.asked == 2);
  CHECK(world.count(CGN_VERDICT_HELD) == 2);
  CHECK(world.fragments.waiting() == 0);
}

TEST_CASE("inbound fragments keep their identification and follow the first one's next hop", "[fragments]") {
  World world;
  const auto to_alice = received_by(Link::external).ipv4(kWeb, kPoolAddress);
  world.serve(Frame{to_alice}.protocol(17).payload_of(99).fragment(1480, false), CGN_INBOUND, CGN_NEXT_HOP_NONE);
  CHECK(world.sent.empty());
  world.serve(Frame{to_alice}.udp(443, 40000).payload_of(1472).fragment(0, true), CGN_INBOUND, CGN_NEXT_HOP_KNOWN);
  REQUIRE(world.sent.size() == 2);
  for (const auto& sent : world.sent) {
    CHECK_FALSE(sent.to.identification.has_value());
    CHECK(sent.to.destination == kMapping.internal);
    CHECK(int{sent.header.next_hop_state} == CGN_NEXT_HOP_KNOWN);
    CHECK(sent.header.egress_ifindex == 7);
    CHECK(int{sent.header.dmac[5]} == 9);
  }
}

TEST_CASE("a datagram waits for its port block, whole, and goes when the block is recorded", "[fragments]") {
  World world;
  world.decision = {.verdict = CGN_VERDICT_HELD, .mapping = kMapping, .ticket = 3};
  world.outbound(first(7));
  world.outbound(last(7));
  world.outbound(later(7));
  CHECK(world.sent.empty());
  CHECK(world.asked == 1);
  world.fragments.released({.ticket = 4}, at(0s));
  CHECK(world.sent.empty());
  SECTION("recorded") {
    world.fragments.released({.ticket = 3}, at(0s));
    REQUIRE(world.sent.size() == 3);
    CHECK(world.sent[0].view.fragment.offset == 0);
    CHECK(world.count(CGN_VERDICT_HELD) == 3);
  }
  SECTION("refused") {
    world.fragments.released({.ticket = 3, .verdict = CGN_VERDICT_NO_JOURNAL}, at(0s));
    CHECK(world.sent.empty());
    CHECK(world.count(CGN_VERDICT_NO_JOURNAL) == 3);
    world.outbound(first(8));
    CHECK(world.asked == 2);
  }
  CHECK(world.fragments.waiting() == (world.asked == 2 ? 1 : 0));
}

TEST_CASE("a refused first fragment takes its datagram along and is told once", "[fragments]") {
  World world;
  world.decision = {.verdict = CGN_VERDICT_BLOCK_LIMIT};
  world.outbound(last(7));
  world.outbound(first(7));
  world.outbound(later(7));
  CHECK(world.sent.empty());
  CHECK(world.told == std::vector<Verdict>{CGN_VERDICT_BLOCK_LIMIT});
  CHECK(world.count(CGN_VERDICT_BLOCK_LIMIT) == 3);
  CHECK(world.count(CGN_VERDICT_HELD) == 1);
}

TEST_CASE("what no first fragment comes for ends by name", "[fragments]") {
  World world;
  world.outbound(last(7));
  world.outbound(last(7));
  world.fragments.expire(at(9s));
  CHECK(world.count(CGN_VERDICT_FRAGMENT_TIMEOUT) == 0);
  world.fragments.expire(at(10s));
  CHECK(world.count(CGN_VERDICT_FRAGMENT_TIMEOUT) == 1);
  CHECK(world.count(CGN_VERDICT_FRAGMENT_DUPLICATE) == 1);
}

TEST_CASE("a fragment that is not announced as one is not served, nor a whole packet that is", "[fragments]") {
  const auto open = [](const Frame& frame, cgn_punt_reason reason) {
    cgn_punt header{};
    header.magic = CGN_PUNT_MAGIC;
    header.version = CGN_ABI_VERSION;
    header.reason = static_cast<__u8>(reason);
    header.l3_offset = 14;
    header.l4_offset = 34;
    Bytes bytes(sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    const auto whole = frame.bytes();
    bytes.insert(bytes.end(), whole.begin(), whole.end());
    return daemon::open_punt(bytes, 0, 0).has_value();
  };
  CHECK(open(first(7), CGN_PUNT_FRAGMENT));
  CHECK_FALSE(open(first(7), CGN_PUNT_FIRST_PACKET));
  CHECK_FALSE(open(later(7), CGN_PUNT_TCP_CONTROL));
  CHECK(open(later(7), CGN_PUNT_NEXT_HOP));  // of a whole address: the slow path asks for its mapping
  CHECK_FALSE(open(from_alice(7).udp(5000, 443), CGN_PUNT_FRAGMENT));
  CHECK(open(from_alice(7).udp(5000, 443), CGN_PUNT_FIRST_PACKET));
}

}  // namespace cgn::test
