// SPDX-License-Identifier: Apache-2.0
// First packets: which mapping they get, or which refusal.
#include <catch2/catch.hpp>

#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

TEST_CASE("the first packet waits for the log, the next of that block goes at once") {
  Node node{config_of({})};
  node.mood = LogMood::silent;
  const auto first = node.out(udp(on(alice, 5000)), 0s);
  CHECK(first.verdict == CGN_VERDICT_HELD);
  REQUIRE(node.log.size() == 1);
  CHECK(node.log[0].event.kind == BlockEventKind::allocated);
  CHECK(node.log[0].event.subscriber == Prefix::of(alice, 32));
  CHECK(node.log[0].event.ports.contains(first.mapping->external.port));
  CHECK(node.kernel.empty());
  CHECK_FALSE(node.translator.find_internal(Proto::udp, on(alice, 5000)));

  SECTION("a second packet of the same endpoint is held under the same mapping") {
    const auto again = node.out(udp(on(alice, 5000), other_server), 0s);
    CHECK(again.verdict == CGN_VERDICT_HELD);
    CHECK(again.ticket == first.ticket);
    CHECK(again.mapping == first.mapping);
  }
  SECTION("another endpoint takes a port of the pending block") {
    const auto other = node.out(udp(on(alice, 5001)), 0s);
    CHECK(other.verdict == CGN_VERDICT_HELD);
    CHECK(other.ticket == first.ticket);
    CHECK(node.log.size() == 1);
  }
  SECTION("recorded: installed, then released") {
    node.answer(first.ticket, true, 1s);
    CHECK(node.installed(Proto::udp, on(alice, 5000)));
    CHECK(node.live.at(alone(alice)));
    REQUIRE(node.released.size() == 1);
    CHECK(node.released[0].ticket == first.ticket);
    CHECK(node.released[0].verdict == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(udp(on(alice, 5000)), 1s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(udp(on(alice, 5001)), 1s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.log.size() == 1);
    CHECK(node.kernel.size() == 2);
  }
  SECTION("not recorded: nothing was ever there") {
    node.answer(first.ticket, false, 1s);
    CHECK(node.kernel.empty());
    CHECK(node.released.at(0).verdict == CGN_VERDICT_NO_JOURNAL);
    CHECK(node.translator.mapping_count() == 0);
    CHECK(node.translator.subscriber_count() == 0);
    CHECK(node.live.empty());
  }
}

TEST_CASE("one internal endpoint has one external endpoint, whoever the remote is", "[RFC4787-REQ-1][RFC5382-REQ-1]") {
  Node node{config_of({})};
  const auto first = node.out(udp(on(alice, 5000)), 0s);
  const auto second = node.out(udp(on(alice, 5000), other_server), 1s);
  const auto third = node.out(udp(on(alice, 5000), resolver), 1s);
  CHECK(first.mapping->external == second.mapping->external);
  CHECK(first.mapping->external == third.mapping->external);
  CHECK(node.installs == 1);
  const auto other = node.out(udp(on(alice, 5001)), 1s);
  CHECK(other.mapping->external != first.mapping->external);
  CHECK(node.translator.find_external(Proto::udp, first.mapping->external)->internal == on(alice, 5000));
  CHECK_FALSE(node.translator.find_external(Proto::tcp, first.mapping->external));
}

TEST_CASE("a subscriber keeps one external address over all protocols and blocks", "[RFC4787-REQ-2][RFC6888-REQ-2]") {
  Node node{config_of({.addresses = "203.0.113.0/28", .subscribers = 32})};
  std::set<Ipv4> addresses;
  for (unsigned i = 0; i < 500; ++i) {
    for (const auto& flow : {udp(on(alice, 1000 + i)), syn(on(alice, 1000 + i)), ping(on(alice, 1000 + i))}) {
      const auto decision = node.out(flow, 1s);
      REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
      addresses.insert(decision.mapping->external.address);
    }
  }
  CHECK(addresses.size() == 1);
  CHECK(node.translator.blocks_of(alice).size() == 3);
}

TEST_CASE("TCP from inside begins with a SYN, or is let in midstream by order") {
  auto config = config_of({});
  const auto flow = tcp(on(alice, 5000), {.ack = true});
  SECTION("refused") {
    Node node{config};
    CHECK(node.verdict(flow, 0s) == CGN_VERDICT_MIDSTREAM);
    CHECK(node.verdict(tcp(on(alice, 5000), {.syn = true, .ack = true}), 0s) == CGN_VERDICT_MIDSTREAM);
    CHECK(node.verdict(tcp(on(alice, 5000), {.rst = true}), 0s) == CGN_VERDICT_MIDSTREAM);
    CHECK(node.verdict(syn(on(alice, 5000)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(flow, 0s) == CGN_VERDICT_TRANSLATED);
  }
  SECTION("by config") {
    config.nat.midstream = true;
    Node node{config};
    CHECK(node.verdict(flow, 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.seen(Proto::tcp, on(alice, 5000)).outbound.bits == CGN_SEEN_ACK);
  }
  SECTION("for a while after a boot") {
    Node node{config};
    node.translator.allow_midstream_until(at(300s).mono);
    CHECK(node.verdict(flow, 299s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(tcp(on(alice, 5001), {.ack = true}), 300s) == CGN_VERDICT_MIDSTREAM);
  }
  SECTION("but never by a RST, which has nothing to open") {
    config.nat.midstream = true;
    Node node{config};
    CHECK(node.verdict(tcp(on(alice, 5000), {.rst = true}), 0s) == CGN_VERDICT_MIDSTREAM);
    CHECK(node.verdict(tcp(on(alice, 5000), {.syn = true, .rst = true}), 0s) == CGN_VERDICT_MIDSTREAM);
    CHECK(node.verdict(tcp(on(alice, 5000), {.ack = true, .fin = true}), 0s) == CGN_VERDICT_TRANSLATED);
  }
}

TEST_CASE("the window scale of the SYN that makes a mapping goes with it, also when it begins anew") {
  Node node{config_of({})};
  const auto e = on(alice, 5000);
  const auto opens = [&](std::uint8_t scale) { return tcp(e, {.syn = true, .window_scale = scale}); };
  const auto made = node.out(opens(8), 0s);
  CHECK(int{made.mapping->window_scale} == 8);
  CHECK_FALSE(made.known);
  const auto again = node.out(opens(8), 0s);
  CHECK(again.known);
  node.handshake(e, 1s);
  node.received(Proto::tcp, e, 2s, CGN_SEEN_RST);
  CHECK(int{node.control(opens(3), CGN_OUTBOUND, 100s).mapping->window_scale} == 3);
}

TEST_CASE("who no rule covers is refused and leaves nothing") {
  Node node{config_of({})};
  CHECK(node.verdict(udp(on(ip("192.0.2.99"), 5000)), 0s) == CGN_VERDICT_NO_RULE);
  CHECK(node.log.empty());
  CHECK(node.alarms.empty());
}

TEST_CASE("a subscriber past its ports of one protocol is refused there alone, and told so", "[RFC6888-REQ-4]") {
  auto config = config_of({});
  config.limits.ports_per_subscriber = 10;
  Node node{config};
  for (unsigned i = 0; i < 10; ++i) CHECK(node.verdict(udp(on(alice, 5000 + i)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 6000)), 0s) == CGN_VERDICT_PORT_LIMIT);
  CHECK(node.verdict(udp(on(alice, 6000)), 1s) == CGN_VERDICT_PORT_LIMIT);
  CHECK(node.verdict(udp(on(alice, 5000)), 1s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(syn(on(alice, 6000)), 1s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(bob, 6000)), 1s) == CGN_VERDICT_TRANSLATED);
  REQUIRE(node.alarms.size() == 1);
  CHECK(node.alarms[0].reason == CGN_VERDICT_PORT_LIMIT);
  CHECK(node.alarms[0].subscriber == Prefix::of(alice, 32));
  CHECK(node.alarms[0].pool == "residential");
  CHECK(node.translator.subscriber(alice)->refused == 2);
}

TEST_CASE("mappings of all protocols together have their limit, and so has their rate",
          "[RFC6888-REQ-4][RFC6888-REQ-4C][RFC6888-REQ-5A][RFC6888-REQ-5B]") {
  auto config = config_of({});
  SECTION("count") {
    config.limits.mappings_per_subscriber = 3;
    Node node{config};
    CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(syn(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(ping(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(udp(on(alice, 2)), 0s) == CGN_VERDICT_MAPPING_LIMIT);
  }
  SECTION("rate") {
    config.limits.new_mappings_per_second = 5;
    Node node{config};
    for (unsigned i = 0; i < 5; ++i) CHECK(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(udp(on(alice, 9)), 0s) == CGN_VERDICT_RATE_LIMIT);
    CHECK(node.verdict(udp(on(bob, 9)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(udp(on(alice, 9)), 200ms) == CGN_VERDICT_TRANSLATED);
  }
}

TEST_CASE("a full table refuses, and evicts nothing", "[RFC6888-REQ-11D]") {
  auto config = config_of({});
  config.limits.mappings = 3;
  Node node{config};
  for (unsigned i = 0; i < 3; ++i) CHECK(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(bob, 9)), 0s) == CGN_VERDICT_TABLE_FULL);
  CHECK(node.kernel.size() == 3);
  CHECK(node.log.size() == 1);
}

TEST_CASE("a first DNS packet marks its mapping if udp_dns is set, and another remote unmarks it", "[RFC4787-REQ-5a]") {
  auto config = config_of({});
  CHECK(Node{config}.out(udp(on(alice, 1), resolver), 0s).mapping->features == 0);
  config.timeouts.udp_dns = 15s;
  Node node{config};
  CHECK(node.out(udp(on(alice, 1), resolver), 0s).mapping->features == CGN_FEATURE_DNS);
  CHECK(node.out(udp(on(alice, 2)), 0s).mapping->features == 0);
  node.mood = LogMood::silent;
  const auto held = node.out(udp(on(bob, 1), resolver), 0s);
  (void)node.out(udp(on(bob, 1), server), 0s);
  node.answer(held.ticket, true, 0s);
  CHECK((node.seen(Proto::udp, on(bob, 1)).outbound.bits & CGN_SEEN_NOT_DNS) != 0);
  node.sweep(20s);
  CHECK_FALSE(node.installed(Proto::udp, on(alice, 1)));
  CHECK(node.installed(Proto::udp, on(bob, 1)));
}

TEST_CASE("equal seeds and calls give equal ports, other seeds others", "[RFC6888-REQ-15]") {
  Node a{config_of({}), 5};
  Node b{config_of({}), 5};
  Node c{config_of({}), 6};
  bool differs = false;
  for (unsigned i = 0; i < 100; ++i) {
    const auto port = a.out(udp(on(alice, i)), 0s).mapping->external.port;
    CHECK(port == b.out(udp(on(alice, i)), 0s).mapping->external.port);
    differs |= port != c.out(udp(on(alice, i)), 0s).mapping->external.port;
  }
  CHECK(differs);
}

}  // namespace
}  // namespace cgn::core::test
