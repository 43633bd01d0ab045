// SPDX-License-Identifier: Apache-2.0
// Classification where the rows' world is too tidy: one-armed links, the box's own services, ports that have just left.
#include <catch2/catch.hpp>
#include <linux/bpf.h>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr std::uint8_t kBothRoles = CGN_ROLE_INTERNAL | CGN_ROLE_EXTERNAL;
constexpr Ipv4 kBox = address(192, 0, 2, 1);

Verdict way_of(const World& world, Link link, const Bytes& in) { return world.visit(link, in).verdict(); }

Frame to_box() { return received_by(Link::internal).ipv4(kAlice, kBox); }

}  // namespace

TEST_CASE("a one-armed link is internal to subscribers and external to the world") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
  world.install(m);
  world.set_link(Link::internal, kBothRoles);
  const auto from = [](Ipv4 source, Ipv4 destination) {
    return received_by(Link::internal).ipv4(source, destination).udp(5000, 40000).payload("x");
  };
  CHECK(way_of(world, Link::internal, from(kAlice, kWeb)) == CGN_VERDICT_TRANSLATED);
  CHECK(way_of(world, Link::internal, from(kBob, kWeb)) == CGN_VERDICT_PUNTED);
  CHECK(way_of(world, Link::internal, from(kWeb, kPoolAddress)) == CGN_VERDICT_TRANSLATED);
  CHECK(way_of(world, Link::internal, from(kAlice, kPoolAddress)) == CGN_VERDICT_HAIRPINNED);
  CHECK(way_of(world, Link::internal, from(kAlice, kBob)) == CGN_VERDICT_INTERNAL_TO_INTERNAL);
  CHECK(way_of(world, Link::internal, from(kWeb, kResolver)) == CGN_VERDICT_TRANSIT);
  CHECK(way_of(world, Link::internal, to_box().tcp(5000, 22, kSyn)) == CGN_VERDICT_HOST_SERVICE_REFUSED);
}

TEST_CASE("ARP for a pool address is answered on external and one-armed links, never on the subscribers' side") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto who_has = [](Link link, const Mac& to) {
    const auto& f = facts(link);
    return Frame{}
        .eth(f.next_hop_mac, to)
        .type(0x0806)
        .payload(Arp{.sender_mac = f.next_hop_mac, .sender = f.next_hop, .target = kArpPoolAddress}.bytes());
  };
  CHECK(way_of(world, Link::external, who_has(Link::external, kBroadcastMac)) == CGN_VERDICT_ARP_ANSWERED);
  CHECK(way_of(world, Link::external, who_has(Link::external, kExternalMac)) == CGN_VERDICT_ARP_ANSWERED);
  CHECK(way_of(world, Link::external, who_has(Link::external, kStrangerMac)) == CGN_VERDICT_NOT_IPV4);
  CHECK(way_of(world, Link::internal, who_has(Link::internal, kBroadcastMac)) == CGN_VERDICT_NOT_IPV4);
  world.set_link(Link::internal, kBothRoles);
  CHECK(way_of(world, Link::internal, who_has(Link::internal, kBroadcastMac)) == CGN_VERDICT_ARP_ANSWERED);
}

TEST_CASE("each service of the box opens exactly itself to subscribers") {
  CGN_NEEDS_KERNEL();
  World world;
  struct Probe {
    std::uint32_t service;
    Bytes in;
  };
  const std::vector<Probe> probes{
      {CGN_HOST_ICMP, to_box().echo_request(1)},
      {CGN_HOST_ICMP, to_box().icmp(3, 4).payload_of(28)},
      {CGN_HOST_DNS, to_box().udp(5000, 53)},
      {CGN_HOST_DNS, to_box().tcp(5000, 53, kSyn)},
      {CGN_HOST_NTP, to_box().udp(5000, 123)},
      {CGN_HOST_SSH, to_box().tcp(5000, 22, kSyn)},
      {0, to_box().tcp(5000, 123, kSyn)},
      {0, to_box().udp(5000, 22)},
      {0, to_box().udp(53, 5000)},
      {0, to_box().protocol(47).payload_of(20)},
      {CGN_HOST_DNS | CGN_HOST_NTP, to_box().fragment(1480, false).protocol(17).payload_of(20)},
      {CGN_HOST_DNS | CGN_HOST_SSH, to_box().fragment(1480, false).protocol(6).payload_of(20)},
      {0, to_box().udp(5000, 53).payload("x").total_length(22)},  // ends before the destination port
  };
  for (const std::uint32_t allowed :
       {0u, CGN_HOST_ICMP + 0u, CGN_HOST_DNS + 0u, CGN_HOST_NTP + 0u, CGN_HOST_SSH + 0u}) {
    auto settings = world.settings();
    settings.host_services = allowed;
    world.set(settings);
    for (const auto& probe : probes) {
      INFO("allowed " << allowed << ", for " << probe.service << "\n" << hex(probe.in));
      CHECK(way_of(world, Link::internal, probe.in) ==
            (probe.service & allowed ? CGN_VERDICT_LOCAL : CGN_VERDICT_HOST_SERVICE_REFUSED));
    }
  }
  auto settings = world.settings();
  settings.host_services = CGN_HOST_ALL;
  world.set(settings);
  for (const auto& probe : probes) CHECK(way_of(world, Link::internal, probe.in) == CGN_VERDICT_LOCAL);
}

TEST_CASE("the list of services binds subscribers on internal links only") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto ssh = [](Link link, Ipv4 source) { return received_by(link).ipv4(source, kBox).tcp(5000, 22, kSyn); };
  CHECK(way_of(world, Link::internal, ssh(Link::internal, kAlice)) == CGN_VERDICT_HOST_SERVICE_REFUSED);
  CHECK(way_of(world, Link::internal, ssh(Link::internal, address(192, 0, 2, 2))) == CGN_VERDICT_LOCAL);
  CHECK(way_of(world, Link::external, ssh(Link::external, kWeb)) == CGN_VERDICT_LOCAL);
  // (c) comes before (f): the box's own firewall judges what claims to be a subscriber out there.
  CHECK(way_of(world, Link::external, ssh(Link::external, kAlice)) == CGN_VERDICT_LOCAL);
}

TEST_CASE("a port that has just left turns its packets into no_port, counted once") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  world.forget_port(Link::external);
  const auto visit = world.visit(Link::internal, query_of(kAlice));
  CHECK(to_string(visit.counters) == to_string(only(CGN_VERDICT_NO_PORT)));
  CHECK(visit.action == XDP_DROP);
}

TEST_CASE("without forwarding on the loopback interface nothing is translated, rather than leaked") {
  CGN_NEEDS_KERNEL();
  World world;
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  world.set_realm(CGN_REALM_EXTERNAL, "other0");  // an interface without forwarding
  CHECK(way_of(world, Link::internal, query_of(kAlice)) == CGN_VERDICT_NO_ROUTE);
  CHECK(way_of(world, Link::internal, query_of(kBob)) == CGN_VERDICT_NO_ROUTE);
}

}  // namespace cgn::test
