// SPDX-License-Identifier: Apache-2.0
// Computed blocks: whose they are, that no row tells of them, and what a change of parameters does.
#include <catch2/catch.hpp>

#include "config/deterministic.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

// Four subscribers on two addresses, 100 ports each, and 56 ports of each address for overflow.
config::Config computed(const char* internal = "100.64.0.4/30") {
  auto c = config_of({.addresses = "203.0.113.10/31", .ports = "2000-2255", .block = 100, .extension = 28});
  c.rules.front().internal = {prefix(internal)};
  auto& pool = c.pools.front();
  pool.allocation = config::Allocation::deterministic;
  pool.max_subscribers = 0;
  config::Complaints complaints;
  config::settle_deterministic(c, complaints);
  REQUIRE(complaints.empty());
  return c;
}

const Host first{ip("100.64.0.4")}, second{ip("100.64.0.5")}, third{ip("100.64.0.6")}, fourth{ip("100.64.0.7")};

DeterministicPlan plan_of(const config::Config& c) { return DeterministicPlan{config::parameters_of(c).at(0)}; }

std::pair<Verdict, unsigned> fill(Node& node, Host who, Duration t) {
  for (unsigned i = 0;; ++i) {
    const auto v = node.verdict(udp(on(who, i)), t);
    if (v != CGN_VERDICT_TRANSLATED) return {v, i};
  }
}

TEST_CASE("a first block is computed, and no row tells of it", "[RFC7422]") {
  Node node{computed()};
  node.mood = LogMood::fails;  // it is not asked
  const auto out = node.out(udp(on(third, 5000)), 0s);
  CHECK(out.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(out.mapping->external.address == ip("203.0.113.10"));
  CHECK(out.mapping->external.port >= Port{2100});
  CHECK(out.mapping->external.port <= Port{2199});
  CHECK(node.out(udp(on(fourth, 5000)), 0s).mapping->external.address == ip("203.0.113.11"));
  CHECK(node.log.empty());
  CHECK(node.live.at(alone(third)));
  const auto block = node.translator.blocks_of(third).at(0);
  CHECK(block.computed);
  CHECK(block.first);
  CHECK(block.ports == parse_port_range("2100-2199").value());
}

TEST_CASE("the same address in two realms computes two blocks, and a row names the realm of its overflow",
          "[RFC7422]") {
  auto c = computed("100.64.0.4/31");
  constexpr RealmId kEast{2};
  c.realms = {{.name = "east", .id = kEast, .interfaces = {}, .route_by = "by-east", .place = {}}};
  c.rules.push_back(c.rules.front());
  c.rules.back().realm = kEast;
  c.pools.front().max_subscribers = 0;
  config::Complaints complaints;
  config::settle_deterministic(c, complaints);
  REQUIRE(complaints.empty());
  Node node{c};
  const Host namesake{first.address, kEast};
  const auto here = node.out(udp(on(first, 1)), 0s).mapping->external;
  const auto there = node.out(udp(on(namesake, 1)), 0s).mapping->external;
  CHECK(here.address == ip("203.0.113.10"));
  CHECK(here.port < Port{2100});
  CHECK(there.address == ip("203.0.113.10"));
  CHECK(there.port >= Port{2100});
  CHECK(there.port < Port{2200});
  CHECK(node.log.empty());
  CHECK(plan_of(c).forward("east", first.address)->ports.contains(there.port));
  (void)fill(node, namesake, 1s);
  REQUIRE(!node.log.empty());
  CHECK(node.log.front().event.realm == "east");
  Effects effects;
  CHECK(node.translator.end_customer(alone(namesake), at(2s), effects) > 100);
  node.apply(effects, 2s);
  CHECK(node.translator.find_internal(Proto::udp, on(first, 1))->external == here);
}

TEST_CASE("it is shown before it is used, too", "[RFC7422]") {
  Node node{computed()};
  const auto blocks = node.translator.blocks_of(second);
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].computed);
  CHECK(blocks[0].external == ip("203.0.113.11"));
  CHECK(blocks[0].ports == parse_port_range("2000-2099").value());
  CHECK(node.translator.subscriber(second)->external == ip("203.0.113.11"));
  CHECK(node.translator.pools().at(0).ratio == 2);
}

