// SPDX-License-Identifier: Apache-2.0
// snapshot(): what it says of interfaces that were made with known properties.
#include <catch2/catch.hpp>

#include "net/network.hpp"

namespace cgn::net_test {
namespace {

io::InterfaceAddress at(const char* address, unsigned length) {
  return {.address = *Ipv4::parse(address), .prefix_length = length};
}

}  // namespace

TEST_CASE("a snapshot tells name, MAC, MTU, kind and every IPv4 address of an interface") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", "203.0.113.2/24"}, {far, "e0", ""});
  sh(box, "ip link set ext0 address 02:00:5e:00:53:01 mtu 1400");
  sh(box, "ip address add 198.51.100.9/32 dev ext0");
  sh(box, "ip -6 address add 2001:db8::1/64 dev ext0");

  const auto ext0 = interface(box, "ext0");
  CHECK(ext0.ifindex != 0);
  CHECK(ext0.kind == "veth");
  CHECK(to_string(ext0.mac) == "02:00:5e:00:53:01");
  CHECK(ext0.mtu == 1400);
  CHECK(ext0.up);
  CHECK(ext0.parent == 0);  // a veth's peer in another namespace is no parent
  CHECK(ext0.master == 0);
  CHECK(ext0.addresses == std::vector{at("203.0.113.2", 24), at("198.51.100.9", 32)});
  CHECK(interface(box, "lo").addresses == std::vector{at("127.0.0.1", 8)});
}

TEST_CASE("a point-to-point address is told with its peer, and the peer's prefix is what is connected") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", ""}, {far, "e0", ""});
  sh(box, "ip address add 203.0.113.2 peer 198.51.100.0/30 dev ext0");
  const auto ext0 = interface(box, "ext0");
  REQUIRE(ext0.addresses.size() == 1);
  CHECK(to_string(ext0.addresses[0].address) == "203.0.113.2");
  REQUIRE(ext0.addresses[0].peer);
  CHECK(to_string(ext0.addresses[0].subnet()) == "198.51.100.0/30");
}

TEST_CASE("an interface without carrier is not up, and neither is one switched off") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", ""}, {far, "e0", ""});
  CHECK(interface(box, "ext0").up);
  sh(far, "ip link set e0 down");
  CHECK_FALSE(interface(box, "ext0").up);
  sh(far, "ip link set e0 up");
  sh(box, "ip link set ext0 down");
  CHECK_FALSE(interface(box, "ext0").up);
}

TEST_CASE("the receive queues told are the active ones, not the allocated ones") {
  const Namespace box;
  sh(box, "ip link add ext0 numrxqueues 4 numtxqueues 4 type veth peer name e0");
  CHECK(interface(box, "ext0").rx_queues == 4);
  sh(box, "ethtool -L ext0 rx 2");
  CHECK(interface(box, "ext0").rx_queues == 2);
  CHECK(interface(box, "lo").rx_queues == 1);
}

TEST_CASE("a member of a bridge names its master") {
  const Namespace box;
  sh(box, "ip link add ext0 type veth peer name e0");
  sh(box, "ip link add name bridge0 type bridge");
  sh(box, "ip link set ext0 master bridge0");
  CHECK(interface(box, "ext0").master == interface(box, "bridge0").ifindex);
  CHECK(interface(box, "bridge0").kind == "bridge");
}

TEST_CASE("a VLAN device tells its parent, its tag and the tag's type") {
  const Namespace box;
  sh(box, "ip link add ext0 type veth peer name e0");
  try {
    sh(box, "ip link add link ext0 name ext0.100 type vlan id 100");
    sh(box, "ip link add link ext0 name ext0.200 type vlan proto 802.1ad id 200");
  } catch (const std::exception& reason) {
    WARN("SKIPPED: this kernel has no VLAN devices: " << reason.what());
    return;
  }
  const auto customer = interface(box, "ext0.100");
  CHECK(customer.kind == "vlan");
  CHECK(customer.parent == interface(box, "ext0").ifindex);
  CHECK(customer.vlan_id == 100);
  CHECK(customer.vlan_tpid == 0x8100);
  const auto service = interface(box, "ext0.200");
  CHECK(service.vlan_id == 200);
  CHECK(service.vlan_tpid == 0x88a8);
}

TEST_CASE("a snapshot speaks of the namespace it was taken in") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", "203.0.113.2/24"}, {far, "e0", "203.0.113.1/24"});
  CHECK_THROWS(interface(box, "e0"));
  CHECK(to_string(interface(far, "e0").addresses.at(0).address) == "203.0.113.1");
}

}  // namespace cgn::net_test
