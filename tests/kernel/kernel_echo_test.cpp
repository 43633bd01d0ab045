// SPDX-License-Identifier: Apache-2.0
// Pings of pool addresses that the program answers by itself, and those that it must not.
#include <catch2/catch.hpp>
#include <linux/bpf.h>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

void answer_pings(World& world, bool on) {
  auto settings = world.settings();
  settings.switches = on ? CGN_SWITCH_ECHO_ANSWER : 0;
  settings.error_punts_per_second = 0;  // no limit
  world.set(settings);
}

}  // namespace

TEST_CASE("a ping of a pool address is answered from both sides, whoever holds its identifier", "[packets]") {
  CGN_NEEDS_KERNEL();
  World world;
  answer_pings(world, true);
  world.install(mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000)));
  struct Asker {
    Link link;
    Ipv4 sender;
  };
  const auto row =
      GENERATE(Asker{Link::external, kWeb}, Asker{Link::external_vlan, kVlanWeb}, Asker{Link::internal, kBob});
  const auto sizes = GENERATE(0, 1, 56, 1400);
  const auto size = static_cast<std::size_t>(sizes);
  const auto asked =
      received_by(row.link).ipv4(row.sender, kPoolAddress).ttl(1).echo_request(42000, 7).payload_of(size);
  const auto visit = world.visit(row.link, asked);
  CHECK(visit.verdict() == CGN_VERDICT_ECHO_ANSWERED);
  CHECK(visit.action == XDP_REDIRECT);
  const auto answer = sent_by(row.link).ipv4(kPoolAddress, row.sender).ttl(64).echo_reply(42000, 7).payload_of(size);
  CHECK(hex(visit.out) == hex(answer));
}

TEST_CASE("without the option, or for anything but an echo request, a pool address is as silent as ever") {
  CGN_NEEDS_KERNEL();
  World world;
  const auto from_outside = [] { return received_by(Link::external).ipv4(kWeb, kPoolAddress); };
  const auto verdict = [&](const Bytes& in) { return world.visit(Link::external, in).verdict(); };
  CHECK(verdict(from_outside().echo_request(1)) == CGN_VERDICT_NO_MAPPING);
  answer_pings(world, true);
  CHECK(verdict(from_outside().echo_request(1)) == CGN_VERDICT_ECHO_ANSWERED);
  CHECK(verdict(from_outside().echo_reply(1)) == CGN_VERDICT_NO_MAPPING);
  CHECK(verdict(from_outside().udp(8, 8)) == CGN_VERDICT_NO_MAPPING);
  const auto elsewhere = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(1);
  CHECK(world.visit(Link::internal, elsewhere).verdict() == CGN_VERDICT_PUNTED);
}

TEST_CASE("answers to pings stay within the budget of errors") {
  CGN_NEEDS_KERNEL();
  World world;
  auto settings = world.settings();
  settings.switches = CGN_SWITCH_ECHO_ANSWER;
  settings.error_punts_per_second = 1;
  settings.error_punt_burst = 6;  // half of it for senders outside
  world.set(settings);
  unsigned answered = 0;
  for (int i = 0; i < 10; ++i) {
    const auto ping = received_by(Link::external).ipv4(kWeb, kPoolAddress).echo_request(1);
    if (world.visit(Link::external, ping).verdict() == CGN_VERDICT_ECHO_ANSWERED) ++answered;
  }
  CHECK(answered >= 3);
  CHECK(answered < 10);
}

}  // namespace cgn::test