TEST_CASE("it is never given up, and its ports rest as usual", "[RFC7422][RFC6888-REQ-8]") {
  Node node{computed()};
  const auto port = node.out(udp(on(first, 1)), 0s).mapping->external;
  node.sweep(302s);
  REQUIRE(node.kernel.empty());
  CHECK(node.translator.blocks(0, 10).at(0).resting_udp == 1);
  node.sweep(5000s);
  CHECK(node.log.empty());
  CHECK(node.translator.blocks(0, 10).at(0).state == BlockState::held);
  CHECK(node.translator.blocks(0, 10).at(0).resting_udp == 0);
  CHECK(node.live.at(alone(first)));
  CHECK(node.out(udp(on(first, 1)), 5001s).mapping->external.address == port.address);
}

TEST_CASE("another customer behind its address waits for a computed block, of whose end no row tells",
          "[RFC7422][RFC6888-REQ-8]") {
  Node node{computed()};
  const auto former = node.out(udp(on(first, 1)), 0s).mapping->external;
  Effects effects;
  CHECK(node.translator.end_customer(alone(first), at(10s), effects) == 1);
  node.apply(effects, 10s);
  CHECK(node.kernel.empty());
  CHECK(node.log.empty());
  const auto next = node.out(udp(on(first, 1)), 11s);
  REQUIRE(next.verdict == CGN_VERDICT_TRANSLATED);
  CHECK_FALSE(next.known);
  CHECK(next.mapping->external.address == former.address);
  CHECK(next.mapping->external.port >= Port{2200});  // overflow, with a row
  REQUIRE(node.log.size() == 1);
  CHECK(node.log.back().event.kind == BlockEventKind::allocated);
  // All of the overflow and no more, until the rest is over.
  CHECK(fill(node, first, 12s) == std::pair{CGN_VERDICT_POOL_FULL, 28U + 28U});
  node.sweep(131s);
  CHECK(node.out(udp(on(first, 200)), 131s).mapping->external.port <= Port{2099});
}

TEST_CASE("overflow is lent from the rest of the same address, and logged", "[RFC7422][RFC6888-REQ-4]") {
  Node node{computed()};
  CHECK(fill(node, first, 0s) == std::pair{CGN_VERDICT_BLOCK_LIMIT, 100U + 28U + 28U});
  REQUIRE(node.log.size() == 2);
  for (const auto& row : node.log) {
    CHECK(row.event.kind == BlockEventKind::allocated);
    CHECK(row.event.external == ip("203.0.113.10"));
    CHECK(row.event.ports.first >= Port{2200});
  }
  // Its neighbour on the address finds no overflow, and has its own block all the same.
  CHECK(fill(node, third, 1s) == std::pair{CGN_VERDICT_POOL_FULL, 100U});
  node.sweep(400s);
  node.sweep(1100s);
  CHECK(node.log.size() == 4);  // both extensions went back
  CHECK(node.translator.blocks(0, 10).size() == 2);
}

