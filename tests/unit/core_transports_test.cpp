// SPDX-License-Identifier: Apache-2.0
// UDP-Lite, DCCP and SCTP: memory for those who use them, lives of their own, and SCTP ports that are kept or refused.
#include <catch2/catch.hpp>

#include <set>

#include "core/port_block.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

Flow of(Proto proto, InternalEndpoint internal) {
  return {.proto = proto, .internal = internal, .remote = server, .tcp = {}};
}
Flow sctp(InternalEndpoint internal) { return of(Proto::sctp, internal); }

// 1024-1535 are two first blocks, 1536-2047 four extensions.
Node two_subscribers() { return Node{config_of({})}; }

TEST_CASE("a block of who never uses the rare protocols holds no memory for them") {
  Random random{7};
  PortBlock block{{Port{1024}, Port{1535}}};
  for (const auto proto : {Proto::tcp, Proto::udp, Proto::icmp}) REQUIRE(block.take(proto, random));
  const auto common = block.memory();
  CHECK(common == 3 * 512 / 8);
  for (const auto proto : {Proto::udplite, Proto::dccp, Proto::sctp}) {
    CHECK(block.free(proto) == 512);
    CHECK_FALSE(block.taken(proto, Port{1024}));
    block.each_taken(proto, [](Port) { FAIL("nothing is taken"); });
  }
  CHECK(block.memory() == common);
  block.rest_free_ports();
  block.end_rest_of_free_ports();
  CHECK(block.memory() == common);
  CHECK(block.free(Proto::sctp) == 512);
  REQUIRE(block.take(Proto::udplite, random));
  CHECK(block.memory() == common + 512 / 8);
}

TEST_CASE("after a restart the ports of protocols without a bitmap rest as all others do", "[RFC6888-REQ-8]") {
  Random random{7};
  PortBlock block{{Port{2000}, Port{2099}}};
  REQUIRE(block.take(Proto::dccp, Port{2050}));
  block.rest_free_ports();
  CHECK(block.taken(Proto::sctp, Port{2050}));
  CHECK_FALSE(block.take(Proto::sctp, Port{2050}));
  CHECK_FALSE(block.take(Proto::sctp, random));
  CHECK(block.resting(Proto::sctp) == 100);
  CHECK(block.resting(Proto::dccp) == 99);
  block.end_rest_of_free_ports();
  CHECK(block.free(Proto::dccp) == 99);
  CHECK(block.take(Proto::sctp, Port{2050}));
}

TEST_CASE("each protocol has the ports of the block for itself", "[RFC6888-REQ-1]") {
  auto node = two_subscribers();
  const auto e = on(alice, 1030);
  std::set<Ipv4> addresses;
  for (const auto proto : kProtos) {
    auto flow = of(proto, e);
    flow.tcp.syn = proto == Proto::tcp;
    const auto decision = node.out(flow, 0s);
    if (proto == Proto::sctp && decision.verdict == CGN_VERDICT_SCTP_PORT) continue;
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    addresses.insert(decision.mapping->external.address);
    CHECK(node.translator.mapping_count(proto) == 1);
  }
  CHECK(addresses.size() == 1);
}

TEST_CASE("idle UDP-Lite ends as UDP does", "[RFC4787-REQ-5]") {
  auto node = two_subscribers();
  const auto e = on(alice, 5000);
  (void)node.out(of(Proto::udplite, e), 0s);
  node.received(Proto::udplite, e, 299s);
  node.sweep(300s);
  CHECK(node.installed(Proto::udplite, e));
  node.sweep(302s);
  CHECK_FALSE(node.installed(Proto::udplite, e));
}

