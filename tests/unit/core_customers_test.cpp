// SPDX-License-Identifier: Apache-2.0
// Another customer behind an address: nobody inherits a mapping, a port or a block.
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

const SubscriberId kAlice = alone(alice);

std::size_t end_customer(Node& node, Duration t) {
  Effects effects;
  const auto ended = node.translator.end_customer(kAlice, at(t), effects);
  node.apply(effects, t);
  return ended;
}

const Layout kTwoBlocks{.ports = "1024-1535", .most_blocks = 1, .subscribers = 2};

}  // namespace

TEST_CASE("the next customer of an address gets another block, and the former one's rests from him too",
          "[RFC6888-REQ-8]") {
  Node node{config_of(kTwoBlocks)};
  const auto former = node.out(udp(on(alice, 5000)), 0s);
  CHECK(end_customer(node, 10s) == 1);
  CHECK(node.kernel.empty());
  CHECK(node.translator.blocks_of(alice).empty());
  CHECK_FALSE(node.live.at(kAlice));
  CHECK(node.log.back().event.kind == BlockEventKind::released);
  const auto next = node.out(udp(on(alice, 5000)), 11s);
  REQUIRE(next.verdict == CGN_VERDICT_TRANSLATED);
  CHECK_FALSE(next.known);
  CHECK(node.log.back().event.ports != node.log.front().event.ports);
  CHECK(next.mapping->external != former.mapping->external);
  // Full: a home would be there if he were the same.
  CHECK(end_customer(node, 12s) == 1);
  CHECK(node.verdict(udp(on(alice, 5000)), 13s) == CGN_VERDICT_POOL_FULL);
  node.sweep(132s);
  CHECK(node.verdict(udp(on(alice, 5000)), 132s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("clearing a subscriber keeps its home, a change of customer does not (the control)") {
  Node node{config_of({.ports = "1024-1279", .most_blocks = 1, .subscribers = 1})};
  (void)node.out(udp(on(alice, 5000)), 0s);
  Effects effects;
  (void)node.translator.clear_subscriber(kAlice, at(10s), effects);
  node.apply(effects, 10s);
  SECTION("the same person comes home") { CHECK(node.verdict(udp(on(alice, 5000)), 11s) == CGN_VERDICT_TRANSLATED); }
  SECTION("another does not, also if the block rested already") {
    CHECK(end_customer(node, 11s) == 0);
    CHECK(node.verdict(udp(on(alice, 5000)), 12s) == CGN_VERDICT_POOL_FULL);
  }
}

TEST_CASE("what waits for the log when the customer changes is dropped, whatever the log says then") {
  Node node{config_of(kTwoBlocks)};
  node.mood = LogMood::silent;
  const auto held = node.out(udp(on(alice, 5000)), 0s);
  REQUIRE(held.verdict == CGN_VERDICT_HELD);
  CHECK(end_customer(node, 1s) == 1);
  REQUIRE(node.released.size() == 1);
  CHECK(node.released.front().verdict == CGN_VERDICT_NO_MAPPING);
  const auto next = node.out(udp(on(alice, 5000)), 2s);
  REQUIRE(next.verdict == CGN_VERDICT_HELD);
  CHECK(next.ticket != held.ticket);
  const bool durable = GENERATE(true, false);
  node.answer(held.ticket, durable, 3s);
  CHECK(node.kernel.empty());
  node.answer_release(held.ticket, 3s);
  node.answer(next.ticket, true, 3s);
  CHECK(node.kernel.size() == 1);
  CHECK(node.translator.blocks_of(alice).size() == 1);
  CHECK(node.translator.pools().at(0).first_resting == 1);
}

TEST_CASE("a release that the log refused leaves the block to nobody") {
  Node node{config_of(kTwoBlocks)};
  const auto former = node.out(udp(on(alice, 5000)), 0s);
  node.mood = LogMood::fails;
  CHECK(end_customer(node, 10s) == 1);
  CHECK(node.kernel.empty());
  node.mood = LogMood::answers;
  const auto next = node.out(udp(on(alice, 5000)), 11s);
  REQUIRE(next.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(next.mapping->external != former.mapping->external);
  node.sweep(22s);  // tried again
  CHECK(node.translator.blocks_of(alice).size() == 1);
}

TEST_CASE("extensions and connections that share ports go, too") {
  auto config = config_of({});
  Node node{config};
  for (unsigned i = 0; i < 300; ++i) (void)node.out(udp(on(alice, i)), 0s);
  (void)node.out(syn(on(alice, 1)), 0s);
  REQUIRE(node.translator.blocks_of(alice).size() == 2);
  CHECK(end_customer(node, 10s) == 301);
  CHECK(node.kernel.empty());
  CHECK(node.translator.blocks_of(alice).empty());
  CHECK(node.translator.mapping_count() == 0);
  CHECK(node.translator.subscriber_count() == 0);
}

TEST_CASE("an anchored address is given back with its customer") {
  Node node{config_of(kTwoBlocks)};
  Effects effects;
  const auto anchor = node.translator.anchor(alice, at(0s), effects);
  node.apply(effects, 0s);
  // As the daemon does: what is anchored goes before the log has its say.
  CHECK(node.translator.end_customer(kAlice, at(10s), effects) == 0);
  node.translator.lift_anchor(anchor.ticket, at(10s), effects);
  node.apply(effects, 10s);
  CHECK(node.translator.blocks_of(alice).empty());
}

}  // namespace cgn::core::test