TEST_CASE("no packet of an extension goes before its row, computed blocks beside it or not") {
  Node node{computed()};
  for (unsigned i = 0; i < 100; ++i) REQUIRE(node.verdict(udp(on(first, i)), 0s) == CGN_VERDICT_TRANSLATED);
  node.mood = LogMood::silent;
  CHECK(node.verdict(udp(on(first, 100)), 0s) == CGN_VERDICT_HELD);
  CHECK(node.installs == 100);
  node.answer(node.log.at(0).ticket, false, 1s);
  CHECK(node.verdict(udp(on(second, 1)), 1s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("the limit of blocks counts the computed one") {
  auto c = computed();
  c.pools.front().max_blocks_per_subscriber = 1;
  Node node{c};
  CHECK(fill(node, first, 0s) == std::pair{CGN_VERDICT_BLOCK_LIMIT, 100U});
}

TEST_CASE("clearing a subscriber ends its mappings and leaves its computed block") {
  Node node{computed()};
  (void)node.out(udp(on(first, 1)), 0s);
  Effects effects;
  CHECK(node.translator.clear_subscriber(alone(first), at(1s), effects) == 1);
  node.apply(effects, 1s);
  CHECK(node.kernel.empty());
  CHECK(node.log.empty());
  CHECK(node.translator.blocks(0, 10).size() == 1);
}

TEST_CASE("an SCTP port is kept inside the computed block or an extension, and nowhere else") {
  Node node{computed()};
  const auto sctp = [](Host who, unsigned port) {
    return Flow{.proto = Proto::sctp, .internal = on(who, port), .remote = server, .tcp = {}};
  };
  CHECK(node.verdict(sctp(first, 2050), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(sctp(first, 2150), 0s) == CGN_VERDICT_SCTP_PORT);  // the third's
  CHECK(node.log.empty());
  CHECK(node.verdict(sctp(first, 2210), 0s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.log.size() == 1);
}

TEST_CASE("a wider subscriber has one block for all its addresses", "[RFC7422]") {
  auto c = computed();
  c.rules.front().internal = {prefix("100.64.0.0/28")};
  c.rules.front().subscriber_prefix_length = 30;
  Node node{c};
  const auto a = node.out(udp(on(ip("100.64.0.5"), 1)), 0s).mapping->external;
  const auto b = node.out(udp(on(ip("100.64.0.6"), 1)), 0s).mapping->external;
  CHECK(a.address == b.address);
  CHECK(node.translator.blocks(0, 10).size() == 1);
  CHECK(node.translator.blocks(0, 10).at(0).subscriber == SubscriberId{prefix("100.64.0.4/30"), kDefaultRealm});
}

// --- restarts ----------------------------------------------------------------------------------------------------------

// What a crash leaves of one node, taken over by another.
struct Restart {
  explicit Restart(const config::Config& then, const config::Config& now) : before{then}, after{now, 2} {}
  Node before, after;
  std::size_t kept = 0, ended = 0;

  void adopt(Duration t, Translator::Rests rests = Translator::Rests::told,
             const std::optional<DeterministicPlan>& former = {}) {
    for (const auto& row : before.log) {
      const auto& e = row.event;
      (void)after.translator.adopt_block({e.subscriber, e.realm, e.external, e.ports, e.pool, e.allocated_at}, at(t));
    }
    if (former) after.translator.rest_former(*former, at(t).mono, 120s);
    for (const auto& [key, entry] : before.kernel) {
      const bool fits = after.translator.adopt_mapping(entry.mapping, entry.seen, at(t));
      ++(fits ? kept : ended);
      if (fits) after.kernel.insert_or_assign(key, entry);
    }
    Effects effects;
    after.translator.finish_adoption(at(t), effects, rests);
    after.apply(effects, t);
  }
};

TEST_CASE("after a crash the mappings of computed blocks go on without a row", "[RFC7422]") {
  Restart r{computed(), computed()};
  const auto external = r.before.out(udp(on(third, 5000)), 0s).mapping->external;
  r.adopt(10s);
  CHECK(r.kept == 1);
  CHECK(r.after.log.empty());
  CHECK(r.after.translator.find_internal(Proto::udp, on(third, 5000))->external == external);
  CHECK(r.after.live.at(alone(third)));
  CHECK(r.after.translator.blocks(0, 10).at(0).computed);
}

TEST_CASE("a port of a computed block that was freed before the crash rests on") {
  Restart r{computed(), computed()};
  r.after.translator.rest_port({Proto::udp, on(first, 1), endpoint("203.0.113.10:2001")}, at(0s).mono);
  r.adopt(10s);
  CHECK(r.after.translator.blocks(0, 10).at(0).resting_udp == 1);
  r.after.sweep(121s);
  CHECK(r.after.translator.blocks(0, 10).at(0).resting_udp == 0);
}

TEST_CASE("when nobody knows which ports rest, all of a computed block do, and extensions serve") {
  Restart r{computed(), computed()};
  r.adopt(10s, Translator::Rests::unknown);
  CHECK(r.after.out(udp(on(first, 1)), 20s).mapping->external.port >= Port{2200});
  CHECK(r.after.log.size() == 1);
  r.after.sweep(131s);
  CHECK(r.after.translator.blocks(0, 10).at(0).resting_udp == 0);
  for (unsigned i = 2; i < 29; ++i) (void)r.after.out(udp(on(first, i)), 131s);
  CHECK(r.after.out(udp(on(first, 100)), 131s).mapping->external.port < Port{2100});
  // Nobody was there before: nothing rests.
  CHECK(r.after.out(udp(on(second, 1)), 131s).mapping->external.port < Port{2100});
}

TEST_CASE("a mapping in another's computed block is refused, and so is an extension off its address") {
  const auto old = computed();
  // The same pool for other subscribers: every computed holder changes.
  const auto now = computed("100.64.0.5/32");
  Restart r{old, now};
  (void)fill(r.before, second, 0s);  // on .11, and two extensions there
  REQUIRE(r.before.log.size() == 2);
  r.adopt(10s, Translator::Rests::told, plan_of(old));
  CHECK(r.kept == 0);
  CHECK(r.ended == 156);
  CHECK(r.after.translator.blocks(0, 10).empty());
}

TEST_CASE("where the computed holder changes the block rests 120 s, and extensions serve meanwhile",
          "[RFC6888-REQ-8]") {
  const auto old = computed();
  const auto now = computed("100.64.0.5/32");  // now number 0: 203.0.113.10, 2000-2099, which was the first's
  Restart r{old, now};
  r.adopt(10s, Translator::Rests::told, plan_of(old));
  const auto meanwhile = r.after.out(udp(on(second, 1)), 11s).mapping->external;
  CHECK(meanwhile.address == ip("203.0.113.10"));
  CHECK(meanwhile.port >= Port{2100});  // one subscriber on two addresses: all behind 2099 is overflow
  REQUIRE(r.after.log.size() == 1);
  CHECK(r.after.log[0].event.kind == BlockEventKind::allocated);
  // What was the third's computed block rests as well, extension or not.
  CHECK(r.after.log[0].event.ports.first >= Port{2200});
  r.after.sweep(129s);
  CHECK(r.after.translator.blocks(0, 10).size() == 1);
  r.after.sweep(131s);
  for (unsigned i = 2; i < 40; ++i) (void)r.after.out(udp(on(second, i)), 131s);
  const auto blocks = r.after.translator.blocks(0, 10);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[1].computed);
  CHECK(blocks[1].ports == parse_port_range("2000-2099").value());
}

TEST_CASE("who keeps its block over a change of parameters keeps its mappings") {
  const auto old = computed("100.64.0.4/31");
  auto now = computed();
  auto then = old;
  then.pools.front().max_subscribers = now.pools.front().max_subscribers;  // room for growth was planned
  Restart r{then, now};
  const auto external = r.before.out(udp(on(second, 1)), 0s).mapping->external;
  r.adopt(10s, Translator::Rests::told, plan_of(then));
  CHECK(r.kept == 1);
  CHECK(r.after.out(udp(on(second, 1)), 11s).mapping->external == external);
  CHECK(r.after.out(udp(on(fourth, 1)), 11s).mapping->external.port >= Port{2100});
  CHECK(r.after.log.empty());
}

TEST_CASE("in a pool that is dynamic again a computed block rests for all but who had it", "[RFC6888-REQ-8]") {
  const auto old = computed();
  auto now = computed();
  now.pools.front().allocation = config::Allocation::dynamic;
  Restart r{old, now};
  (void)r.before.out(udp(on(first, 1)), 0s);
  r.adopt(10s, Translator::Rests::told, plan_of(old));
  CHECK(r.ended == 1);  // no row shows its block open
  const auto home = r.after.out(udp(on(third, 1)), 11s).mapping->external;
  CHECK(home.address == ip("203.0.113.10"));
  CHECK(home.port >= Port{2100});
  CHECK(home.port <= Port{2199});
  CHECK(r.after.log.size() == 1);
}

TEST_CASE("a lent block where one is computed now is given up and rests") {
  auto old = computed();
  old.pools.front().allocation = config::Allocation::dynamic;
  Restart r{old, computed()};
  (void)r.before.out(udp(on(first, 1)), 0s);
  const auto lent = r.before.log.at(0).event;
  r.adopt(10s);
  CHECK(r.kept == 0);
  // Whoever it is computed for now is served by an extension until it has rested.
  const auto holder = plan_of(computed()).reverse({lent.external, lent.ports.first}).block.value().subscriber.address();
  CHECK(r.after.out(udp(on(holder, 1)), 11s).mapping->external.port >= Port{2200});
}

}  // namespace
}  // namespace cgn::core::test
