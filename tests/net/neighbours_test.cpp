// SPDX-License-Identifier: Apache-2.0
// Neighbours: probe() makes the kernel ask, the answer comes through Watch, and every state has its meaning.
#include <catch2/catch.hpp>

#include <algorithm>

#include "net/network.hpp"
#include "net/wiretap.hpp"

namespace cgn::net_test {
namespace {

const auto kGateway = *Ipv4::parse("203.0.113.1");
const auto kNobody = *Ipv4::parse("203.0.113.77");

struct Lan {
  Namespace box{};
  Namespace far{};
  Lan() { wire({box, "ext0", "203.0.113.2/24"}, {far, "e0", "203.0.113.1/24"}); }
};

io::Watch watch_of(const Namespace& where) {
  const Inside inside{where};
  auto watch = io::Watch::open();
  REQUIRE(watch);
  return std::move(*watch);
}

void probe(const Namespace& where, Ipv4 address) {
  const auto ifindex = interface(where, "ext0").ifindex;
  const Inside inside{where};
  const auto result = io::probe(ifindex, address);
  INFO((result ? "" : result.error().what));
  REQUIRE(result);
}

auto tells(Ipv4 address, io::NeighbourState state) {
  return [=](const io::Watch::Changes& changes) {
    return std::ranges::any_of(changes.neighbours,
                               [&](const auto& n) { return n.address == address && n.state == state; });
  };
}

std::optional<io::Neighbour> listed(const Namespace& where, Ipv4 address) {
  const Inside inside{where};
  const auto all = io::neighbours();
  REQUIRE(all);
  const auto found = std::ranges::find(*all, address, &io::Neighbour::address);
  return found == all->end() ? std::nullopt : std::optional{*found};
}

}  // namespace

TEST_CASE("a probe of an unknown neighbour asks by broadcast, and its answer comes through the watch") {
  const Lan lan;
  Wiretap tap{lan.far, "e0"};
  auto watch = watch_of(lan.box);
  probe(lan.box, kGateway);
  const auto request = tap.arp_request_for(kGateway);
  REQUIRE(request);
  CHECK(request->broadcast);
  REQUIRE(watch_until(watch, tells(kGateway, io::NeighbourState::usable)));
  const auto neighbour = listed(lan.box, kGateway);
  REQUIRE(neighbour);
  CHECK(neighbour->mac == interface(lan.far, "e0").mac);
  CHECK(neighbour->ifindex == interface(lan.box, "ext0").ifindex);
}

TEST_CASE("a probe of a stale neighbour confirms it by unicast, and its MAC stays meanwhile") {
  const Lan lan;
  // Otherwise the kernel waits 5 s for other proof of life.
  write_sysctl(lan.box, "neigh/ext0/delay_first_probe_time", "0");
  const auto mac = interface(lan.far, "e0").mac;
  sh(lan.box, "ip neigh replace 203.0.113.1 lladdr " + to_string(mac) + " dev ext0 nud stale");
  REQUIRE(listed(lan.box, kGateway)->state == io::NeighbourState::stale);
  Wiretap tap{lan.far, "e0"};
  auto watch = watch_of(lan.box);
  probe(lan.box, kGateway);
  CHECK(listed(lan.box, kGateway)->mac == mac);
  const auto request = tap.arp_request_for(kGateway);
  REQUIRE(request);
  CHECK_FALSE(request->broadcast);
  CHECK(watch_until(watch, tells(kGateway, io::NeighbourState::usable)));
}

TEST_CASE("a neighbour that never answers is told as failed, and may be probed again") {
  const Lan lan;
  write_sysctl(lan.box, "neigh/ext0/retrans_time_ms", "100");
  Wiretap tap{lan.far, "e0"};
  auto watch = watch_of(lan.box);
  probe(lan.box, kNobody);
  REQUIRE(tap.arp_request_for(kNobody));
  REQUIRE(watch_until(watch, tells(kNobody, io::NeighbourState::failed)));
  sh(lan.far, "ip address add 203.0.113.77/24 dev e0");
  probe(lan.box, kNobody);
  CHECK(watch_until(watch, tells(kNobody, io::NeighbourState::usable)));
}

TEST_CASE("every state of the kernel's has its meaning for us") {
  struct Row {
    const char* nud;
    io::NeighbourState state;
  };
  const auto row = GENERATE(Row{"reachable", io::NeighbourState::usable}, Row{"permanent", io::NeighbourState::usable},
                            Row{"noarp", io::NeighbourState::usable}, Row{"delay", io::NeighbourState::usable},
                            Row{"probe", io::NeighbourState::usable}, Row{"stale", io::NeighbourState::stale});
  CAPTURE(row.nud);
  const Lan lan;
  auto watch = watch_of(lan.box);
  const auto address = "203.0.113.50";
  sh(lan.box, std::string{"ip neigh replace "} + address + " lladdr 02:00:5e:00:53:50 dev ext0 nud " + row.nud);
  REQUIRE(listed(lan.box, *Ipv4::parse(address)));
  CHECK(listed(lan.box, *Ipv4::parse(address))->state == row.state);
  CHECK(watch_until(watch, tells(*Ipv4::parse(address), row.state)));
}

TEST_CASE("a deleted neighbour is told as unresolved") {
  const Lan lan;
  sh(lan.box, "ip neigh replace 203.0.113.1 lladdr 02:00:5e:00:53:50 dev ext0 nud reachable");
  auto watch = watch_of(lan.box);
  sh(lan.box, "ip neigh del 203.0.113.1 dev ext0");
  CHECK(watch_until(watch, tells(kGateway, io::NeighbourState::unresolved)));
}

TEST_CASE("an IPv6 neighbour is not told") {
  const Lan lan;
  auto watch = watch_of(lan.box);
  settle(watch);
  sh(lan.box, "ip -6 neigh replace 2001:db8::7 lladdr 02:00:5e:00:53:51 dev ext0 nud permanent");
  sh(lan.box, "ip neigh replace 203.0.113.7 lladdr 02:00:5e:00:53:52 dev ext0 nud permanent");
  const auto changes = watch.read();
  REQUIRE(changes.neighbours.size() == 1);
  CHECK(to_string(changes.neighbours[0].mac) == "02:00:5e:00:53:52");
}

TEST_CASE("a probe on an interface that is not there is an error that names both") {
  const Namespace box;
  const Inside inside{box};
  const auto result = io::probe(4711, kGateway);
  REQUIRE_FALSE(result);
  CHECK(result.error().what.find("probe 203.0.113.1 on interface 4711") == 0);
}

}  // namespace cgn::net_test
