// SPDX-License-Identifier: Apache-2.0
// TCP connections that share external ports, each towards a remote of its own.
#include <catch2/catch.hpp>

#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t F = CGN_SEEN_FIN;

Endpoint remote(unsigned number) { return on(Ipv4::from_host(ip("198.51.100.0").host() + number), 443); }

// Every subscriber may have one block of four ports, and no more.
config::Config four_shared_ports() {
  auto config = config_of({.ports = "1024-1031", .block = 4, .extension = 4, .most_blocks = 1, .subscribers = 2});
  config.pools.front().tcp.mapping = config::Mapping::connection_dependent;
  return config;
}

MappingView opened(Node& node, const Flow& flow, Duration t = 0s) {
  const auto decision = node.out(flow, t);
  REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
  REQUIRE(decision.mapping->session);
  return *decision.mapping;
}

void touch_both(Node& node, const MappingView& m, Duration t, std::uint8_t bits) {
  auto& seen = node.connections.at({m.internal, m.remote}).seen;
  Node::touch(seen.outbound, t, bits, false);
  Node::touch(seen.inbound, t, bits, false);
}

TEST_CASE("four ports carry four connections to each remote, and one more is refused for that remote alone",
          "[RFC7857-3]") {
  Node node{four_shared_ports()};
  constexpr unsigned kRemotes = 50;
  for (unsigned r = 1; r <= kRemotes; ++r) {
    std::set<Port> ports;
    for (unsigned i = 0; i < 4; ++i) ports.insert(opened(node, syn(on(alice, 1000 * i + r), remote(r))).external.port);
    CHECK(ports.size() == 4);
    CHECK(node.verdict(syn(on(alice, 9999), remote(r)), 0s) == CGN_VERDICT_BLOCK_LIMIT);
  }
  CHECK(node.translator.mapping_count(Proto::tcp) == 4 * kRemotes);
  const auto blocks = node.translator.blocks(0, 8);
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].used_tcp == 4);
  CHECK(node.log.size() == 1);  // one block, however many connections
}

TEST_CASE("an internal endpoint keeps its external port towards every remote that it speaks to") {
  Node node{four_shared_ports()};
  const auto first = opened(node, syn(on(alice, 5000), remote(1))).external;
  for (unsigned r = 2; r < 100; ++r) CHECK(opened(node, syn(on(alice, 5000), remote(r))).external == first);
  SECTION("but where another has that port towards the remote already") {
    for (unsigned i = 1; i <= 3; ++i) opened(node, syn(on(alice, 5000 + i), remote(200)));
    // All ports are used now, so that this one shares; whichever it gets, nobody else has it towards that remote.
    const auto other = opened(node, syn(on(alice, 6000), remote(201))).external;
    const auto again = opened(node, syn(on(alice, 5000), remote(201))).external;
    CHECK(again != other);
  }
}

TEST_CASE("a port that nobody uses is preferred to one that is shared") {
  Node node{four_shared_ports()};
  std::set<Port> ports;
  for (unsigned i = 0; i < 4; ++i) ports.insert(opened(node, syn(on(alice, 5000 + i), remote(i))).external.port);
  CHECK(ports.size() == 4);
}

TEST_CASE("connections are shared before another block is lent, and a block is lent before one is refused") {
  auto config = four_shared_ports();
  config.pools.front().ports = parse_port_range("1024-1035").value();
  config.pools.front().max_blocks_per_subscriber = 2;
  config.pools.front().max_subscribers = 1;
  Node node{config};
  for (unsigned i = 0; i < 40; ++i) opened(node, syn(on(alice, 5000 + i), remote(i)));
  CHECK(node.log.size() == 1);
  for (unsigned i = 0; i < 4; ++i) opened(node, syn(on(alice, 6000 + i), remote(100)));
  CHECK(node.log.size() == 1);
  opened(node, syn(on(alice, 6004), remote(100)));
  CHECK(node.log.size() == 2);
}