TEST_CASE("a DCCP connection that nobody answers ends after 4 minutes, one that lives after 124 of silence",
          "[RFC5597-REQ-5]") {
  auto node = two_subscribers();
  const auto e = on(alice, 5000);
  (void)node.out(of(Proto::dccp, e), 0s);
  node.sweep(240s);
  REQUIRE(node.installed(Proto::dccp, e));
  SECTION("no answer") {
    node.sweep(242s);
    CHECK_FALSE(node.installed(Proto::dccp, e));
  }
  SECTION("an answer") {
    node.received(Proto::dccp, e, 240s);
    node.sent(Proto::dccp, e, 240s);
    node.sweep(7680s);
    CHECK(node.installed(Proto::dccp, e));
    node.sweep(7682s);
    CHECK_FALSE(node.installed(Proto::dccp, e));
  }
  SECTION("strangers do not hold it for ever") {
    for (auto t = 200s; t < 7400s; t += 200s) {
      node.received(Proto::dccp, e, t);
      node.sweep(t);
    }
    node.received(Proto::dccp, e, 7440s);
    node.sweep(7442s);
    CHECK_FALSE(node.installed(Proto::dccp, e));
  }
}

TEST_CASE("an idle SCTP association lives 300 s, however short UDP's timer is") {
  auto config = config_of({});
  config.timeouts.udp = 120s;
  Node node{config};
  const auto e = on(alice, 1030);
  REQUIRE(node.out(sctp(e), 0s).verdict == CGN_VERDICT_TRANSLATED);
  node.sweep(300s);
  CHECK(node.installed(Proto::sctp, e));
  node.sweep(302s);
  CHECK_FALSE(node.installed(Proto::sctp, e));
}

TEST_CASE("SCTP keeps its port: the subscriber's first block is one that holds it") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    Node node{config_of({}), seed};
    const auto first = node.out(sctp(on(alice, 1300)), 0s);
    REQUIRE(first.verdict == CGN_VERDICT_TRANSLATED);
    CHECK(first.mapping->external.port == Port{1300});
    CHECK(node.translator.blocks_of(alice).size() == 1);
    // The same block serves whatever else comes.
    const auto other = node.out(udp(on(alice, 5000)), 0s);
    CHECK(node.translator.blocks_of(alice).at(0).ports.contains(other.mapping->external.port));
    CHECK(node.out(sctp(on(alice, 1279)), 0s).verdict == CGN_VERDICT_SCTP_PORT);
  }
}

TEST_CASE("SCTP keeps its port by an extension that holds it, lent before the packet leaves", "[RFC6888-REQ-14]") {
  auto node = two_subscribers();
  SECTION("the subscriber has a block") { REQUIRE(node.verdict(udp(on(alice, 5000)), 0s) == CGN_VERDICT_TRANSLATED); }
  SECTION("the subscriber has none yet") {}
  node.mood = LogMood::silent;
  const auto held = node.out(sctp(on(alice, 1700)), 0s);
  REQUIRE(held.verdict == CGN_VERDICT_HELD);
  CHECK_FALSE(node.installed(Proto::sctp, on(alice, 1700)));
  CHECK(node.verdict(sctp(on(alice, 1701)), 0s) == CGN_VERDICT_HELD);
  const auto rows = node.log;
  for (const auto& row : rows) node.answer(row.ticket, true, 1s);
  CHECK(node.installed(Proto::sctp, on(alice, 1700)));
  const auto blocks = node.translator.blocks_of(alice);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks.at(0).first);
  CHECK_FALSE(blocks.at(1).first);
  CHECK(blocks.at(1).ports == PortRange{Port{1664}, Port{1791}});
  CHECK(blocks.at(1).used_other == 2);
  CHECK(node.translator.find_internal(Proto::sctp, on(alice, 1701))->external.port == Port{1701});
  CHECK(node.translator.subscriber(alice)->other == 2);
}

