// SPDX-License-Identifier: Apache-2.0
// What a pool asks of its mappings: filtering, whose packets refresh, and where further blocks come from.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t A = CGN_SEEN_ACK;

config::Config with(const config::Behaviour& behaviour) {
  auto c = config_of({});
  c.pools.front().udp = c.pools.front().tcp = c.pools.front().icmp = behaviour;
  return c;
}

config::Config refreshed(config::Refresh refresh) {
  return with({.filtering = config::Filtering::endpoint_independent, .refresh = refresh});
}

// Four addresses with one first block of 2 ports and one extension of 2 each.
config::Config narrow(config::Pooling pooling) {
  auto c = config_of({.addresses = "203.0.113.8/30",
                      .ports = "1024-1027",
                      .block = 2,
                      .extension = 2,
                      .most_blocks = 4,
                      .subscribers = 4});
  c.pools.front().pooling = pooling;
  return c;
}

TEST_CASE("a mapping takes its pool's filtering, and has it again when its port comes back", "[RFC4787-REQ-8]") {
  Node node{with({.filtering = config::Filtering::address_dependent, .refresh = config::Refresh::outbound})};
  CHECK(node.out(udp(on(alice, 1)), 0s).mapping->features == CGN_FEATURE_ADF);
  CHECK(node.out(ping(on(alice, 1)), 0s).mapping->features == CGN_FEATURE_ADF);
  CHECK(node.out(syn(on(alice, 1)), 0s).mapping->features == (CGN_FEATURE_ADF | CGN_FEATURE_REFRESH_OUTBOUND));
  node.sweep(302s);
  REQUIRE_FALSE(node.installed(Proto::udp, on(alice, 1)));
  CHECK(node.out(udp(on(alice, 1)), 303s).mapping->features == CGN_FEATURE_ADF);
}

TEST_CASE("inbound packets refresh UDP and ICMP only where both directions do",
          "[RFC4787-REQ-6][RFC4787-REQ-6a][RFC7857-7]") {
  const auto refresh = GENERATE(config::Refresh::outbound, config::Refresh::both);
  Node node{refreshed(refresh)};
  (void)node.out(udp(on(alice, 1)), 0s);
  (void)node.out(ping(on(alice, 1)), 0s);
  node.received(Proto::udp, on(alice, 1), 200s);
  node.received(Proto::icmp, on(alice, 1), 50s);
  node.sweep(100s);
  CHECK(node.installed(Proto::icmp, on(alice, 1)) == (refresh == config::Refresh::both));
  node.sweep(400s);
  CHECK(node.installed(Proto::udp, on(alice, 1)) == (refresh == config::Refresh::both));
  node.sweep(502s);
  CHECK_FALSE(node.installed(Proto::udp, on(alice, 1)));
}

TEST_CASE("an established session lives by its inbound packets too, unless only outbound ones refresh",
          "[RFC5382-REQ-5]") {
  const auto refresh = GENERATE(config::Refresh::outbound, config::Refresh::both);
  Node node{refreshed(refresh)};
  (void)node.out(syn(on(alice, 1)), 0s);
  node.handshake(on(alice, 1), 1s);
  node.received(Proto::tcp, on(alice, 1), 7000s, A);
  node.sweep(7500s);
  CHECK(node.installed(Proto::tcp, on(alice, 1)) == (refresh == config::Refresh::both));
}

TEST_CASE("an opening connection is kept by no stranger, whoever may refresh") {
  Node node{refreshed(config::Refresh::both)};
  (void)node.out(syn(on(alice, 1)), 0s);
  node.received(Proto::tcp, on(alice, 1), 200s, CGN_SEEN_SYN);
  node.sweep(242s);
  CHECK_FALSE(node.installed(Proto::tcp, on(alice, 1)));
}

TEST_CASE("paired: a subscriber whose address is spent is refused, though others have ports",
          "[RFC4787-REQ-2][RFC6888-REQ-2]") {
  Node node{narrow(config::Pooling::paired)};
  for (unsigned i = 0; i < 4; ++i) CHECK(node.verdict(udp(on(alice, i)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 9)), 0s) == CGN_VERDICT_POOL_FULL);
}

TEST_CASE("arbitrary: further blocks come from any address, after those of the first") {
  Node node{narrow(config::Pooling::arbitrary)};
  std::set<Ipv4> used;
  for (unsigned i = 0; i < 4; ++i) used.insert(node.out(udp(on(alice, i)), 0s).mapping->external.address);
  CHECK(used.size() == 1);
  for (unsigned i = 4; i < 8; ++i) {
    const auto decision = node.out(udp(on(alice, i)), 0s);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    used.insert(decision.mapping->external.address);
  }
  CHECK(used.size() == 3);
  CHECK(node.verdict(udp(on(alice, 9)), 0s) == CGN_VERDICT_BLOCK_LIMIT);
  const auto blocks = node.translator.blocks_of(alice);
  CHECK(std::ranges::count_if(blocks, [](const BlockView& b) { return b.first; }) == 1);
}

TEST_CASE("arbitrary: every subscriber's first block stays guaranteed", "[RFC6888-REQ-13]") {
  Node node{narrow(config::Pooling::arbitrary)};
  for (unsigned i = 0; i < 8; ++i) (void)node.out(udp(on(alice, i)), 0s);
  for (const char* other : {"100.64.0.8", "100.64.0.9", "100.64.0.10"}) {
    CHECK(node.verdict(udp(on(ip(other), 1)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.translator.blocks_of(Host{ip(other)}).front().first);
  }
}

TEST_CASE("arbitrary: blocks on several addresses are adopted in whatever order the log tells them") {
  Node before{narrow(config::Pooling::arbitrary)};
  for (unsigned i = 0; i < 8; ++i) (void)before.out(udp(on(alice, i)), 0s);
  Node after{before.config};
  const bool backwards = GENERATE(false, true);
  auto rows = before.log;
  if (backwards) std::ranges::reverse(rows);
  for (const auto& row : rows) {
    const auto& e = row.event;
    CHECK(after.translator.adopt_block({.subscriber = e.subscriber,
                                        .external = e.external,
                                        .ports = e.ports,
                                        .pool = e.pool,
                                        .allocated_at = e.allocated_at},
                                       at(1s)));
  }
  for (const auto& [key, entry] : before.kernel)
    CHECK(after.translator.adopt_mapping(entry.mapping, entry.seen, at(1s)));
  CHECK(after.translator.mapping_count() == 8);
  CHECK(after.translator.subscriber_count() == 1);
  const auto first = before.translator.blocks_of(alice).front().external;
  CHECK(after.translator.subscriber(alice)->external == first);
}

}  // namespace
}  // namespace cgn::core::test
