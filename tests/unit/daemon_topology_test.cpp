// SPDX-License-Identifier: Apache-2.0
// Ports, links and ways out, from interfaces as the kernel lists them.
#include <catch2/catch.hpp>

#include <algorithm>

#include "daemon/topology.hpp"

namespace cgn::daemon {
namespace {

using Interfaces = std::vector<io::InterfaceInfo>;

Mac mac(std::uint8_t last) { return {{0x02, 0x00, 0x5e, 0x00, 0x53, last}}; }

io::InterfaceInfo nic(unsigned ifindex, const char* name) {
  io::InterfaceInfo info;
  info.ifindex = ifindex;
  info.name = name;
  info.mac = mac(static_cast<std::uint8_t>(ifindex));
  info.mtu = 1500;
  info.up = true;
  return info;
}

io::InterfaceInfo vlan(unsigned ifindex, const char* name, unsigned parent, std::uint16_t id) {
  auto info = nic(ifindex, name);
  info.kind = "vlan";
  info.parent = parent;
  info.vlan_id = id;
  return info;
}

io::InterfaceInfo bond(unsigned ifindex, const char* name) {
  auto info = nic(ifindex, name);
  info.kind = "bond";
  return info;
}

io::InterfaceInfo member(unsigned ifindex, const char* name, unsigned of, bool up = true) {
  auto info = nic(ifindex, name);
  info.master = of;
  info.up = up;
  return info;
}

config::Config config_of(const std::vector<std::string>& internal, const std::vector<std::string>& external) {
  config::Config config;
  for (const auto& name : internal) config.interfaces.internal.push_back({name, {}});
  for (const auto& name : external) config.interfaces.external.push_back({name, {}});
  return config;
}

Topology make(const config::Config& config, const Interfaces& interfaces) {
  return make_topology(config, interfaces, nullptr);
}

const PortInfo& port(const Topology& t, const std::string& name) {
  const auto found = std::ranges::find(t.ports, name, &PortInfo::name);
  REQUIRE(found != t.ports.end());
  return *found;
}

const cgn_link* link_at(const Topology& t, unsigned ifindex, unsigned outer = 0, unsigned inner = 0) {
  for (const auto& [key, link] : t.links) {
    if (key.ifindex == ifindex && key.outer_vid == outer && key.inner_vid == inner) return &link;
  }
  return nullptr;
}

std::string source_at(const Topology& t, unsigned ifindex, unsigned outer = 0) {
  for (const auto& [key, address] : t.sources) {
    if (key.ifindex == ifindex && key.outer_vid == outer && key.inner_vid == 0) return to_string(address);
  }
  return "none";
}

const EgressInfo* egress_of(const Topology& t, unsigned ifindex) {
  const auto found = std::ranges::find(t.egress, ifindex, &EgressInfo::ifindex);
  return found == t.egress.end() ? nullptr : &*found;
}

bool has_mac(const cgn_link& link, const Mac& expected) {
  return std::equal(expected.bytes.begin(), expected.bytes.end(), link.mac);
}

}  // namespace

TEST_CASE("two plain interfaces are two ports, two untagged links and two ways out") {
  const auto t = make(config_of({"int0"}, {"ext0"}), {nic(2, "int0"), nic(3, "ext0"), nic(4, "other")});
  REQUIRE(t.ports.size() == 2);
  CHECK(port(t, "int0").index != port(t, "ext0").index);
  REQUIRE(t.links.size() == 2);
  REQUIRE(link_at(t, 2));
  CHECK(link_at(t, 2)->role == CGN_ROLE_INTERNAL);
  CHECK(has_mac(*link_at(t, 2), mac(2)));
  CHECK(link_at(t, 3)->role == CGN_ROLE_EXTERNAL);
  CHECK(link_at(t, 3)->port == port(t, "ext0").index);
  REQUIRE(t.egress.size() == 2);
  CHECK(egress_of(t, 3)->where.ifindex == 3);
  CHECK(egress_of(t, 3)->where.tag_count == 0);
  CHECK(egress_of(t, 3)->mac == mac(3));
  CHECK(t.missing.empty());
}

TEST_CASE("a one-armed interface is one port with both roles") {
  const auto t = make(config_of({"eth0"}, {"eth0"}), {nic(2, "eth0")});
  REQUIRE(t.ports.size() == 1);
  REQUIRE(t.links.size() == 1);
  CHECK(t.links[0].second.role == (CGN_ROLE_INTERNAL | CGN_ROLE_EXTERNAL));
}

TEST_CASE("VLAN interfaces are found by their physical port and tag, each with its own MAC and role") {
  auto inside = vlan(5, "eth0.100", 2, 100);
  inside.mac = mac(0x50);
  const auto t = make(config_of({"eth0.100"}, {"eth0.200"}), {nic(2, "eth0"), inside, vlan(6, "eth0.200", 2, 200)});
  REQUIRE(t.ports.size() == 1);
  CHECK(t.ports[0].name == "eth0");
  CHECK(t.ports[0].ifindex == 2);
  REQUIRE(link_at(t, 2, 100));
  CHECK(link_at(t, 2, 100)->role == CGN_ROLE_INTERNAL);
  CHECK(has_mac(*link_at(t, 2, 100), mac(0x50)));
  CHECK(link_at(t, 2, 200)->role == CGN_ROLE_EXTERNAL);
  CHECK(link_at(t, 2) == nullptr);  // untagged frames belong to no configured interface
  REQUIRE(egress_of(t, 6));
  CHECK(egress_of(t, 6)->where.ifindex == 2);
  CHECK(egress_of(t, 6)->where.tag_count == 1);
  CHECK(egress_of(t, 6)->where.outer_vid == 200);
  CHECK(egress_of(t, 6)->where.outer_tpid == htons(0x8100));
  CHECK(egress_of(t, 5)->mac == mac(0x50));
}

TEST_CASE("of two tags the outer is the lower device's, with its type") {
  auto service = vlan(5, "eth0.200", 2, 200);
  service.vlan_tpid = 0x88a8;
  const auto t =
      make(config_of({"eth0.200.7"}, {"ext0"}), {nic(2, "eth0"), nic(3, "ext0"), service, vlan(6, "eth0.200.7", 5, 7)});
  REQUIRE(link_at(t, 2, 200, 7));
  CHECK(link_at(t, 2, 200) == nullptr);
  const auto* egress = egress_of(t, 6);
  REQUIRE(egress);
  CHECK(egress->where.tag_count == 2);
  CHECK(egress->where.outer_vid == 200);
  CHECK(egress->where.inner_vid == 7);
  CHECK(egress->where.outer_tpid == htons(0x88a8));
}

TEST_CASE("three tags are more than the program reads: the interface is named as missing") {
  const auto t = make(config_of({"q3"}, {"ext0"}),
                      {nic(2, "eth0"), nic(3, "ext0"), vlan(5, "q1", 2, 1), vlan(6, "q2", 5, 2), vlan(7, "q3", 6, 3)});
  CHECK(t.missing == std::vector<std::string>{"q3"});
}

TEST_CASE("every member of a bond is a port that answers to the bond's MAC; what leaves takes the first member up") {
  auto down = member(2, "eth0", 9, false);
  const auto t =
      make(config_of({"int0"}, {"bond0.100"}), {down, member(3, "eth1", 9), member(4, "eth2", 9), nic(5, "int0"),
                                                bond(9, "bond0"), vlan(10, "bond0.100", 9, 100)});
  CHECK(t.ports.size() == 4);
  for (const unsigned ifindex : {2u, 3u, 4u}) {
    CAPTURE(ifindex);
    REQUIRE(link_at(t, ifindex, 100));
    CHECK(has_mac(*link_at(t, ifindex, 100), mac(10)));
    CHECK(link_at(t, ifindex, 100)->role == CGN_ROLE_EXTERNAL);
  }
  REQUIRE(egress_of(t, 10));
  CHECK(egress_of(t, 10)->where.ifindex == 3);
  CHECK(egress_of(t, 10)->where.outer_vid == 100);
  CHECK(egress_of(t, 10)->mac == mac(10));
  REQUIRE(egress_of(t, 9));
  CHECK(egress_of(t, 9)->where.ifindex == 3);
  CHECK(egress_of(t, 9)->where.tag_count == 0);
}

TEST_CASE("a bond with no member up still has a way out, and one without members is missing") {
  const auto config = config_of({"int0"}, {"bond0"});
  const auto down = make(config, {member(2, "eth0", 9, false), nic(5, "int0"), bond(9, "bond0")});
  REQUIRE(egress_of(down, 9));
  CHECK(egress_of(down, 9)->where.ifindex == 2);
  const auto empty = make(config, {nic(5, "int0"), bond(9, "bond0")});
  CHECK(empty.missing == std::vector<std::string>{"bond0"});
  CHECK(empty.ports.size() == 1);
}

TEST_CASE("a VLAN interface on a port of ours that is not configured is a way out, but no link") {
  const auto t = make(config_of({"int0"}, {"ext0"}), {nic(2, "int0"), nic(3, "ext0"), vlan(7, "ext0.99", 3, 99)});
  REQUIRE(egress_of(t, 7));
  CHECK(egress_of(t, 7)->where.outer_vid == 99);
  CHECK(link_at(t, 3, 99) == nullptr);
}

TEST_CASE("a VLAN device whose parent is elsewhere carries itself") {
  const auto t = make(config_of({"v"}, {"ext0"}), {vlan(2, "v", 0, 100), nic(3, "ext0")});
  CHECK(port(t, "v").ifindex == 2);
  CHECK(link_at(t, 2) != nullptr);
}

TEST_CASE("an interface that is not there is listed, the others work on") {
  const auto t = make(config_of({"int0", "int1"}, {"ext0"}), {nic(2, "int0"), nic(3, "ext0")});
  CHECK(t.missing == std::vector<std::string>{"int1"});
  CHECK(t.ports.size() == 2);
}

TEST_CASE("a port keeps its index when others come and go, and when it is made anew itself") {
  const auto config = config_of({"a", "b"}, {"c"});
  const Interfaces all{nic(2, "a"), nic(3, "b"), nic(4, "c")};
  const auto first = make(config, all);
  const auto without = make_topology(config, {nic(2, "a"), nic(4, "c")}, &first);
  CHECK(port(without, "a").index == port(first, "a").index);
  CHECK(port(without, "c").index == port(first, "c").index);
  const auto again = make_topology(config, {nic(2, "a"), nic(4, "c"), nic(17, "b")}, &without);
  CHECK(port(again, "b").index == port(first, "b").index);
  CHECK(port(again, "b").ifindex == 17);
  CHECK(link_at(again, 17)->port == port(first, "b").index);
}

TEST_CASE("ports past the limit are named as missing; an index of one that is away is lent when no other is left") {
  std::vector<std::string> names;
  Interfaces interfaces;
  for (unsigned i = 0; i < CGN_MAX_PORTS + 1; ++i) {
    names.push_back("p" + std::to_string(100 + i));
    interfaces.push_back(nic(10 + i, names.back().c_str()));
  }
  const auto config = config_of(names, {});
  const auto full = make(config, interfaces);
  CHECK(full.ports.size() == CGN_MAX_PORTS);
  REQUIRE(full.missing.size() == 1);
  const auto left_out = full.missing[0];
  const auto gone = full.ports[3];
  std::erase_if(interfaces, [&](const auto& i) { return i.name == gone.name; });
  const auto lent = make_topology(config, interfaces, &full);
  CHECK(port(lent, left_out).index == gone.index);
  for (const auto& p : lent.ports) {
    if (p.name != left_out) CHECK(p.index == port(full, p.name).index);
  }
}

TEST_CASE("an ICMP error comes from the address of the very interface, tags included, that the packet came by") {
  auto untagged = nic(2, "eth0");
  untagged.addresses = {{*Ipv4::parse("192.0.2.1"), 29}, {*Ipv4::parse("192.0.2.9"), 29}};
  auto tagged = vlan(5, "eth0.100", 2, 100);
  tagged.addresses = {{*Ipv4::parse("100.64.0.1"), 24}};
  auto outside = nic(3, "ext0");
  outside.addresses = {{*Ipv4::parse("192.0.2.33"), 29}};
  const Interfaces interfaces{untagged, tagged, outside, vlan(6, "eth0.200", 2, 200), vlan(7, "ext0.300", 3, 300)};
  const auto t = make(config_of({"eth0", "eth0.100", "eth0.200"}, {"ext0", "ext0.300"}), interfaces);
  CHECK(source_at(t, 2) == "192.0.2.1");
  CHECK(source_at(t, 2, 100) == "100.64.0.1");
  CHECK(source_at(t, 3) == "192.0.2.33");
  SECTION("an unnumbered interface borrows one of its own side") {
    CHECK(source_at(t, 2, 200) == "192.0.2.1");
    CHECK(source_at(t, 3, 300) == "192.0.2.33");
  }
  SECTION("or of the other, when its own has none; without any, there is no error") {
    const Interfaces bare{nic(2, "eth0"), outside};
    CHECK(source_at(make(config_of({"eth0"}, {"ext0"}), bare), 2) == "192.0.2.33");
    CHECK(make(config_of({"eth0"}, {"ext0"}), {nic(2, "eth0"), nic(3, "ext0")}).sources.empty());
  }
}

TEST_CASE("every member of a bond answers from the bond's address") {
  auto whole = bond(9, "bond0");
  whole.addresses = {{*Ipv4::parse("192.0.2.33"), 29}};
  const auto t =
      make(config_of({"int0"}, {"bond0"}), {nic(2, "int0"), member(3, "eth0", 9), member(4, "eth1", 9), whole});
  CHECK(source_at(t, 3) == "192.0.2.33");
  CHECK(source_at(t, 4) == "192.0.2.33");
}

TEST_CASE("the same interfaces make the same topology, and each change makes another") {
  auto config = config_of({"int0"}, {"bond0"});
  const Interfaces interfaces{nic(2, "int0"), member(3, "eth0", 9), member(4, "eth1", 9), bond(9, "bond0")};
  const auto before = make(config, interfaces);
  CHECK(same(before, make_topology(config, interfaces, &before)));

  auto changed = interfaces;
  SECTION("an address") { changed[0].addresses = {{*Ipv4::parse("100.64.0.1"), 24}}; }
  SECTION("a MAC") { changed[3].mac = mac(0x77); }
  SECTION("an MTU") { changed[0].mtu = 9000; }
  SECTION("a member's carrier") { changed[1].up = false; }
  SECTION("an index") { changed[0].ifindex = 22; }
  SECTION("a new VLAN on a port") { changed.push_back(vlan(12, "int0.5", 2, 5)); }
  SECTION("an interface that went") { changed.erase(changed.begin()); }
  CHECK_FALSE(same(before, make_topology(config, changed, &before)));
}

}  // namespace cgn::daemon
