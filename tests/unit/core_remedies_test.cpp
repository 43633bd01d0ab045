// SPDX-License-Identifier: Apache-2.0
// Before a refusal: closing mappings reclaimed, first packets that wait for a port.
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t F = CGN_SEEN_FIN;
constexpr std::uint8_t R = CGN_SEEN_RST;

// Alice may have four ports of each protocol, and no more.
config::Config four_ports() {
  auto config = config_of({.ports = "1024-1031", .block = 4, .extension = 4, .most_blocks = 1, .subscribers = 2});
  config.nat.reclaim_closing = true;
  return config;
}

// An established session, and one that both sides have ended.
void established(Node& node, Endpoint e, Duration t) {
  REQUIRE(node.verdict(syn(e), t) == CGN_VERDICT_TRANSLATED);
  node.handshake(e, t);
}
void closed(Node& node, Endpoint e, Duration from, Duration to) {
  established(node, e, from);
  node.sent(Proto::tcp, e, to, F);
  node.received(Proto::tcp, e, to, F);
}

TEST_CASE("by option the oldest closing session of the subscriber gives its port to a new one",
          "[RFC6888-REQ-8A][RFC6888-REQ-11D]") {
  Node node{four_ports()};
  closed(node, on(alice, 1), 0s, 20s);
  closed(node, on(alice, 2), 0s, 10s);
  established(node, on(alice, 3), 0s);
  REQUIRE(node.verdict(syn(on(alice, 4)), 0s) == CGN_VERDICT_TRANSLATED);  // opening
  const auto port = node.kernel.at({Proto::tcp, on(alice, 2)}).mapping.external;

  const auto fresh = node.insist(syn(on(alice, 5)), 30s);
  REQUIRE(fresh.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(fresh.mapping->external == port);
  CHECK_FALSE(node.installed(Proto::tcp, on(alice, 2)));
  CHECK(node.insist(syn(on(alice, 6)), 30s).verdict == CGN_VERDICT_TRANSLATED);
  CHECK_FALSE(node.installed(Proto::tcp, on(alice, 1)));

  // What is established or opening is never taken.
  CHECK(node.insist(syn(on(alice, 7)), 40s).verdict == CGN_VERDICT_BLOCK_LIMIT);
  for (const unsigned port_of : {3U, 4U, 5U, 6U}) CHECK(node.installed(Proto::tcp, on(alice, port_of)));
  CHECK(node.alarms.size() == 1);  // of the one refusal: what was helped was not refused
  CHECK(node.translator.subscriber(alice)->refused == 1);
}

TEST_CASE("nothing is reclaimed without the option, for another protocol, or from another subscriber") {
  auto config = four_ports();
  SECTION("without the option") {
    config.nat.reclaim_closing = false;
    Node node{config};
    for (unsigned i = 1; i <= 4; ++i) closed(node, on(alice, i), 0s, 1s);
    CHECK(node.insist(syn(on(alice, 5)), 2s).verdict == CGN_VERDICT_BLOCK_LIMIT);
    CHECK(node.kernel.size() == 4);
  }
  SECTION("for another protocol") {
    Node node{config};
    closed(node, on(alice, 1), 0s, 1s);
    for (unsigned i = 1; i <= 4; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.insist(udp(on(alice, 5)), 2s).verdict == CGN_VERDICT_BLOCK_LIMIT);
    CHECK(node.installed(Proto::tcp, on(alice, 1)));
  }
  SECTION("from another subscriber") {
    Node node{config};
    for (unsigned i = 1; i <= 4; ++i) closed(node, on(bob, i), 0s, 1s);
    for (unsigned i = 1; i <= 4; ++i) established(node, on(alice, i), 0s);
    CHECK(node.insist(syn(on(alice, 5)), 2s).verdict == CGN_VERDICT_BLOCK_LIMIT);
    CHECK(node.kernel.size() == 8);
  }
}

TEST_CASE("a session that shows life between the look and the removal is not reclaimed", "[RFC6888-REQ-11D]") {
  Node node{four_ports()};
  for (unsigned i = 1; i <= 4; ++i) {
    established(node, on(alice, i), 0s);
    node.received(Proto::tcp, on(alice, i), 1s, R);
  }
  node.slips_in = [](SeenBoth& seen) { seen.outbound.last_data = stamp_of(at(3s).mono); };
  CHECK(node.insist(syn(on(alice, 5)), 2s).verdict == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.kernel.size() == 4);
  CHECK(node.translator.mapping_count() == 4);
}

TEST_CASE("a subscriber without closing sessions is looked at once a second, and no more than so many at a time") {
  auto config = config_of({.ports = "1024-2047", .block = 512, .extension = 512, .most_blocks = 1, .subscribers = 2});
  config.nat.reclaim_closing = true;
  Node node{config};
  for (unsigned i = 0; i < 512; ++i) established(node, on(alice, i), 0s);
  for (unsigned i = 0; i < 50; ++i) {
    CHECK(node.insist(syn(on(alice, 600)), 1s).verdict == CGN_VERDICT_BLOCK_LIMIT);
  }
  CHECK(node.looks == Translator::kLooks);
  // The window moves: one closing session among 512 is found within four looks.
  node.sent(Proto::tcp, on(alice, 300), 2s, F);
  node.received(Proto::tcp, on(alice, 300), 2s, F);
  unsigned tries = 0;
  Duration t = 3s;
  while (node.insist(syn(on(alice, 600)), t).verdict != CGN_VERDICT_TRANSLATED && tries < 10) ++tries, t += 1s;
  CHECK(tries < 4);
}

TEST_CASE("a limit on ports or mappings is helped by reclaiming too", "[RFC6888-REQ-4]") {
  auto config = config_of({});
  config.nat.reclaim_closing = true;
  SECTION("ports") { config.limits.tcp_ports_per_subscriber = 2; }
  SECTION("mappings") { config.limits.mappings_per_subscriber = 2; }
  SECTION("the table") { config.limits.mappings = 2; }
  Node node{config};
  closed(node, on(alice, 1), 0s, 1s);
  established(node, on(alice, 2), 0s);
  CHECK(node.insist(syn(on(alice, 3)), 2s).verdict == CGN_VERDICT_TRANSLATED);
  CHECK_FALSE(node.installed(Proto::tcp, on(alice, 1)));
}

// --- waiting ---------------------------------------------------------------------------------------------------------

TEST_CASE("a first packet waits if a port's rest ends in time, and is refused if not", "[RFC6888-REQ-8]") {
  auto config = four_ports();
  config.nat.wait_for_port = 50ms;
  Node node{config};
  for (unsigned i = 1; i <= 4; ++i) REQUIRE(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  Effects effects;
  REQUIRE(node.translator.clear_mapping(Proto::udp, on(alice, 1), at(10s), effects));
  node.apply(effects, 10s);

  CHECK(node.insist(udp(on(alice, 5)), 100s).verdict == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.insist(udp(on(alice, 5)), 100s).remedy == Remedy::none);
  CHECK(node.alarms.size() == 1);
  // The rest ends with second 130, the wheel takes it when 131 begins.
  const auto waits = node.insist(udp(on(alice, 5)), 130'960ms);
  CHECK(waits.remedy == Remedy::wait);
  CHECK(waits.verdict == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.insist(syn(on(alice, 5)), 130'960ms).verdict == CGN_VERDICT_TRANSLATED);  // its ports are others
  CHECK(node.translator.subscriber(alice)->refused == 2);
  const auto before = node.translator.freed();
  node.sweep(131s);
  CHECK(node.translator.freed() > before);
  CHECK(node.insist(udp(on(alice, 5)), 131s).verdict == CGN_VERDICT_TRANSLATED);
  // Who has waited is refused with the reason it had.
  CHECK(node.insist(udp(on(alice, 6)), 131s, Remedy::wait).verdict == CGN_VERDICT_BLOCK_LIMIT);
}

TEST_CASE("another subscriber's rest is nothing to wait for, a block's of the pool is", "[RFC6888-REQ-8]") {
  auto config = config_of({.ports = "1024-1031", .block = 4, .extension = 4, .most_blocks = 1, .subscribers = 2});
  config.nat.wait_for_port = 50ms;
  config.pools[0].block_linger = 0s;
  Node node{config};
  REQUIRE(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  REQUIRE(node.verdict(udp(on(bob, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  Effects effects;
  REQUIRE(node.translator.clear_subscriber({Prefix::of(bob, 32), kDefaultRealm}, at(10s), effects) == 1);
  node.apply(effects, 10s);
  CHECK(node.insist(udp(on(carol, 1)), 60s).remedy == Remedy::none);
  CHECK(node.insist(udp(on(carol, 1)), 130'960ms).remedy == Remedy::wait);
  node.sweep(131s);
  node.sweep(132s);
  CHECK(node.verdict(udp(on(carol, 1)), 132s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a packet over its limit waits for a mapping that is due") {
  auto config = config_of({});
  config.nat.wait_for_port = 50ms;
  config.limits.udp_ports_per_subscriber = 1;
  Node node{config};
  REQUIRE(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.insist(udp(on(alice, 2)), 100s).remedy == Remedy::none);
  CHECK(node.insist(udp(on(alice, 2)), 300'970ms).remedy == Remedy::wait);
  node.sweep(301s);
  CHECK(node.insist(udp(on(alice, 2)), 301s).verdict == CGN_VERDICT_TRANSLATED);
}

}  // namespace
}  // namespace cgn::core::test
