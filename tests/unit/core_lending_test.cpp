// SPDX-License-Identifier: Apache-2.0
// Blocks: who gets one, when it goes back, how long it rests.
#include <catch2/catch.hpp>

#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

// Opens UDP mappings until one is refused; the refusal and how many there were.
std::pair<Verdict, unsigned> fill(Node& node, Ipv4 who, Duration t) {
  for (unsigned i = 0;; ++i) {
    const auto v = node.verdict(udp(on(who, i)), t);
    if (v != CGN_VERDICT_TRANSLATED) return {v, i};
  }
}

// A pool of one address with one block that one subscriber at a time may have.
const Layout kOneBlock{.ports = "1024-1279", .most_blocks = 1, .subscribers = 1};

TEST_CASE("a full subscriber gets extensions from its own address up to its maximum", "[RFC6888-REQ-4]") {
  Node node{config_of({})};
  CHECK(fill(node, alice, 0s) == std::pair{CGN_VERDICT_BLOCK_LIMIT, 256U + 128U + 128U});
  const auto blocks = node.translator.blocks_of(alice);
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].first);
  CHECK_FALSE(blocks[1].first);
  CHECK(blocks[1].external == blocks[0].external);
  CHECK(blocks[2].used_udp == 128);
  CHECK(node.alarms.size() == 1);
}

TEST_CASE("the first block is there for every subscriber, however greedy the others are", "[RFC6888-REQ-4]") {
  Node node{config_of({.most_blocks = 8})};
  CHECK(fill(node, alice, 0s) == std::pair{CGN_VERDICT_POOL_FULL, 256U + 4U * 128U});
  CHECK(fill(node, bob, 0s) == std::pair{CGN_VERDICT_POOL_FULL, 256U});
  CHECK(node.verdict(udp(on(carol, 1)), 0s) == CGN_VERDICT_SUBSCRIBER_LIMIT);
  CHECK(node.translator.subscriber_count() == 2);
}

TEST_CASE("subscribers of all pools together have a limit too") {
  auto config = config_of({});
  config.limits.subscribers = 1;
  Node node{config};
  CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(bob, 1)), 0s) == CGN_VERDICT_SUBSCRIBER_LIMIT);
}

TEST_CASE("an empty block lingers, is released, rests, and only then goes to another", "[RFC6888-REQ-8]") {
  Node node{config_of(kOneBlock)};
  CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  node.sweep(302s);  // the mapping ends
  REQUIRE(node.kernel.empty());
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::lingering);
  node.sweep(900s);
  CHECK(node.log.size() == 1);
  node.sweep(904s);  // 600 s of linger are over
  REQUIRE(node.log.size() == 2);
  CHECK(node.log[1].event.kind == BlockEventKind::released);
  CHECK(node.log[1].ticket == node.log[0].ticket);
  CHECK(node.log[1].event.allocated_at == node.log[0].event.at.wall);
  CHECK_FALSE(node.live.at(alone(alice)));
  CHECK(node.translator.blocks(0, 10).empty());
  CHECK(node.translator.pools().at(0).first_resting == 1);
  CHECK(node.verdict(udp(on(bob, 1)), 905s) == CGN_VERDICT_POOL_FULL);
  node.sweep(1023s);
  CHECK(node.verdict(udp(on(bob, 1)), 1023s) == CGN_VERDICT_POOL_FULL);
  node.sweep(1026s);
  CHECK(node.verdict(udp(on(bob, 1)), 1026s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.live.at(alone(bob)));
}

TEST_CASE("a mapping within the linger keeps the block") {
  Node node{config_of(kOneBlock)};
  CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_TRANSLATED);
  node.sweep(302s);
  CHECK(node.verdict(udp(on(alice, 1)), 800s) == CGN_VERDICT_TRANSLATED);
  node.sweep(950s);
  CHECK(node.log.size() == 1);
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::held);
}

TEST_CASE("a subscriber whose block rests may come home to it at once", "[RFC6888-REQ-8]") {
  Node node{config_of(kOneBlock)};
  const auto before = node.out(udp(on(alice, 1)), 0s).mapping->external.address;
  node.sweep(302s);
  node.sweep(904s);
  REQUIRE(node.translator.blocks(0, 10).empty());
  const auto home = node.out(udp(on(alice, 1)), 905s);
  CHECK(home.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(home.mapping->external.address == before);
  CHECK(node.log.back().event.kind == BlockEventKind::allocated);
  CHECK(node.log.back().ticket != node.log.front().ticket);
  node.sweep(1100s);  // the end of the old rest means nothing any more
  CHECK(node.translator.blocks(0, 10).size() == 1);
  CHECK(node.verdict(udp(on(bob, 1)), 1100s) == CGN_VERDICT_SUBSCRIBER_LIMIT);
}

TEST_CASE("a block on its way back is nobody's, but its subscriber keeps its address") {
  Node node{config_of({.addresses = "203.0.113.0/28", .subscribers = 32})};
  const auto before = node.out(udp(on(alice, 1)), 0s);
  node.sweep(302s);
  node.mood = LogMood::silent;
  node.sweep(904s);
  REQUIRE(node.log.size() == 2);
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::releasing);
  const auto back = node.out(udp(on(alice, 1)), 905s);
  CHECK(back.verdict == CGN_VERDICT_HELD);
  CHECK(back.ticket != before.ticket);
  CHECK(back.mapping->external.address == before.mapping->external.address);
  node.answer(back.ticket, true, 905s);
  node.answer_release(before.ticket, 906s);
  CHECK(node.translator.blocks(0, 10).size() == 1);
  CHECK(node.live.at(alone(alice)));
}

