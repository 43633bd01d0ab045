// SPDX-License-Identifier: Apache-2.0
// After a restart: what is taken over, what is refused, what rests.
#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

OpenBlock open_block(const Node& node, std::size_t row = 0) {
  const auto& e = node.log.at(row).event;
  return {e.subscriber, e.realm, e.external, e.ports, e.pool, e.allocated_at};
}

void finish(Node& node, Duration t) {
  Effects effects;
  node.translator.finish_adoption(at(t), effects);
  node.apply(effects, t);
}

// A node with one mapping of alice's, and another daemon's life after it with the same config.
struct Restart {
  Node before{config_of({})};
  Node after{config_of({}), 2};
  InternalEndpoint e = on(alice, 5000);
  MappingView mapping = before.out(udp(e), 0s).mapping.value();

  void adopt(Duration t) {
    REQUIRE(after.translator.adopt_block(open_block(before), at(t)));
    for (const auto& [key, entry] : before.kernel) {
      REQUIRE(after.translator.adopt_mapping(entry.mapping, entry.seen, at(t)));
      after.kernel.insert_or_assign(key, entry);
    }
    finish(after, t);
    // The entries name the old daemon's ids; the hands find them by their keys.
    for (auto& [key, entry] : after.kernel) {
      entry.mapping = after.translator.find_internal(key.first, key.second).value();
    }
  }
};

TEST_CASE("adopted mappings go on, adopted blocks are said to be continued") {
  Restart r;
  r.adopt(100s);
  CHECK(r.after.translator.find_internal(Proto::udp, r.e)->external == r.mapping.external);
  CHECK(r.after.verdict(udp(r.e), 101s) == CGN_VERDICT_TRANSLATED);
  REQUIRE(r.after.log.size() == 1);
  CHECK(r.after.log[0].event.kind == BlockEventKind::continued);
  CHECK(r.after.log[0].event.allocated_at == r.before.log[0].event.allocated_at);
  CHECK(r.after.live.at(alone(alice)));
  CHECK(r.after.installs == 0);
  const auto view = r.after.translator.subscriber(alice).value();
  CHECK(view.udp == 1);
  CHECK(view.external == r.mapping.external.address);
  r.after.sweep(300s);
  CHECK(r.after.installed(Proto::udp, r.e));
  r.after.sweep(302s);
  CHECK_FALSE(r.after.installed(Proto::udp, r.e));
}

