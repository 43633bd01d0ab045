// SPDX-License-Identifier: Apache-2.0
// Ends of mappings: when they are over, what a late packet does, how their ports rest.
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t S = CGN_SEEN_SYN, A = CGN_SEEN_ACK, F = CGN_SEEN_FIN, R = CGN_SEEN_RST;

// Two ports: whoever comes third shows whether one of them is free.
const Layout kTwoPorts{.ports = "1024-1025", .block = 2, .extension = 2, .most_blocks = 1, .subscribers = 1};

Node two_ports() { return Node{config_of(kTwoPorts)}; }

TEST_CASE("idle UDP ends after 300 s, and outbound packets put it off", "[RFC4787-REQ-5][RFC4787-REQ-6]") {
  Node node{config_of({})};
  const auto e = on(alice, 5000);
  (void)node.out(udp(e), 0s);
  node.sent(Proto::udp, e, 200s);
  node.received(Proto::udp, e, 490s);
  node.sweep(301s);
  CHECK(node.installed(Proto::udp, e));
  node.sweep(500s);
  CHECK(node.installed(Proto::udp, e));
  node.sweep(502s);
  CHECK_FALSE(node.installed(Proto::udp, e));
  CHECK(node.translator.mapping_count() == 0);
}

TEST_CASE("a packet that slips in between judgement and removal revives the mapping") {
  Node node{config_of({})};
  const auto e = on(alice, 5000);
  const auto before = node.out(udp(e), 0s).mapping->external;
  node.slips_in = [](SeenBoth& seen) { seen.outbound.last_seen = stamp_of(at(302s).mono); };
  node.sweep(302s);
  REQUIRE(node.installed(Proto::udp, e));
  CHECK(node.translator.find_internal(Proto::udp, e)->external == before);
  CHECK(node.installs == 2);
  node.slips_in = nullptr;
  node.sweep(602s);
  CHECK(node.installed(Proto::udp, e));
  node.sweep(604s);
  CHECK_FALSE(node.installed(Proto::udp, e));
}

TEST_CASE("a mapping whose entries are lost is forgotten at its next judgement") {
  Node node{config_of({})};
  const auto m = node.out(syn(on(alice, 5000)), 0s).mapping.value();
  Effects effects;
  node.translator.judge(m.id, {}, at(241s), effects);
  REQUIRE(effects.size() == 1);
  node.apply(effects, 241s);
  CHECK(node.translator.mapping_count() == 0);
}

TEST_CASE("what due() named and nobody judged comes again") {
  Node node{config_of({})};
  (void)node.out(udp(on(alice, 5000)), 0s);
  std::vector<MappingView> due;
  node.translator.due(at(302s), 10, due);
  CHECK(due.size() == 1);
  node.translator.due(at(305s), 10, due);
  CHECK(due.size() == 1);
  node.translator.due(at(320s), 10, due);
  CHECK(due.size() == 2);
}

TEST_CASE("an id of a mapping that is gone is judged in silence") {
  Node node{config_of({})};
  const auto id = node.out(udp(on(alice, 5000)), 0s).mapping->id;
  node.sweep(302s);
  REQUIRE(node.kernel.empty());
  Effects effects;
  node.translator.judge(id, {}, at(303s), effects);
  node.translator.mapping_removed(id, {}, at(303s), effects);
  node.translator.judge(12345678, {}, at(303s), effects);
  CHECK(effects.empty());
}

TEST_CASE("a freed UDP or ICMP port rests 120 s for others, and not for its own endpoint", "[RFC6888-REQ-8]") {
  auto node = two_ports();
  const auto flow = GENERATE(udp(on(alice, 1)), ping(on(alice, 1)));
  const auto with = [&](unsigned port) {
    auto f = flow;
    f.internal = on(alice, port);
    return f;
  };
  const auto a = node.out(with(1), 0s).mapping->external;
  (void)node.out(with(2), 0s);
  CHECK(node.verdict(with(3), 0s) == CGN_VERDICT_BLOCK_LIMIT);
  node.sweep(301s);
  REQUIRE(node.kernel.empty());
  CHECK(node.verdict(with(3), 301s) == CGN_VERDICT_BLOCK_LIMIT);
  CHECK(node.out(with(1), 302s).mapping->external == a);
  node.sweep(420s);
  CHECK(node.verdict(with(3), 420s) == CGN_VERDICT_BLOCK_LIMIT);
  node.sweep(423s);
  CHECK(node.verdict(with(3), 423s) == CGN_VERDICT_TRANSLATED);
}