TEST_CASE("a release that the log refused is tried again, and the block is of use meanwhile") {
  Node node{config_of(kOneBlock)};
  (void)node.out(udp(on(alice, 1)), 0s);
  node.sweep(302s);
  node.mood = LogMood::fails;
  node.sweep(904s);
  CHECK(node.log.size() == 2);
  SECTION("again after a while") {
    node.mood = LogMood::answers;
    node.sweep(908s);
    CHECK(node.log.size() == 2);
    node.sweep(916s);
    CHECK(node.log.size() == 3);
    CHECK(node.translator.blocks(0, 10).empty());
  }
  SECTION("or used") {
    CHECK(node.verdict(udp(on(alice, 1)), 905s) == CGN_VERDICT_TRANSLATED);
    node.sweep(1000s);
    CHECK(node.log.size() == 2);
  }
}

TEST_CASE("the first block goes last") {
  Node node{config_of({})};
  // 300 mappings: the first block and an extension. Those of the extension stay, those of the first block end.
  std::vector<Endpoint> in_extension;
  for (unsigned i = 0; i < 300; ++i) {
    const auto decision = node.out(udp(on(alice, i)), 0s);
    if (decision.ticket != 1) in_extension.push_back(on(alice, i));
  }
  REQUIRE(in_extension.size() == 44);
  for (const auto& e : in_extension) node.sent(Proto::udp, e, 250s);
  node.sweep(302s);
  CHECK(node.kernel.size() == 44);
  node.sweep(540s);
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::held);
  node.sweep(552s);
  REQUIRE(node.kernel.empty());
  node.sweep(1154s);
  REQUIRE(node.translator.blocks(0, 10).size() == 1);
  CHECK(node.translator.blocks(0, 10).at(0).first);
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::lingering);
  node.sweep(1758s);
  CHECK(node.translator.blocks(0, 10).empty());
}

TEST_CASE("a block that the log refused rests, also from its own subscriber") {
  Node node{config_of({.ports = "1024-1535", .most_blocks = 1})};
  node.mood = LogMood::fails;
  CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_NO_JOURNAL);
  CHECK(node.verdict(udp(on(alice, 1)), 0s) == CGN_VERDICT_NO_JOURNAL);
  CHECK(node.log[0].event.ports != node.log[1].event.ports);
  node.mood = LogMood::answers;
  CHECK(node.verdict(udp(on(alice, 1)), 1s) == CGN_VERDICT_POOL_FULL);
  node.sweep(122s);
  CHECK(node.verdict(udp(on(alice, 1)), 122s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("while the log fails, one block at a time is risked on it") {
  Node node{config_of({.addresses = "203.0.113.0/28", .subscribers = 32})};
  node.mood = LogMood::silent;
  const auto first = node.out(udp(on(alice, 1)), 0s);
  const auto second = node.out(udp(on(bob, 1)), 0s);
  node.answer(first.ticket, false, 1s);
  CHECK(node.verdict(udp(on(carol, 1)), 1s) == CGN_VERDICT_NO_JOURNAL);  // the second is still out
  node.answer(second.ticket, false, 1s);
  const auto probe = node.out(udp(on(carol, 1)), 2s);
  CHECK(probe.verdict == CGN_VERDICT_HELD);
  CHECK(node.verdict(udp(on(alice, 1)), 2s) == CGN_VERDICT_NO_JOURNAL);
  node.answer(probe.ticket, true, 2s);
  CHECK(node.verdict(udp(on(alice, 1)), 2s) == CGN_VERDICT_HELD);
  CHECK(node.verdict(udp(on(bob, 1)), 2s) == CGN_VERDICT_HELD);
  CHECK(node.alarms.empty());
}

TEST_CASE("late and unknown answers of the log change nothing") {
  Node node{config_of({})};
  node.mood = LogMood::silent;
  const auto held = node.out(udp(on(alice, 1)), 0s);
  node.answer(held.ticket, false, 1s);
  node.answer(held.ticket, true, 2s);
  node.answer(999, true, 2s);
  node.answer_release(held.ticket, 2s);
  node.translator.release_unrecorded(held.ticket, at(2s));
  CHECK(node.kernel.empty());
  CHECK(node.translator.blocks(0, 10).empty());
  CHECK(node.released.size() == 1);
}

TEST_CASE("clearing a subscriber ends its mappings and gives its blocks back without linger") {
  Node node{config_of({})};
  for (unsigned i = 0; i < 300; ++i) (void)node.out(udp(on(alice, i)), 0s);
  (void)node.out(udp(on(bob, 1)), 0s);
  Effects effects;
  CHECK(node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(10s), effects) == 300);
  node.apply(effects, 10s);
  CHECK(node.kernel.size() == 1);
  CHECK(node.translator.blocks_of(alice).empty());
  CHECK_FALSE(node.live.at(alone(alice)));
  CHECK(node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(10s), effects) == 0);
}

