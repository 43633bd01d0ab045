// SPDX-License-Identifier: Apache-2.0
// Mappings that an ALG expects somebody to call at, before anything was sent from there.
#include <catch2/catch.hpp>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

const InternalEndpoint kControl = on(alice, 5000), kData = on(alice, 6000);
const Endpoint kCaller = endpoint("198.51.100.1:20"), kOther = endpoint("198.51.100.1:34567");

Decision expect(Node& node, InternalEndpoint internal, Duration t) {
  Effects effects;
  const auto decision =
      node.translator.expect({.proto = Proto::tcp, .internal = internal, .remote = kCaller, .tcp = {}}, at(t), effects);
  node.apply(effects, t);
  return decision;
}

// As the kernel does with a SYN of another remote: both entries say shared, and it is the slow path's.
void calls(Node& node, InternalEndpoint internal, Endpoint from, Duration t) {
  auto& seen = node.kernel.at({Proto::tcp, internal}).seen;
  seen.outbound.bits |= CGN_SEEN_SHARED;
  seen.inbound.bits |= CGN_SEEN_SHARED;
  node.received(Proto::tcp, internal, t, CGN_SEEN_SYN);
  REQUIRE(node.control(syn(internal, from), CGN_INBOUND, t).verdict == CGN_VERDICT_TRANSLATED);
}

}  // namespace

TEST_CASE("an expected mapping is made in the subscriber's block, on its address, and waits as an opening one") {
  Node node{config_of({})};
  const auto control = node.out(syn(kControl), 0s);
  const auto data = expect(node, kData, 1s);
  REQUIRE(data.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(data.mapping->external.address == control.mapping->external.address);
  CHECK(data.mapping->external != control.mapping->external);
  CHECK(data.mapping->seen == 0);
  CHECK(node.installed(Proto::tcp, kData));
  node.sweep(240s);
  CHECK(node.installed(Proto::tcp, kData));
  node.sweep(242s);
  CHECK_FALSE(node.installed(Proto::tcp, kData));
}

TEST_CASE("an expected mapping that is there already stays as it is") {
  Node node{config_of({})};
  const auto first = expect(node, kData, 0s);
  const auto installs = node.installs;
  const auto second = expect(node, kData, 1s);
  CHECK(second.known);
  CHECK(second.mapping->external == first.mapping->external);
  CHECK(node.installs == installs);
  const auto own = node.out(syn(kControl), 2s);
  CHECK(expect(node, kControl, 3s).mapping->external == own.mapping->external);
  CHECK((node.seen(Proto::tcp, kControl).either() & CGN_SEEN_SHARED) == 0);
}

TEST_CASE("an expected mapping of a block that is not in the log yet is held, and refused with it") {
  for (const bool recorded : {true, false}) {
    Node node{config_of({})};
    node.mood = LogMood::silent;
    const auto held = expect(node, kData, 0s);
    REQUIRE(held.verdict == CGN_VERDICT_HELD);
    CHECK_FALSE(node.installed(Proto::tcp, kData));
    CHECK(expect(node, kData, 0s).ticket == held.ticket);
    node.answer(held.ticket, recorded, 1s);
    CHECK(node.installed(Proto::tcp, kData) == recorded);
    REQUIRE(node.released.size() == 1);
    CHECK((node.released[0].verdict == CGN_VERDICT_TRANSLATED) == recorded);
  }
}

TEST_CASE("limits refuse an expected mapping as any other") {
  auto config = config_of({});
  config.limits.ports_per_subscriber = 1;
  Node node{config};
  REQUIRE(node.out(syn(kControl), 0s).verdict == CGN_VERDICT_TRANSLATED);
  CHECK(expect(node, kData, 1s).verdict == CGN_VERDICT_PORT_LIMIT);
  CHECK(expect(node, on(ip("192.0.2.1"), 6000), 1s).verdict == CGN_VERDICT_NO_RULE);
}

TEST_CASE("whoever calls first is the remote of an expected mapping, whatever its port: it is not shared") {
  Node node{config_of({})};
  const auto made = expect(node, kData, 0s);
  calls(node, kData, kOther, 1s);
  const auto& met = node.kernel.at({Proto::tcp, kData});
  CHECK(met.mapping.remote == kOther);
  CHECK(met.mapping.external == made.mapping->external);
  CHECK((met.seen.either() & CGN_SEEN_SHARED) == 0);
  // The session runs and ends; nobody else's phantom keeps the port.
  node.received(Proto::tcp, kData, 1s, CGN_SEEN_SYN);
  node.sent(Proto::tcp, kData, 1s, CGN_SEEN_SYN | CGN_SEEN_ACK);
  node.received(Proto::tcp, kData, 1s, CGN_SEEN_ACK);
  node.sent(Proto::tcp, kData, 2s, CGN_SEEN_FIN);
  node.received(Proto::tcp, kData, 2s, CGN_SEEN_FIN);
  node.sweep(200s);
  CHECK(node.installed(Proto::tcp, kData));
  node.sweep(245s);
  CHECK_FALSE(node.installed(Proto::tcp, kData));
}

TEST_CASE("where connections share ports, an expected one is its caller's alone, and made once") {
  auto config = config_of({});
  config.pools.front().tcp.mapping = config::Mapping::connection_dependent;
  Node node{config};
  (void)expect(node, kData, 0s);
  const auto again = expect(node, kData, 1s);
  REQUIRE(again.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(again.known);
  CHECK(again.mapping->session);
  CHECK(node.translator.find_internal(Proto::tcp, kData, kCaller));
  CHECK_FALSE(node.translator.find_internal(Proto::tcp, kData, kOther));
}

TEST_CASE("strangers who knock at an expected mapping keep it no longer alive") {
  Node node{config_of({})};
  (void)expect(node, kData, 0s);
  REQUIRE(node.installed(Proto::tcp, kData));  // its block's row was written meanwhile
  for (unsigned n = 1; n <= 12; ++n) {
    const auto t = std::chrono::seconds{20 * n};
    node.sweep(t);
    REQUIRE(node.installed(Proto::tcp, kData));
    calls(node, kData, on(ip("198.51.100.200"), 1000 + n), t);
  }
  node.sweep(245s);
  CHECK_FALSE(node.installed(Proto::tcp, kData));
}

TEST_CASE("once something was answered, another caller shares the mapping") {
  Node node{config_of({})};
  (void)expect(node, kData, 0s);
  REQUIRE(node.installed(Proto::tcp, kData));  // its block's row was written meanwhile
  node.received(Proto::tcp, kData, 1s, CGN_SEEN_SYN);
  node.sent(Proto::tcp, kData, 1s, CGN_SEEN_SYN | CGN_SEEN_ACK);
  calls(node, kData, kOther, 2s);
  CHECK(node.kernel.at({Proto::tcp, kData}).mapping.remote == kCaller);
  CHECK((node.seen(Proto::tcp, kData).either() & CGN_SEEN_SHARED) != 0);
}

}  // namespace cgn::core::test