TEST_CASE("a TCP port is free at once when the end was seen, else it rests", "[RFC6888-REQ-8A]") {
  auto node = two_ports();
  const auto e = on(alice, 1);
  (void)node.out(syn(e), 0s);
  (void)node.out(syn(on(alice, 2)), 0s);
  node.handshake(on(alice, 2), 1s);
  SECTION("closed by both") {
    node.handshake(e, 1s);
    node.sent(Proto::tcp, e, 10s, F);
    node.received(Proto::tcp, e, 11s, F);
    node.sweep(250s);
    CHECK(node.installed(Proto::tcp, e));
    node.sweep(252s);
    CHECK_FALSE(node.installed(Proto::tcp, e));
    CHECK(node.verdict(syn(on(alice, 3)), 252s) == CGN_VERDICT_TRANSLATED);
  }
  SECTION("reset") {
    node.received(Proto::tcp, e, 2s, R);
    node.sweep(244s);
    CHECK(node.verdict(syn(on(alice, 3)), 244s) == CGN_VERDICT_TRANSLATED);
  }
  SECTION("never answered") {
    node.sweep(242s);
    CHECK_FALSE(node.installed(Proto::tcp, e));
    CHECK(node.verdict(syn(on(alice, 3)), 242s) == CGN_VERDICT_BLOCK_LIMIT);
    node.sweep(364s);
    CHECK(node.verdict(syn(on(alice, 3)), 364s) == CGN_VERDICT_TRANSLATED);
  }
}

TEST_CASE("established TCP lives 2 h 4 min idle; opening and closing 4 min", "[RFC5382-REQ-5]") {
  Node node{config_of({})};
  const auto e = on(alice, 1);
  (void)node.out(syn(e), 0s);
  SECTION("opening") {
    node.sweep(240s);
    CHECK(node.installed(Proto::tcp, e));
    node.sweep(242s);
    CHECK_FALSE(node.installed(Proto::tcp, e));
  }
  SECTION("established") {
    node.handshake(e, 1s);
    node.sweep(7440s);
    CHECK(node.installed(Proto::tcp, e));
    node.sweep(7443s);
    CHECK_FALSE(node.installed(Proto::tcp, e));
  }
  SECTION("half-closed is established") {
    node.handshake(e, 1s);
    node.sent(Proto::tcp, e, 2s, F | A);
    node.sweep(7000s);
    CHECK(node.installed(Proto::tcp, e));
  }
  SECTION("closed, then payload: revived", "[RFC7857-2.2]") {
    node.handshake(e, 1s);
    node.received(Proto::tcp, e, 2s, R);
    node.received(Proto::tcp, e, 240s, A, true);
    node.sweep(243s);
    CHECK(node.installed(Proto::tcp, e));
    node.sweep(7600s);
    CHECK(node.installed(Proto::tcp, e));
  }
}

TEST_CASE("the end of a long session frees its port after tcp_closing, not after the session's own deadline",
          "[RFC7857-2]") {
  Node node{config_of({})};
  const auto e = on(alice, 1);
  (void)node.out(syn(e), 0s);
  node.handshake(e, 1s);
  for (Duration t = 0s; t <= 3000s; t += 10s) {
    if (t < 2000s) node.sent(Proto::tcp, e, t, A, true);
    if (t == 2000s) {
      node.sent(Proto::tcp, e, t, F | A);
      node.received(Proto::tcp, e, t, F | A);
    }
    node.sweep(t);
    CHECK(node.installed(Proto::tcp, e) == (t <= 2240s));
  }
}

TEST_CASE("clearing a mapping ends it whatever slips in, and its port rests") {
  auto node = two_ports();
  const auto e = on(alice, 1);
  (void)node.out(udp(e), 0s);
  node.slips_in = [](SeenBoth& seen) { seen.outbound.last_seen = stamp_of(at(1s).mono); };
  Effects effects;
  CHECK(node.translator.clear_mapping(Proto::udp, e, at(1s), effects));
  node.apply(effects, 1s);
  CHECK_FALSE(node.installed(Proto::udp, e));
  CHECK_FALSE(node.translator.clear_mapping(Proto::udp, e, at(1s), effects));
  CHECK(node.translator.blocks_of(alice).at(0).resting_udp == 1);
}

TEST_CASE("without a port hold-down a port is free at once") {
  auto config = config_of(kTwoPorts);
  config.pools.front().port_hold_down = 0s;
  Node node{config};
  (void)node.out(udp(on(alice, 1)), 0s);
  (void)node.out(udp(on(alice, 2)), 0s);
  node.sweep(302s);
  CHECK(node.verdict(udp(on(alice, 3)), 302s) == CGN_VERDICT_TRANSLATED);
}

// --- TCP control of shared and closing mappings ------------------------------------------------------------------------

struct Shared {
  Node node{config_of({})};
  InternalEndpoint e = on(alice, 1);
  // Established with `server`; then a SYN to `other_server` makes it shared.
  Shared() {
    (void)node.out(syn(e), 0s);
    node.handshake(e, 1s);
    node.sent(Proto::tcp, e, 10s, CGN_SEEN_SHARED | S);
    CHECK(node.control(syn(e, other_server), CGN_OUTBOUND, 10s).verdict == CGN_VERDICT_TRANSLATED);
    CHECK(node.control(tcp(e, {.syn = true, .ack = true}, other_server), CGN_INBOUND, 10s).verdict ==
          CGN_VERDICT_TRANSLATED);
  }
  void fins(Endpoint remote, Duration t) {
    (void)node.control(tcp(e, {.ack = true, .fin = true}, remote), CGN_OUTBOUND, t);
    (void)node.control(tcp(e, {.ack = true, .fin = true}, remote), CGN_INBOUND, t);
  }
};