TEST_CASE("a connection whose end was tracked leaves its port at once, another one rests towards its remote alone",
          "[RFC6888-REQ-8][RFC6888-REQ-8A]") {
  Node node{four_shared_ports()};
  std::vector<MappingView> all;
  for (unsigned i = 0; i < 4; ++i) all.push_back(opened(node, syn(on(alice, 5000 + i), remote(1))));
  const auto ends_at = 300s;
  SECTION("tracked") {
    for (const auto& m : all) touch_both(node, m, 1s, CGN_SEEN_ACK);
    touch_both(node, all[0], 2s, F);
    node.sweep(ends_at);
    CHECK(opened(node, syn(on(alice, 7000), remote(1)), ends_at).external == all[0].external);
  }
  SECTION("not tracked") {
    for (unsigned i = 1; i < 4; ++i) touch_both(node, all[i], 1s, CGN_SEEN_ACK);
    node.sweep(ends_at);  // the first never got an answer
    CHECK(node.connections.size() == 3);
    CHECK(node.translator.blocks(0, 1)[0].resting_tcp == 1);
    CHECK(node.verdict(syn(on(alice, 7000), remote(1)), ends_at) == CGN_VERDICT_BLOCK_LIMIT);
    // Its own endpoint has it back, and other remotes are free.
    CHECK(opened(node, syn(on(alice, 7000), remote(2)), ends_at).external == all[0].external);
    CHECK(node.translator.blocks(0, 1)[0].resting_tcp == 0);
    CHECK(opened(node, syn(on(alice, 5000), remote(1)), ends_at).external == all[0].external);
  }
  SECTION("after its rest anybody has it") {
    for (unsigned i = 1; i < 4; ++i) touch_both(node, all[i], 1s, CGN_SEEN_ACK);
    node.sweep(ends_at);
    node.sweep(ends_at + 130s);
    CHECK(opened(node, syn(on(alice, 7000), remote(1)), ends_at + 130s).external == all[0].external);
  }
}