TEST_CASE("SCTP whose port cannot be kept is refused, and harms nobody", "[RFC6888-REQ-1]") {
  auto node = two_subscribers();
  REQUIRE(node.verdict(sctp(on(alice, 1700)), 0s) == CGN_VERDICT_TRANSLATED);
  REQUIRE(node.verdict(udp(on(bob, 5000)), 0s) == CGN_VERDICT_TRANSLATED);
  SECTION("another subscriber of the address has the block") {
    CHECK(node.verdict(sctp(on(bob, 1700)), 0s) == CGN_VERDICT_SCTP_PORT);
    CHECK(node.verdict(sctp(on(bob, 1701)), 0s) == CGN_VERDICT_SCTP_PORT);
    REQUIRE_FALSE(node.alarms.empty());
    CHECK(node.alarms.back().reason == CGN_VERDICT_SCTP_PORT);
  }
  SECTION("a first block, which is promised to another, is not lent for it") {
    const auto own = node.translator.blocks_of(bob).at(0).ports;
    const unsigned foreign = own.contains(Port{1030}) ? 1300 : 1030;
    CHECK(node.verdict(sctp(on(bob, foreign)), 0s) == CGN_VERDICT_SCTP_PORT);
  }
  SECTION("outside the pool's ports") {
    CHECK(node.verdict(sctp(on(bob, 1023)), 0s) == CGN_VERDICT_SCTP_PORT);
    CHECK(node.verdict(sctp(on(bob, 0)), 0s) == CGN_VERDICT_SCTP_PORT);
    CHECK(node.verdict(sctp(on(bob, 3868)), 0s) == CGN_VERDICT_SCTP_PORT);
  }
  SECTION("the subscriber has all the blocks that it may have") {
    REQUIRE(node.verdict(sctp(on(alice, 1800)), 0s) == CGN_VERDICT_TRANSLATED);
    CHECK(node.verdict(sctp(on(alice, 2000)), 0s) == CGN_VERDICT_SCTP_PORT);
  }
  CHECK(node.translator.blocks_of(bob).size() == 1);
  CHECK(node.installed(Proto::sctp, on(alice, 1700)));
}

TEST_CASE("who is refused an SCTP port that no block of his can hold is lent none for it") {
  Node node{config_of({.ports = "1024-1535", .subscribers = 2})};
  REQUIRE(node.verdict(sctp(on(alice, 1030)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(sctp(on(bob, 1040)), 0s) == CGN_VERDICT_SCTP_PORT);
  CHECK(node.translator.blocks_of(bob).empty());
}

TEST_CASE("an SCTP port rests before another host of the subscriber gets it, and its own has it at once",
          "[RFC6888-REQ-8]") {
  auto config = config_of({});
  config.rules.front().subscriber_prefix_length = 24;
  Node node{config};
  REQUIRE(node.verdict(sctp(on(alice, 1700)), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(sctp(on(bob, 1700)), 0s) == CGN_VERDICT_SCTP_PORT);
  node.sweep(302s);
  REQUIRE_FALSE(node.installed(Proto::sctp, on(alice, 1700)));
  CHECK(node.verdict(sctp(on(bob, 1700)), 302s) == CGN_VERDICT_SCTP_PORT);
  SECTION("its own") { CHECK(node.verdict(sctp(on(alice, 1700)), 303s) == CGN_VERDICT_TRANSLATED); }
  SECTION("another, after the rest") {
    node.sweep(424s);
    CHECK(node.verdict(sctp(on(bob, 1700)), 424s) == CGN_VERDICT_TRANSLATED);
  }
}

TEST_CASE("an arbitrary pool keeps an SCTP port on another of its addresses") {
  auto config = config_of({.addresses = "203.0.113.0/28", .subscribers = 32});
  config.pools.front().pooling = config::Pooling::arbitrary;
  config.rules.front().subscriber_prefix_length = 24;
  Node node{config};
  REQUIRE(node.verdict(sctp(on(alice, 1700)), 0s) == CGN_VERDICT_TRANSLATED);
  const auto decision = node.out(sctp(on(bob, 1700)), 0s);
  REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(decision.mapping->external.port == Port{1700});
  CHECK(decision.mapping->external.address !=
        node.translator.find_internal(Proto::sctp, on(alice, 1700))->external.address);
}

}  // namespace
}  // namespace cgn::core::test