TEST_CASE("the end of one session of a shared mapping does not end the other", "[RFC7857-2]") {
  Shared shared;
  shared.fins(server, 20s);
  shared.node.sweep(1000s);
  CHECK(shared.node.installed(Proto::tcp, shared.e));
  SECTION("and with the last one's end the mapping closes") {
    shared.fins(other_server, 1000s);
    shared.node.sweep(1240s);
    CHECK(shared.node.installed(Proto::tcp, shared.e));
    shared.node.sweep(1242s);
    CHECK_FALSE(shared.node.installed(Proto::tcp, shared.e));
  }
  SECTION("or by its reset") {
    (void)shared.node.control(tcp(shared.e, {.rst = true}, other_server), CGN_INBOUND, 1000s);
    shared.node.sweep(1242s);
    CHECK_FALSE(shared.node.installed(Proto::tcp, shared.e));
  }
  SECTION("a new SYN on what is closed begins anew with the same port") {
    shared.fins(other_server, 1000s);
    const auto third = endpoint("198.51.100.3:443");
    const auto port = shared.node.translator.find_internal(Proto::tcp, shared.e)->external;
    const auto installs = shared.node.installs;
    const auto anew = shared.node.control(syn(shared.e, third), CGN_OUTBOUND, 1100s);
    CHECK(anew.verdict == CGN_VERDICT_TRANSLATED);
    CHECK(anew.mapping->external == port);
    CHECK(anew.mapping->remote == third);
    CHECK(anew.mapping->seen == S);
    CHECK(shared.node.installs == installs + 1);
    shared.node.sweep(1300s);
    CHECK(shared.node.installed(Proto::tcp, shared.e));
    shared.node.sweep(1342s);
    CHECK_FALSE(shared.node.installed(Proto::tcp, shared.e));
  }
}

TEST_CASE("a closing mapping that is not shared begins anew with an outbound SYN", "[RFC7857-2.2]") {
  Node node{config_of({})};
  const auto e = on(alice, 1);
  const auto before = node.out(syn(e), 0s).mapping->external;
  node.handshake(e, 1s);
  node.received(Proto::tcp, e, 2s, R);
  SECTION("with another remote, or the same") {
    const auto remote = GENERATE(server, other_server);
    const auto anew = node.control(syn(e, remote), CGN_OUTBOUND, 100s);
    CHECK(anew.mapping->external == before);
    CHECK(anew.mapping->remote == remote);
    CHECK(node.seen(Proto::tcp, e).outbound.bits == S);
    CHECK(node.seen(Proto::tcp, e).outbound.closed_at == 0);
    node.sweep(300s);
    CHECK(node.installed(Proto::tcp, e));
  }
  SECTION("an inbound SYN revives nothing") {
    const auto decision = node.control(syn(e, other_server), CGN_INBOUND, 100s);
    CHECK(decision.verdict == CGN_VERDICT_TRANSLATED);
    node.sweep(244s);
    CHECK_FALSE(node.installed(Proto::tcp, e));
  }
}

TEST_CASE("TCP control without a mapping finds none") {
  Node node{config_of({})};
  CHECK(node.control(syn(on(alice, 1)), CGN_OUTBOUND, 0s).verdict == CGN_VERDICT_NO_MAPPING);
  (void)node.out(syn(on(alice, 1)), 0s);
  node.sweep(242s);
  CHECK(node.control(syn(on(alice, 1)), CGN_INBOUND, 243s).verdict == CGN_VERDICT_NO_MAPPING);
}

TEST_CASE("two SYNs to two remotes while the block is pending are two sessions") {
  Node node{config_of({})};
  node.mood = LogMood::silent;
  const auto e = on(alice, 1);
  const auto held = node.out(syn(e), 0s);
  (void)node.out(syn(e, other_server), 0s);
  node.answer(held.ticket, true, 0s);
  CHECK((node.seen(Proto::tcp, e).outbound.bits & CGN_SEEN_SHARED) != 0);
  (void)node.control(tcp(e, {.rst = true}), CGN_INBOUND, 1s);
  (void)node.control(tcp(e, {.syn = true, .ack = true}, other_server), CGN_INBOUND, 1s);
  node.sweep(1000s);
  CHECK(node.installed(Proto::tcp, e));
}

TEST_CASE("a second SYN that raced past the installation gives the mapping the long timer") {
  Node node{config_of({})};
  const auto e = on(alice, 1);
  (void)node.out(syn(e), 0s);
  CHECK(node.verdict(syn(e, other_server), 0s) == CGN_VERDICT_TRANSLATED);
  node.handshake(e, 1s);
  node.sent(Proto::tcp, e, 2s, F);
  node.received(Proto::tcp, e, 2s, F);
  node.sweep(1000s);
  CHECK(node.installed(Proto::tcp, e));
  node.sweep(7500s);
  CHECK_FALSE(node.installed(Proto::tcp, e));
}

}  // namespace
}  // namespace cgn::core::test
