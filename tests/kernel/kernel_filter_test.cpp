// SPDX-License-Identifier: Apache-2.0
// What packets leave in the permissions by which filtering judges.
#include <catch2/catch.hpp>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

const Endpoint kAliceOutside = at_port(kPoolAddress, 40000), kBobOutside = at_port(kOtherPoolAddress, 50000);
const Heard kHeard{Proto::udp, kAliceOutside, at_port(kResolver, 53)};

Mapping alice(std::uint8_t features) {
  auto m = mapped(Proto::udp, at_port(kAlice, 5000), kAliceOutside);
  m.features = features;
  return m;
}

Bytes question() { return received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, 53).payload_of(30); }
Bytes answer() { return received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40000).payload_of(30); }

}  // namespace

TEST_CASE("what is sent refreshes a permission, what is heard does not", "[RFC4787-REQ-6]") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice(CGN_FEATURE_APDF));
  world.permit(kHeard);
  REQUIRE(world.visit(Link::external, answer()).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.permission_seen(kHeard) == 0);
  REQUIRE(world.visit(Link::internal, question()).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.permission_seen(kHeard) != 0);
}

TEST_CASE("where both directions refresh, what is heard refreshes its permission too") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice(CGN_FEATURE_APDF | CGN_FEATURE_REFRESH_BOTH));
  world.permit(kHeard);
  REQUIRE(world.visit(Link::external, answer()).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.permission_seen(kHeard) != 0);
}

TEST_CASE("a hairpinned packet that is punted leaves a receiver alone that may not hear it") {
  CGN_NEEDS_KERNEL();
  const World world;
  auto bob = mapped(Proto::udp, at_port(kBob, 6000), kBobOutside);
  bob.features = CGN_FEATURE_APDF;
  const auto both = entries_of(bob, 2);
  world.install(alice(CGN_FEATURE_APDF));
  world.install(both);
  const Bytes in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload_of(30);
  REQUIRE(world.visit(Link::internal, in).verdict() == CGN_VERDICT_PUNTED);
  CHECK(world.entry(both.inbound.key).packets == 0);
  CHECK(world.entry(outbound_key(alice(0))).packets == 1);

  // Alice is through: now it is bob's word alone.
  world.permit({Proto::udp, kAliceOutside, kBobOutside});
  REQUIRE(world.visit(Link::internal, in).verdict() == CGN_VERDICT_FILTERED);
  CHECK(world.entry(both.inbound.key).packets == 0);
  world.permit({Proto::udp, kBobOutside, kAliceOutside});
  REQUIRE(world.visit(Link::internal, in).verdict() == CGN_VERDICT_HAIRPINNED);
  CHECK(world.entry(both.inbound.key).packets == 1);
}

TEST_CASE("no new remote is learned while no daemon takes packets, and none is let in") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice(CGN_FEATURE_APDF));
  world.listen(false);
  CHECK(world.visit(Link::internal, question()).verdict() == CGN_VERDICT_SLOW_PATH_AWAY);
  CHECK(world.visit(Link::external, answer()).verdict() == CGN_VERDICT_FILTERED);
}

TEST_CASE("permissions are learned at the price of a first packet: from the subscriber's bucket") {
  CGN_NEEDS_KERNEL();
  World world;
  auto settings = world.settings();
  settings.subscriber_punts_per_second = 1;
  settings.subscriber_punt_burst = 2;
  world.set(settings);
  world.install(alice(CGN_FEATURE_APDF));
  for (const auto expected : {CGN_VERDICT_PUNTED, CGN_VERDICT_PUNTED, CGN_VERDICT_POLICED}) {
    CHECK(world.visit(Link::internal, question()).verdict() == expected);
  }
}

TEST_CASE("filtering that is endpoint-independent asks no permission and needs none") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(alice(0));
  CHECK(world.visit(Link::external, answer()).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::internal, question()).verdict() == CGN_VERDICT_TRANSLATED);
}

}  // namespace cgn::test