TEST_CASE("free ports of adopted blocks rest anew for 120 s, in every protocol", "[RFC6888-REQ-8]") {
  Restart r;
  r.adopt(100s);
  const auto flow = GENERATE(udp(on(alice, 1)), syn(on(alice, 1)), ping(on(alice, 1)));
  const auto extension = r.after.out(flow, 101s);
  CHECK(extension.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(extension.mapping->external.address == r.mapping.external.address);
  CHECK_FALSE(r.after.translator.blocks_of(alice).at(1).first);
  r.after.sweep(222s);
  CHECK(r.after.translator.blocks_of(alice).at(0).resting_udp == 0);
  auto another = flow;
  another.internal = on(alice, 2);
  CHECK(r.after.out(another, 222s).ticket == r.after.translator.blocks_of(alice).at(0).ticket);
}

TEST_CASE("an adopted block without mappings lingers and goes back") {
  Restart r;
  r.before.kernel.clear();
  r.adopt(100s);
  CHECK(r.after.translator.blocks_of(alice).at(0).state == BlockState::lingering);
  r.after.sweep(702s);
  CHECK(r.after.log.back().event.kind == BlockEventKind::released);
  CHECK(r.after.translator.subscriber_count() == 0);
}

TEST_CASE("an extension lent while the first block lingers keeps the first block") {
  Restart r;
  r.before.kernel.clear();
  r.adopt(100s);
  REQUIRE(r.after.verdict(udp(r.e), 101s) == CGN_VERDICT_TRANSLATED);  // the first block's ports rest anew
  for (Duration t = 200s; t <= 800s; t += 100s) {
    r.after.sent(Proto::udp, r.e, t);
    r.after.sweep(t);
  }
  REQUIRE(r.after.translator.blocks_of(alice).size() == 2);
  CHECK(r.after.translator.blocks_of(alice).at(0).state == BlockState::held);
}

TEST_CASE("a block that does not fit today's config is refused, and its ports rest") {
  Restart r;
  auto block = open_block(r.before);
  SECTION("other subscriber prefix") { block.subscriber = prefix("100.64.0.0/29"); }
  SECTION("no rule") { block.subscriber = prefix("192.0.2.1"); }
  SECTION("other pool") { block.pool = "business"; }
  SECTION("other cut") { block.ports.first = Port{static_cast<std::uint16_t>(block.ports.first.value() + 1)}; }
  CHECK_FALSE(r.after.translator.adopt_block(block, at(100s)));
  CHECK_FALSE(r.after.translator.adopt_mapping(r.mapping, {}, at(100s)));
  finish(r.after, 100s);
  CHECK(r.after.log.empty());
  CHECK(r.after.translator.pools().at(0).first_resting == 1);
  CHECK(r.after.verdict(udp(on(bob, 1)), 100s) == CGN_VERDICT_TRANSLATED);
  CHECK(r.after.verdict(udp(on(carol, 1)), 100s) == CGN_VERDICT_POOL_FULL);
  r.after.sweep(222s);
  CHECK(r.after.verdict(udp(on(carol, 1)), 222s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a block of a pool's former address is refused") {
  Restart r;
  auto block = open_block(r.before);
  block.external = ip("203.0.113.99");
  CHECK_FALSE(r.after.translator.adopt_block(block, at(0s)));
}

TEST_CASE("two blocks of one subscriber on two addresses break pairing: the second is refused", "[RFC6888-REQ-2]") {
  Node node{config_of({.addresses = "203.0.113.0/31", .subscribers = 4})};
  OpenBlock block{Prefix::of(alice, 32), {}, ip("203.0.113.0"), parse_port_range("1024-1279").value(),
                  "residential",         {}};
  CHECK(node.translator.adopt_block(block, at(0s)));
  CHECK(node.translator.adopt_block(block, at(0s)));  // the same row twice is the same block
  block.external = ip("203.0.113.1");
  CHECK_FALSE(node.translator.adopt_block(block, at(0s)));
  block.external = ip("203.0.113.0");
  block.subscriber = Prefix::of(bob, 32);
  CHECK_FALSE(node.translator.adopt_block(block, at(0s)));
  CHECK(node.translator.blocks(0, 10).size() == 1);
}

TEST_CASE("a mapping is adopted only in a block of its own subscriber, and once") {
  Restart r;
  REQUIRE(r.after.translator.adopt_block(open_block(r.before), at(0s)));
  auto m = r.mapping;
  SECTION("another subscriber's") {
    m.internal.address = bob;
    CHECK_FALSE(r.after.translator.adopt_mapping(m, {}, at(0s)));
  }
  SECTION("outside of every block") {
    m.external.port = Port{2040};
    CHECK_FALSE(r.after.translator.adopt_mapping(m, {}, at(0s)));
    m.external.port = Port{80};
    CHECK_FALSE(r.after.translator.adopt_mapping(m, {}, at(0s)));
  }
  SECTION("twice") {
    CHECK(r.after.translator.adopt_mapping(m, {}, at(0s)));
    CHECK_FALSE(r.after.translator.adopt_mapping(m, {}, at(0s)));
    m.internal.port = Port{1};
    CHECK_FALSE(r.after.translator.adopt_mapping(m, {}, at(0s)));
  }
}

TEST_CASE("a block released before the restart rests what is left of its 120 s", "[RFC6888-REQ-8]") {
  Node node{config_of({.ports = "1024-1279", .most_blocks = 1, .subscribers = 1})};
  const auto ports = parse_port_range("1024-1279").value();
  node.translator.rest_block(ip("203.0.113.10"), ports, at(40s).mono);
  node.translator.rest_block(ip("203.0.113.10"), ports, at(50s).mono);
  node.translator.rest_block(ip("203.0.113.10"), ports, at(30s).mono);
  finish(node, 100s);
  CHECK(node.verdict(udp(on(alice, 1)), 100s) == CGN_VERDICT_POOL_FULL);
  node.sweep(169s);
  CHECK(node.verdict(udp(on(alice, 1)), 169s) == CGN_VERDICT_POOL_FULL);
  node.sweep(172s);
  CHECK(node.verdict(udp(on(alice, 1)), 172s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a block released and lent again before the restart is adopted, whichever comes first") {
  Restart r;
  const auto block = open_block(r.before);
  const bool rest_first = GENERATE(true, false);
  if (rest_first) r.after.translator.rest_block(block.external, block.ports, at(0s).mono);
  CHECK(r.after.translator.adopt_block(block, at(10s)));
  if (!rest_first) r.after.translator.rest_block(block.external, block.ports, at(0s).mono);
  finish(r.after, 10s);
  r.after.sweep(200s);
  CHECK(r.after.translator.blocks_of(alice).size() == 1);
  CHECK(r.after.translator.pools().at(0).first_resting == 0);
}

TEST_CASE("an adopted shared mapping keeps the long timer: its sessions went uncounted") {
  Restart r;
  const auto e = on(alice, 6000);
  (void)r.before.out(syn(e), 0s);
  r.before.handshake(e, 1s);
  r.before.sent(Proto::tcp, e, 2s, CGN_SEEN_SHARED);
  r.adopt(100s);
  (void)r.after.control(tcp(e, {.rst = true}), CGN_INBOUND, 110s);
  r.after.sweep(1000s);
  CHECK(r.after.installed(Proto::tcp, e));
  r.after.sweep(7600s);
  CHECK_FALSE(r.after.installed(Proto::tcp, e));
}

TEST_CASE("mappings that ended while the daemon was away go at the first sweep") {
  Restart r;
  r.adopt(5000s);
  CHECK(r.after.kernel.size() == 1);
  r.after.sweep(5002s);
  CHECK(r.after.kernel.empty());
}

// Ports of the block that flows from 10000 on get, one by one, until there is none.
std::vector<Port> all_ports(Node& node, Duration t) {
  std::vector<Port> ports;
  for (unsigned port = 10'000;; ++port) {
    const auto decision = node.out(udp(on(alice, port)), t);
    if (decision.verdict != CGN_VERDICT_TRANSLATED) return ports;
    ports.push_back(decision.mapping->external.port);
  }
}

TEST_CASE("a rest that was told goes on to its end, and no other free port need rest", "[RFC6888-REQ-8]") {
  const auto config = config_of({.most_blocks = 1});
  Node before{config};
  const auto external = before.out(udp(on(alice, 5000)), 0s).mapping->external;
  Node after{config, 2};
  REQUIRE(after.translator.adopt_block(open_block(before), at(100s)));
  after.translator.rest_port({Proto::udp, on(alice, 5000), external}, at(90s).mono);
  Effects effects;
  after.translator.finish_adoption(at(100s), effects, Translator::Rests::told);
  after.apply(effects, 100s);

  SECTION("others get every port but that one, until 120 s have passed") {
    const auto ports = all_ports(after, 101s);
    CHECK(ports.size() == 255);
    CHECK(std::ranges::find(ports, external.port) == ports.end());
    after.sweep(211s);
    CHECK(after.out(udp(on(alice, 9000)), 211s).mapping->external == external);
  }
  SECTION("the endpoint that had it gets it back at once") {
    CHECK(after.out(udp(on(alice, 5000)), 101s).mapping->external == external);
  }
}

TEST_CASE("the port of an endpoint that has moved on rests for nobody", "[RFC6888-REQ-8]") {
  Node before{config_of({.most_blocks = 1})};
  const auto external = before.out(udp(on(alice, 5000)), 0s).mapping->external;
  const Endpoint elsewhere{external.address, Port{static_cast<std::uint16_t>(external.port.value() ^ 1)}};
  Node after{config_of({.most_blocks = 1}), 2};
  REQUIRE(after.translator.adopt_block(open_block(before), at(100s)));
  after.translator.rest_port({Proto::udp, on(alice, 5000), elsewhere}, at(80s).mono);
  after.translator.rest_port({Proto::udp, on(alice, 5000), external}, at(90s).mono);
  Effects effects;
  after.translator.finish_adoption(at(100s), effects, Translator::Rests::told);
  after.apply(effects, 100s);
  CHECK(after.out(udp(on(alice, 5000)), 101s).mapping->external == external);
  CHECK(all_ports(after, 101s).size() == 254);
}

TEST_CASE("after a reboot nothing is begun in an adopted block before the record says that it goes on") {
  Restart r;
  r.after.translator.await_start();
  REQUIRE(r.after.translator.adopt_block(open_block(r.before), at(100s)));
  finish(r.after, 100s);
  REQUIRE(r.after.log.size() == 1);
  CHECK(r.after.log[0].event.kind == BlockEventKind::continued);
  CHECK(r.after.verdict(udp(r.e), 101s) == CGN_VERDICT_NO_JOURNAL);
  CHECK(r.after.verdict(udp(on(bob, 5000)), 101s) == CGN_VERDICT_NO_JOURNAL);
  Effects effects;
  CHECK(r.after.translator.anchor(alice, at(101s), effects).verdict == CGN_VERDICT_NO_JOURNAL);
  CHECK(r.after.translator.expect(udp(r.e), at(101s), effects).verdict == CGN_VERDICT_NO_JOURNAL);
  CHECK(r.after.log.size() == 1);
  CHECK(r.after.installs == 0);

  r.after.translator.start_recorded(at(102s), effects);
  r.after.apply(effects, 102s);
  CHECK_FALSE(r.after.translator.awaits_start());
  CHECK(r.after.verdict(udp(on(bob, 5000)), 103s) == CGN_VERDICT_TRANSLATED);
  CHECK(r.after.out(udp(r.e), 300s).mapping->external.address == r.mapping.external.address);
}

}  // namespace
}  // namespace cgn::core::test