TEST_CASE("ports rest also when a cleared subscriber comes home to its block", "[RFC6888-REQ-8]") {
  Node node{config_of(kOneBlock)};
  const auto filled = fill(node, alice, 0s).second;
  REQUIRE(filled == 256);
  Effects effects;
  (void)node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(10s), effects);
  node.apply(effects, 10s);
  CHECK(node.verdict(udp(on(alice, 9000)), 11s) == CGN_VERDICT_POOL_FULL);
  CHECK(node.verdict(syn(on(alice, 9000)), 11s) == CGN_VERDICT_TRANSLATED);  // home, by another protocol
  CHECK(node.translator.blocks_of(alice).at(0).resting_udp == 256);
  CHECK(node.verdict(udp(on(alice, 9000)), 12s) == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.verdict(udp(on(alice, 5)), 12s) == CGN_VERDICT_TRANSLATED);  // the endpoint that had its port
  node.sweep(132s);
  CHECK(node.verdict(udp(on(alice, 9000)), 132s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a home on another address than the subscriber's present one is no home", "[RFC6888-REQ-2]") {
  Node node{
      config_of({.addresses = "203.0.113.10/31", .ports = "1024-1025", .block = 2, .extension = 2, .most_blocks = 1})};
  const auto clear = [&](Duration t) {
    Effects effects;
    (void)node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(t), effects);
    node.apply(effects, t);
  };
  const auto first = node.out(udp(on(alice, 1)), 0s).mapping->external.address;
  (void)node.out(udp(on(alice, 2)), 0s);
  clear(1s);  // the first home rests, and so do all its UDP ports
  const auto second = node.out(udp(on(alice, 3)), 2s);
  REQUIRE(second.verdict == CGN_VERDICT_TRANSLATED);
  REQUIRE(second.mapping->external.address != first);
  node.mood = LogMood::silent;
  clear(3s);  // and the second is on its way back
  CHECK(node.verdict(syn(on(alice, 4)), 4s) == CGN_VERDICT_POOL_FULL);
}

TEST_CASE("a block whose ports rest longer than itself waits for them", "[RFC6888-REQ-8]") {
  auto config = config_of(kOneBlock);
  config.pools.front().port_hold_down = 600s;
  Node node{config};
  (void)node.out(udp(on(alice, 1)), 0s);
  Effects effects;
  (void)node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(10s), effects);
  node.apply(effects, 10s);
  node.sweep(140s);
  CHECK(node.verdict(udp(on(bob, 1)), 140s) == CGN_VERDICT_POOL_FULL);
  node.sweep(612s);
  CHECK(node.verdict(udp(on(bob, 1)), 612s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("pools and subscribers are shown as they are") {
  Node node{config_of({})};
  for (unsigned i = 0; i < 300; ++i) (void)node.out(udp(on(alice, i)), 0s);
  (void)node.out(ping(on(alice, 1)), 0s);
  const auto pool = node.translator.pools().at(0);
  CHECK(pool.first_blocks == 2);
  CHECK(pool.extension_blocks == 4);
  CHECK(pool.first_held == 1);
  CHECK(pool.extension_held == 1);
  CHECK(pool.subscribers == 1);
  const auto view = node.translator.subscriber(alice).value();
  CHECK(view.blocks == 2);
  CHECK(view.udp == 300);
  CHECK(view.icmp == 1);
  CHECK(node.translator.subscriber(bob)->blocks == 0);
  CHECK_FALSE(node.translator.subscriber(Host{ip("192.0.2.1")}));
  CHECK(node.translator.mapping_count() == 301);
  CHECK(node.translator.mapping_count(Proto::icmp) == 1);
  const auto first = node.translator.blocks(0, 1);
  REQUIRE(first.size() == 1);
  CHECK(node.translator.blocks(first[0].ticket, 10).size() == 1);
}

}  // namespace
}  // namespace cgn::core::test
