// SPDX-License-Identifier: Apache-2.0
// Limits that change while packets flow, limits of one protocol, and what operators are told unasked.
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

TEST_CASE("each protocol may have a limit of its own", "[RFC6888-REQ-4][RFC6888-REQ-4B]") {
  auto config = config_of({});
  config.limits.tcp_ports_per_subscriber = 5;
  config.limits.udp_ports_per_subscriber = 3;
  config.limits.icmp_ids_per_subscriber = 2;
  Node node{config};
  const auto fits = [&](const auto& flow_of) {
    unsigned count = 0;
    while (node.verdict(flow_of(on(alice, 5000 + count)), 0s) == CGN_VERDICT_TRANSLATED) ++count;
    CHECK(node.verdict(flow_of(on(alice, 5000 + count)), 0s) == CGN_VERDICT_PORT_LIMIT);
    return count;
  };
  CHECK(fits([](Endpoint e) { return syn(e); }) == 5);
  CHECK(fits([](Endpoint e) { return udp(e); }) == 3);
  CHECK(fits([](Endpoint e) { return ping(e); }) == 2);
}

TEST_CASE("a limit changes live: raised it admits more, lowered it ends nothing", "[RFC6888-REQ-4A][RFC6888-REQ-11D]") {
  auto config = config_of({});
  config.limits.ports_per_subscriber = 64;
  Node node{config};
  for (unsigned i = 0; i < 64; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 64)), 0s) == CGN_VERDICT_PORT_LIMIT);
  config.limits.ports_per_subscriber = 128;
  node.translator.follow(config);
  for (unsigned i = 64; i < 128; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 1s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 128)), 1s) == CGN_VERDICT_PORT_LIMIT);
  config.limits.ports_per_subscriber = 10;
  node.translator.follow(config);
  CHECK(node.verdict(udp(on(alice, 128)), 2s) == CGN_VERDICT_PORT_LIMIT);
  CHECK(node.kernel.size() == 128);
  CHECK(node.verdict(udp(on(alice, 5)), 2s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("blocks of a subscriber, rests and lingers change live", "[RFC6888-REQ-4A]") {
  auto config = config_of({.block = 4, .extension = 4, .most_blocks = 1});
  config.limits.mappings = 100;
  Node node{config};
  for (unsigned i = 0; i < 4; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 4)), 0s) == CGN_VERDICT_BLOCK_LIMIT);
  config.pools[0].max_blocks_per_subscriber = 2;
  config.pools[0].port_hold_down = 0s;
  node.translator.follow(config);
  CHECK(node.verdict(udp(on(alice, 4)), 1s) == CGN_VERDICT_TRANSLATED);
  for (unsigned i = 5; i < 8; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 1s) == CGN_VERDICT_TRANSLATED);
  Effects effects;
  REQUIRE(node.translator.clear_mapping(Proto::udp, on(alice, 1), at(2s), effects));
  node.apply(effects, 2s);
  CHECK(node.verdict(udp(on(alice, 9)), 2s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a timer that changed counts from the next judgement on, also on shared mappings") {
  auto config = config_of({});
  Node node{config};
  REQUIRE(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  SECTION("longer") {
    config.timeouts.udp = 600s;
    node.translator.follow(config);
    node.sweep(302s);
    CHECK(node.installed(Proto::udp, on(alice, 1)));
    node.sweep(602s);
    CHECK_FALSE(node.installed(Proto::udp, on(alice, 1)));
  }
  SECTION("shorter") {
    config.timeouts.udp = 120s;
    node.translator.follow(config);
    REQUIRE(node.verdict(udp(on(alice, 2)), 1s) == CGN_VERDICT_TRANSLATED);
    node.sweep(123s);
    CHECK_FALSE(node.installed(Proto::udp, on(alice, 2)));
    node.sweep(302s);
    CHECK_FALSE(node.installed(Proto::udp, on(alice, 1)));
  }
}

TEST_CASE("an episode of refusals is told when it begins and when it is over, once each", "[RFC6888-REQ-11C]") {
  auto config = config_of({});
  config.limits.udp_ports_per_subscriber = 1;
  Node node{config};
  REQUIRE(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  for (unsigned i = 0; i < 40; ++i) {
    CHECK(node.verdict(udp(on(alice, 2)), i * 1s) == CGN_VERDICT_PORT_LIMIT);
    node.sweep(i * 1s);
  }
  CHECK(node.alarms.size() == 1);
  CHECK(node.ended.empty());
  REQUIRE(node.translator.episodes(10).size() == 1);
  CHECK(node.translator.episodes(10)[0].subscriber == Prefix::of(alice, 32));
  CHECK(node.translator.episodes(10)[0].refused == 40);
  for (Duration t = 40s; t < 200s; t += 1s) node.sweep(t);
  REQUIRE(node.ended.size() == 1);
  CHECK(node.ended[0].reason == CGN_VERDICT_PORT_LIMIT);
  CHECK(node.ended[0].subscriber == Prefix::of(alice, 32));
  CHECK(node.ended[0].since == at(0s).wall);
  CHECK(node.ended[0].refused == 40);
  CHECK(node.translator.episode_count() == 0);
}

TEST_CASE("a pool that fills up is told of at its upper mark and again at its lower, not in between",
          "[RFC6888-REQ-11C]") {
  auto config = config_of({.ports = "1024-1123", .block = 10, .extension = 10, .most_blocks = 1, .subscribers = 10});
  config.pools[0].block_linger = 0s;
  config.pools[0].block_hold_down = 0s;
  config.pools[0].port_hold_down = 0s;
  config.pools[0].alarm_high = 90;
  config.pools[0].alarm_low = 50;
  Node node{config};
  const auto who = [](unsigned i) { return Ipv4::from_host(alice.address.host() + i); };
  Duration t = 0s;
  const auto arrive = [&](unsigned i) {
    REQUIRE(node.verdict(udp(on(who(i), 1)), t) == CGN_VERDICT_TRANSLATED);
    node.sweep(t);
  };
  const auto leave = [&](unsigned i) {
    Effects effects;
    REQUIRE(node.translator.clear_subscriber({Prefix::of(who(i), 32), kDefaultRealm}, at(t), effects) == 1);
    node.apply(effects, t);
    t += 2s;
    node.sweep(t);
  };
  for (unsigned i = 0; i < 8; ++i) arrive(i);
  CHECK(node.thresholds.empty());
  arrive(8);
  REQUIRE(node.thresholds.size() == 1);
  CHECK(node.thresholds[0].reached);
  CHECK(node.thresholds[0].resource == Resource::first_blocks);
  CHECK(node.thresholds[0].pool == "residential");
  CHECK(node.thresholds[0].used == 9);
  CHECK(node.thresholds[0].most == 10);
  REQUIRE(node.translator.shortages().size() == 1);
  for (unsigned round = 0; round < 5; ++round) leave(8), leave(7), arrive(7), arrive(8);
  CHECK(node.thresholds.size() == 1);
  for (unsigned i = 4; i < 9; ++i) leave(i);
  REQUIRE(node.thresholds.size() == 2);
  CHECK_FALSE(node.thresholds[1].reached);
  CHECK(node.thresholds[1].used == 5);
  CHECK(node.translator.shortages().empty());
}

TEST_CASE("the mapping table has marks of its own, and 0 turns them off", "[RFC6888-REQ-11C]") {
  auto config = config_of({});
  config.limits.mappings = 10;
  const bool off = GENERATE(false, true);
  if (off) config.limits.mappings_alarm_high = 0, config.limits.mappings_alarm_low = 0;
  Node node{config};
  for (unsigned i = 0; i < 10; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  node.sweep(1s);
  REQUIRE(node.thresholds.size() == (off ? 0 : 1));
  if (!off) CHECK(node.thresholds[0].resource == Resource::mappings);
  node.sweep(500s);
  CHECK(node.thresholds.size() == (off ? 0 : 2));
}

}  // namespace
}  // namespace cgn::core::test
