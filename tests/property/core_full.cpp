// SPDX-License-Identifier: Apache-2.0
// A full pool, odd pools, many flows of one subscriber, and a day in the life of a thousand.
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

Ipv4 nth(std::uint32_t i) { return Ipv4::from_host(ip("100.64.0.0").host() + i); }

// Every mapping of the kernel's table, as a text that can be compared.
std::map<Node::Key, Endpoint> externals(const Node& node) {
  std::map<Node::Key, Endpoint> out;
  for (const auto& [key, entry] : node.kernel) out[key] = entry.mapping.external;
  return out;
}

TEST_CASE("a full pool refuses all that is new and changes nothing that lives, whatever its policy",
          "[property][RFC6888-REQ-11D][RFC4787-REQ-11]") {
  const std::uint64_t seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : 4711;
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  auto config = config_of({.addresses = "203.0.113.0/30",
                           .ports = "1024-2047",
                           .block = 128,
                           .extension = 64,
                           .most_blocks = 9,
                           .subscribers = 16});
  config.nat.reclaim_closing = GENERATE(false, true);
  config.nat.wait_for_port = GENERATE(0ms, 50ms);
  Node node{config, seed};
  for (std::uint32_t s = 0; s < 16; ++s) {
    for (unsigned i = 0;; ++i) {
      if (node.verdict(syn(on(nth(s), i)), 0s) != CGN_VERDICT_TRANSLATED) break;
      node.handshake(on(nth(s), i), 0s);
    }
  }
  REQUIRE(node.kernel.size() == 4 * 1024);
  const auto before = externals(node);
  unsigned refused = 0;
  Duration t = 1s;
  for (unsigned round = 0; round < 20'000; ++round) {
    t += 20ms;                                                        // 400 s in all
    const auto who = nth(static_cast<std::uint32_t>(random() % 20));  // four have no block at all
    const auto verdict = node.insist(syn(on(who, 10'000 + static_cast<unsigned>(random() % 50'000))), t).verdict;
    REQUIRE(verdict != CGN_VERDICT_TRANSLATED);
    REQUIRE(verdict != CGN_VERDICT_HELD);
    ++refused;
    if (round % 500 == 0) node.sweep(t);
  }
  CHECK(refused == 20'000);
  CHECK(externals(node) == before);
  // Told once a subscriber and reason, not once a packet; nobody's episode ended meanwhile.
  CHECK(node.alarms.size() <= 20 * 2);
  CHECK(node.alarms.size() >= 20);
}

TEST_CASE("five thousand flows of one subscriber have one external address, extensions and all",
          "[property][RFC6888-REQ-2][RFC4787-REQ-2]") {
  auto config = config_of({.addresses = "203.0.113.0/24",
                           .ports = "1024-65535",
                           .block = 512,
                           .extension = 256,
                           .most_blocks = 8,
                           .subscribers = 16'128});
  Node node{config, 21};
  std::set<Ipv4> addresses;
  for (unsigned i = 0; i < 5000; ++i) {
    const auto e = on(alice, 1024 + i / 3);
    const auto flow = i % 3 == 0 ? udp(e) : i % 3 == 1 ? syn(e) : ping(e);
    const auto decision = node.out(flow, i * 1ms);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    addresses.insert(decision.mapping->external.address);
    // Neighbours take their share of the pool meanwhile.
    REQUIRE(node.verdict(udp(on(nth(100'000 + i % 1000), i)), i * 1ms) == CGN_VERDICT_TRANSLATED);
  }
  CHECK(addresses.size() == 1);
  CHECK(node.translator.subscriber(alice)->blocks == 6);  // 512 + 5 x 256 >= 1667
}

TEST_CASE("a pool may be of any size and shape: allocations on all of it, none outside", "[property][RFC6888-REQ-3]") {
  auto config = config_of({.ports = "5000-5099", .block = 33, .extension = 10, .most_blocks = 2, .subscribers = 36});
  config.pools[0].addresses = {prefix("192.0.2.1"), prefix("192.0.2.7"), prefix("192.0.2.8/31"),
                               prefix("203.0.113.64/29")};
  Node node{config, 22};
  std::set<Ipv4> seen;
  for (std::uint32_t s = 0; s < 36; ++s) {
    for (unsigned i = 0; i < 40; ++i) {
      const auto decision = node.out(udp(on(nth(s), i)), 0s);
      if (decision.verdict != CGN_VERDICT_TRANSLATED) break;
      const auto at = decision.mapping->external;
      const auto& all = config.pools[0].addresses;
      REQUIRE(std::ranges::any_of(all, [&](const Prefix& p) { return p.contains(at.address); }));
      REQUIRE((at.port >= Port{5000} && at.port <= Port{5099}));
      seen.insert(at.address);
    }
  }
  CHECK(seen.size() == 12);
}

// Subscribers without background traffic: 25 visits a day on average, at random, each of 1 to 12 flows. Most visits are
// farther apart than block_linger, so that nearly each costs a loan and a return: the worst of honest days.
// CGN_SUBSCRIBERS=10000 plays it in full: a minute and a half without optimisation.
TEST_CASE("a day of a thousand subscribers makes few records", "[property][RFC6888-REQ-14]") {
  const char* given = std::getenv("CGN_SUBSCRIBERS");
  const auto subscribers = given == nullptr ? 1'000U : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
  auto config = config_of({.addresses = "203.0.113.0/24",
                           .ports = "1024-65535",
                           .block = 512,
                           .extension = 256,
                           .most_blocks = 8,
                           .subscribers = 16'128});
  config.limits.mappings = 400'000;
  config.limits.subscribers = 20'000;
  Node node{config, 23};
  std::mt19937_64 random{20'261'120};
  std::uint64_t flows = 0;
  for (Duration t = 0s; t < 24h; t += 60s) {
    const auto hour = std::chrono::duration_cast<std::chrono::hours>(t).count();
    const bool awake = hour >= 7;
    const auto visits = awake ? subscribers / 40 : subscribers / 400;
    for (std::uint32_t v = 0; v < visits; ++v) {
      const auto who = nth(static_cast<std::uint32_t>(random() % subscribers));
      const auto count = 1 + random() % 12;
      for (unsigned i = 0; i < count; ++i, ++flows) {
        const auto e = on(who, 1024 + static_cast<unsigned>(random() % 60'000));
        REQUIRE(node.verdict(udp(e), t) == CGN_VERDICT_TRANSLATED);
      }
    }
    node.sweep(t);
  }
  const double records = static_cast<double>(node.log.size()) / subscribers;
  std::printf("RFC 6888 REQ-14: %.1f records a subscriber and day for %.0f flows\n", records,
              static_cast<double>(flows) / subscribers);
  CHECK(flows > 50 * subscribers);
  CHECK(records <= 60);
  CHECK(records < static_cast<double>(flows) / subscribers / 2);
}

}  // namespace
}  // namespace cgn::core::test
