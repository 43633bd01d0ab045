// SPDX-License-Identifier: Apache-2.0
// Static mappings in the core: no entry before its row, no end to them, and no dynamic mapping in their way.
#include <catch2/catch.hpp>

#include "core_node.hpp"

namespace cgn::core::test {
namespace {

const Endpoint outside = endpoint("203.0.113.250:443");
const InternalEndpoint inside = on(alice, 8443);

config::Config forwarded() {
  auto c = config_of({});
  c.statics.push_back({.proto = Proto::tcp, .external = outside, .internal = inside, .place = {}});
  return c;
}

const Ipv4 whole_outside = Ipv4::parse("203.0.113.251").value();

config::Config whole() {
  auto c = config_of({});
  c.statics.push_back({.whole = true, .external = {whole_outside, {}}, .internal = on(alice, 0), .place = {}});
  return c;
}

// Adoption with what the log and the kernel show of the time before.
void begin(Node& node, const std::vector<OpenBlock>& open, const std::vector<MappingView>& found = {}) {
  Effects effects;
  for (const auto& block : open) REQUIRE(node.translator.adopt_block(block, at(0s)));
  for (const auto& m : found) REQUIRE(node.translator.adopt_mapping(m, {}, at(0s)));
  node.translator.finish_adoption(at(0s), effects);
  node.apply(effects, 0s);
}

OpenBlock row_of(const Journal& j) {
  const auto& e = j.event;
  return {e.subscriber, e.realm, e.external, e.ports, e.pool, e.allocated_at};
}

}  // namespace

TEST_CASE("a port forward is installed when its row is synced, and not before", "[RFC6888-REQ-14]") {
  Node node{forwarded()};
  node.mood = LogMood::silent;
  begin(node, {});
  REQUIRE(node.log.size() == 1);
  const auto& event = node.log.front().event;
  CHECK(event.kind == BlockEventKind::allocated);
  CHECK(event.pool == "static");
  CHECK(to_string(event.subscriber) == "100.64.0.7");
  CHECK(event.ports == PortRange{Port{443}, Port{443}});
  CHECK(node.kernel.empty());
  CHECK_FALSE(node.translator.find_external(Proto::tcp, outside));
  // The server speaks too early: its packet waits, and makes no mapping of another port.
  CHECK(node.verdict(tcp(inside, {.syn = true, .ack = true}), 1s) == CGN_VERDICT_HELD);

  node.answer(node.log.front().ticket, true, 1s);
  REQUIRE(node.kernel.size() == 1);
  CHECK((node.kernel.begin()->second.mapping.features & CGN_FEATURE_STATIC) != 0);
  CHECK(node.translator.find_external(Proto::tcp, outside)->internal == inside);
  REQUIRE(node.released.size() == 1);
  CHECK(node.released.front().verdict == CGN_VERDICT_TRANSLATED);
  CHECK(node.translator.mapping_count() == 0);
}

TEST_CASE("a port forward never ends, and its host's other ports come from the pool") {
  Node node{forwarded()};
  begin(node, {});
  const auto other = node.out(syn(on(alice, 5000)), 1s);
  CHECK(other.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(other.mapping->external.address != outside.address);
  const auto answer = node.out(tcp(inside, {.syn = true, .ack = true}), 1s);
  CHECK(answer.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(answer.mapping->external == outside);
  node.sweep(100h);
  CHECK(node.translator.find_internal(Proto::tcp, inside)->external == outside);
  CHECK(node.kernel.contains({Proto::tcp, inside}));
  Effects effects;
  CHECK_FALSE(node.translator.clear_mapping(Proto::tcp, inside, at(101h), effects));
}

TEST_CASE("a static row that the log refuses is asked again") {
  Node node{forwarded()};
  node.mood = LogMood::fails;
  begin(node, {});
  CHECK(node.log.size() == 1);
  CHECK(node.released.back().verdict == CGN_VERDICT_NO_JOURNAL);
  CHECK(node.kernel.empty());
  node.mood = LogMood::answers;
  node.sweep(9s);
  CHECK(node.log.size() == 1);
  node.sweep(11s);
  CHECK(node.log.size() == 2);
  CHECK(node.kernel.size() == 1);
}

TEST_CASE("a restart continues a static mapping, and keeps its entries as they are") {
  Node before{forwarded()};
  begin(before, {});
  const auto open = row_of(before.log.front());
  const auto found = before.kernel.begin()->second.mapping;

  Node after{forwarded()};
  begin(after, {open}, {found});
  REQUIRE(after.log.size() == 1);
  CHECK(after.log.front().event.kind == BlockEventKind::continued);
  CHECK(after.installs == 0);
  CHECK(after.translator.find_external(Proto::tcp, outside));

  Node rebooted{forwarded()};
  begin(rebooted, {open});
  CHECK(rebooted.installs == 1);

  Node removed{config_of({})};
  CHECK_FALSE(removed.translator.adopt_block(open, at(0s)));
  CHECK_FALSE(removed.translator.adopt_mapping(found, {}, at(0s)));
}

TEST_CASE("a dynamic mapping of an end that has become static is not adopted") {
  Node before{config_of({})};
  const auto dynamic = before.out(syn(inside), 1s).mapping.value();
  const auto open = row_of(before.log.front());
  Node after{forwarded()};
  REQUIRE(after.translator.adopt_block(open, at(2s)));
  CHECK_FALSE(after.translator.adopt_mapping(dynamic, {}, at(2s)));
}

TEST_CASE("static blocks are shown behind all others, for look-ups by host and for a detach") {
  Node node{forwarded()};
  begin(node, {});
  node.out(syn(on(alice, 5000)), 1s);
  const auto all = node.translator.blocks(0, 100);
  REQUIRE(all.size() == 2);
  CHECK(all.back().pool == "static");
  CHECK(node.translator.blocks(all.back().ticket, 100).empty());
  CHECK(node.translator.blocks(all.front().ticket, 100).size() == 1);
  CHECK(node.translator.blocks_of(alice).size() == 2);
}

TEST_CASE("a whole address is installed once, and serves every protocol and port", "[RFC6888-REQ-14]") {
  Node node{whole()};
  node.mood = LogMood::silent;
  begin(node, {});
  REQUIRE(node.log.size() == 1);
  const auto& event = node.log.front().event;
  CHECK(event.pool == "static");
  CHECK(event.external == whole_outside);
  CHECK(event.ports == PortRange{Port{0}, Port{65535}});
  CHECK(node.kernel.empty());
  CHECK(node.verdict(syn(on(alice, 5000)), 1s) == CGN_VERDICT_HELD);

  node.answer(node.log.front().ticket, true, 1s);
  CHECK(node.installs == 1);
  const std::uint8_t features = CGN_FEATURE_STATIC | CGN_FEATURE_WHOLE;
  CHECK(node.kernel.begin()->second.mapping.features == features);
  for (const auto proto : kProtos) {
    for (const unsigned port : {0u, 1u, 5000u, 65535u}) {
      const auto mapping = node.translator.find_internal(proto, on(alice, port));
      REQUIRE(mapping);
      CHECK(mapping->proto == proto);
      CHECK(mapping->external == Endpoint{whole_outside, Port{static_cast<std::uint16_t>(port)}});
      CHECK(node.translator.find_external(proto, mapping->external)->internal == mapping->internal);
    }
  }
  CHECK_FALSE(node.translator.find_internal(Proto::udp, on(bob, 5000)));
}

TEST_CASE("the host of a whole address gets no block of a pool") {
  Node node{whole()};
  begin(node, {});
  for (unsigned port = 1000; port < 1100; ++port) {
    const auto decision = node.out(udp(on(alice, port)), 1s);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    CHECK(decision.mapping->external.address == whole_outside);
    CHECK(decision.mapping->external.port == Port{static_cast<std::uint16_t>(port)});
  }
  CHECK(node.log.size() == 1);
  CHECK(node.installs == 1);
  CHECK(node.translator.mapping_count() == 0);
  CHECK(node.translator.blocks_of(alice).size() == 1);
}

TEST_CASE("a restart continues a whole address; without it in the config it is not adopted") {
  Node before{whole()};
  begin(before, {});
  const auto open = row_of(before.log.front());
  const auto found = before.kernel.begin()->second.mapping;
  Node after{whole()};
  begin(after, {open}, {found});
  REQUIRE(after.log.size() == 1);
  CHECK(after.log.front().event.kind == BlockEventKind::continued);
  CHECK(after.installs == 0);
  REQUIRE(after.translator.statics().size() == 1);
  CHECK(after.translator.statics().front().durable);
  CHECK(after.translator.statics().front().allocated_at == open.allocated_at);

  Node removed{config_of({})};
  CHECK_FALSE(removed.translator.adopt_block(open, at(0s)));
  CHECK_FALSE(removed.translator.adopt_mapping(found, {}, at(0s)));
}

TEST_CASE("what a host had of a pool before it was mapped whole is not adopted") {
  Node before{config_of({})};
  const auto dynamic = before.out(syn(on(alice, 5000)), 1s).mapping.value();
  const auto open = row_of(before.log.front());
  Node after{whole()};
  REQUIRE(after.translator.adopt_block(open, at(2s)));
  CHECK_FALSE(after.translator.adopt_mapping(dynamic, {}, at(2s)));
}

TEST_CASE("after a reboot a port forward is in force when the record says that it goes on, and not before") {
  Node before{forwarded()};
  begin(before, {});
  Node after{forwarded()};
  after.translator.await_start();
  begin(after, {row_of(before.log.front())});
  REQUIRE(after.log.size() == 1);
  CHECK(after.log.front().event.kind == BlockEventKind::continued);
  CHECK(after.kernel.empty());
  CHECK_FALSE(after.translator.find_external(Proto::tcp, outside));
  CHECK(after.verdict(tcp(inside, {.syn = true, .ack = true}), 1s) == CGN_VERDICT_NO_JOURNAL);
  Effects effects;
  after.translator.start_recorded(at(2s), effects);
  after.apply(effects, 2s);
  CHECK(after.kernel.size() == 1);
  CHECK(after.log.size() == 1);
  CHECK(after.translator.find_external(Proto::tcp, outside)->internal == inside);
}

}  // namespace cgn::core::test