TEST_CASE("a port that carries connections rests nowhere else, and its block is not returned", "[RFC6888-REQ-8]") {
  Node node{four_shared_ports()};
  const auto idle = opened(node, syn(on(alice, 5000), remote(1)));
  const auto busy = opened(node, syn(on(alice, 5000), remote(2)));
  REQUIRE(idle.external == busy.external);
  touch_both(node, busy, 1s, CGN_SEEN_ACK);
  node.sweep(2000s);
  CHECK(node.connections.size() == 1);
  CHECK(node.translator.blocks(0, 1)[0].used_tcp == 1);
  CHECK(node.translator.blocks(0, 1)[0].state == BlockState::held);
  node.sweep(20'000s);
  node.sweep(30'000s);
  CHECK(node.connections.empty());
  CHECK(node.translator.blocks(0, 1).empty());
}

TEST_CASE("a connection is found by both of its ends and by its remote only") {
  Node node{four_shared_ports()};
  const auto m = opened(node, syn(on(alice, 5000), remote(1)));
  CHECK(node.translator.find_internal(Proto::tcp, m.internal, remote(1)) == m);
  CHECK(node.translator.find_external(Proto::tcp, m.external, remote(1)) == m);
  CHECK_FALSE(node.translator.find_internal(Proto::tcp, m.internal, remote(2)));
  CHECK_FALSE(node.translator.find_external(Proto::tcp, m.external, remote(2)));
  CHECK_FALSE(node.translator.find_external(Proto::tcp, m.external));
  CHECK(m.features == 0);
}

TEST_CASE("UDP of the same pool has its ports to itself", "[RFC4787-REQ-3]") {
  Node node{four_shared_ports()};
  for (unsigned i = 0; i < 4; ++i) {
    const auto decision = node.out(udp(on(alice, 5000 + i), remote(i)), 0s);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    CHECK_FALSE(decision.mapping->session);
  }
  CHECK(node.verdict(udp(on(alice, 6000), remote(9)), 0s) == CGN_VERDICT_BLOCK_LIMIT);
  for (unsigned i = 0; i < 20; ++i) opened(node, syn(on(alice, 5000 + i), remote(i)));
}

TEST_CASE("limits of ports count a shared port once, limits of mappings count each connection", "[RFC6888-REQ-4]") {
  auto config = four_shared_ports();
  SECTION("ports") {
    config.limits.tcp_ports_per_subscriber = 2;
    Node node{config};
    for (unsigned i = 0; i < 20; ++i) opened(node, syn(on(alice, 5000 + i), remote(i / 2)));
    CHECK(node.translator.blocks(0, 1)[0].used_tcp == 2);
    CHECK(node.verdict(syn(on(alice, 9000), remote(1)), 0s) == CGN_VERDICT_PORT_LIMIT);
  }
  SECTION("mappings") {
    config.limits.mappings_per_subscriber = 3;
    Node node{config};
    for (unsigned i = 0; i < 3; ++i) opened(node, syn(on(alice, 5000), remote(i)));
    CHECK(node.verdict(syn(on(alice, 5000), remote(9)), 0s) == CGN_VERDICT_MAPPING_LIMIT);
  }
}

TEST_CASE("a SYN after the end begins the connection anew on the same port", "[RFC7857-2.2]") {
  Node node{four_shared_ports()};
  const auto m = opened(node, syn(on(alice, 5000), remote(1)));
  touch_both(node, m, 1s, CGN_SEEN_ACK | F);
  const auto again = node.control(syn(on(alice, 5000), remote(1)), CGN_OUTBOUND, 10s);
  CHECK(again.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(again.mapping->external == m.external);
  CHECK(node.installs == 2);
  CHECK(node.connections.at({m.internal, m.remote}).seen.outbound.closed_at == 0);
}

TEST_CASE("reclaiming takes a closing connection with the same remote, never another's", "[RFC6888-REQ-11D]") {
  auto config = four_shared_ports();
  config.nat.reclaim_closing = true;
  Node node{config};
  std::vector<MappingView> all;
  for (unsigned i = 0; i < 4; ++i) all.push_back(opened(node, syn(on(alice, 5000 + i), remote(1))));
  const auto elsewhere = opened(node, syn(on(alice, 5000), remote(2)));
  touch_both(node, elsewhere, 1s, CGN_SEEN_ACK | F);
  CHECK(node.insist(syn(on(alice, 6000), remote(1)), 2s).verdict == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.connections.contains({elsewhere.internal, elsewhere.remote}));
  touch_both(node, all[2], 3s, CGN_SEEN_ACK | F);
  const auto fresh = node.insist(syn(on(alice, 6000), remote(1)), 10s);
  REQUIRE(fresh.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(fresh.mapping->external == all[2].external);
}

TEST_CASE("clearing a mapping ends its endpoint's connections with every remote") {
  Node node{four_shared_ports()};
  for (unsigned r = 1; r <= 5; ++r) opened(node, syn(on(alice, 5000), remote(r)));
  opened(node, syn(on(alice, 5001), remote(1)));
  Effects effects;
  CHECK(node.translator.clear_mapping(Proto::tcp, on(alice, 5000), at(1s), effects));
  node.apply(effects, 1s);
  CHECK(node.connections.size() == 1);
  CHECK(node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(2s), effects) == 1);
  node.apply(effects, 2s);
  CHECK(node.connections.empty());
}

TEST_CASE("a log that refuses the block undoes every connection in it") {
  Node node{four_shared_ports()};
  node.mood = LogMood::silent;
  for (unsigned i = 0; i < 12; ++i) CHECK(node.verdict(syn(on(alice, 5000 + i), remote(i)), 0s) == CGN_VERDICT_HELD);
  node.answer(node.log.front().ticket, false, 1s);
  CHECK(node.translator.mapping_count() == 0);
  CHECK(node.connections.empty());
  CHECK(node.translator.blocks(0, 1).empty());
}

// Another daemon's life after this one's.
struct Restart {
  explicit Restart(const config::Config& later = four_shared_ports()) : after{later, 2} {}
  void adopt_block(Duration t) {
    const auto& e = before.log.at(0).event;
    REQUIRE(after.translator.adopt_block({.subscriber = e.subscriber,
                                          .external = e.external,
                                          .ports = e.ports,
                                          .pool = e.pool,
                                          .allocated_at = e.allocated_at},
                                         at(t)));
  }
  std::size_t adopt_connections(Duration t) {
    std::size_t adopted = 0;
    for (const auto& [key, entry] : before.connections) {
      adopted += after.translator.adopt_mapping(entry.mapping, entry.seen, at(t)) ? 1 : 0;
    }
    return adopted;
  }
  void finish(Duration t) {
    Effects effects;
    after.translator.finish_adoption(at(t), effects, Translator::Rests::told);
    after.apply(effects, t);
  }
  Node before{four_shared_ports()};
  Node after;
};

TEST_CASE("a restart keeps connections that share a port, and the ports they have") {
  Restart r;
  for (unsigned i = 0; i < 20; ++i) opened(r.before, syn(on(alice, 5000 + i), remote(i / 4)));
  r.adopt_block(10s);
  CHECK(r.adopt_connections(10s) == 20);
  CHECK(r.adopt_connections(10s) == 0);  // none twice
  r.finish(10s);
  for (const auto& [key, entry] : r.before.connections) {
    CHECK(r.after.out({.proto = Proto::tcp, .internal = key.first, .remote = key.second, .tcp = {.ack = true}}, 11s)
              .mapping->external == entry.mapping.external);
  }
  CHECK(r.after.verdict(syn(on(alice, 9000), remote(0)), 11s) == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(r.after.translator.blocks(0, 1)[0].used_tcp == 4);
}

TEST_CASE("connections are not adopted where the pool no longer lets them share ports") {
  auto later = four_shared_ports();
  later.pools.front().tcp.mapping = config::Mapping::endpoint_independent;
  Restart r{later};
  opened(r.before, syn(on(alice, 5000), remote(1)));
  r.adopt_block(10s);
  CHECK(r.adopt_connections(10s) == 0);
}

TEST_CASE("a mapping of before that serves all remotes goes on, and nobody shares its port") {
  auto earlier = four_shared_ports();
  earlier.pools.front().tcp.mapping = config::Mapping::endpoint_independent;
  Node before{earlier};
  const auto m = before.out(syn(on(alice, 5000), remote(1)), 0s).mapping.value();
  Restart r;
  opened(r.before, syn(on(alice, 5000), remote(1)));  // for the block's row
  const auto& e = before.log.at(0).event;
  REQUIRE(r.after.translator.adopt_block({.subscriber = e.subscriber,
                                          .external = e.external,
                                          .ports = e.ports,
                                          .pool = e.pool,
                                          .allocated_at = e.allocated_at},
                                         at(1s)));
  REQUIRE(r.after.translator.adopt_mapping(m, {}, at(1s)));
  r.finish(1s);
  CHECK_FALSE(r.after.out(syn(on(alice, 5000), remote(2)), 2s).mapping->session);
  for (unsigned i = 1; i < 50; ++i) {
    CHECK(opened(r.after, syn(on(alice, 5000 + i), remote(i)), 2s).external != m.external);
  }
}

TEST_CASE("a rest that was told binds one remote alone, and not a whole port", "[RFC6888-REQ-8]") {
  Restart r;
  const auto m = opened(r.before, syn(on(alice, 5000), remote(1)));
  r.adopt_block(10s);
  r.after.translator.rest_port({Proto::tcp, m.internal, m.external, remote(1)}, at(9s).mono);
  r.after.translator.rest_port({Proto::tcp, m.internal, m.external, remote(2)}, at(9s).mono);
  r.finish(10s);
  CHECK(r.after.translator.blocks(0, 1)[0].resting_tcp == 1);
  std::set<Endpoint> towards_first, towards_other;
  for (unsigned i = 0; i < 3; ++i) {
    towards_first.insert(opened(r.after, syn(on(alice, 6000 + i), remote(1)), 11s).external);
  }
  CHECK(r.after.verdict(syn(on(alice, 6009), remote(1)), 11s) == CGN_VERDICT_BLOCK_LIMIT);
  CHECK_FALSE(towards_first.contains(m.external));
  for (unsigned i = 0; i < 4; ++i) {
    towards_other.insert(opened(r.after, syn(on(alice, 6000 + i), remote(3)), 11s).external);
  }
  CHECK(towards_other.contains(m.external));
  CHECK(opened(r.after, syn(on(alice, 5000), remote(1)), 11s).external == m.external);
}

}  // namespace
}  // namespace cgn::core::test
