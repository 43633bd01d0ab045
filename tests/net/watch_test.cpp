// SPDX-License-Identifier: Apache-2.0
// Watch: each kind of change is noticed, what does not concern us is not, and a lost notification is said.
#include <catch2/catch.hpp>

#include <sys/socket.h>

#include <algorithm>

#include "net/network.hpp"

namespace cgn::net_test {
namespace {

io::Watch watch_of(const Namespace& where) {
  const Inside inside{where};
  auto watch = io::Watch::open();
  REQUIRE(watch);
  return std::move(*watch);
}

bool links(const io::Watch::Changes& c) { return c.links; }
bool rules(const io::Watch::Changes& c) { return c.rules; }

// What the kernel owes us for a command is in the socket when the command ends; so its absence is seen at once.
io::Watch::Changes after(const Namespace& where, io::Watch& watch, const std::string& command) {
  settle(watch);
  sh(where, command);
  return watch.read();
}

}  // namespace

TEST_CASE("addresses and links that come, go or change are noticed") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", ""}, {far, "e0", ""});
  auto watch = watch_of(box);
  CHECK(after(box, watch, "ip address add 203.0.113.2/24 dev ext0").links);
  CHECK(after(box, watch, "ip address del 203.0.113.2/24 dev ext0").links);
  CHECK(after(box, watch, "ip link set ext0 mtu 1400").links);
  CHECK(after(box, watch, "ip link set ext0 down").links);
  CHECK(after(box, watch, "ip link set ext0 up").links);
  settle(watch);
  sh(far, "ip link set e0 down");  // the carrier's loss is told by a worker of the kernel's, a moment later
  CHECK(watch_until(watch, links));
}

TEST_CASE("an interface deleted and made anew under the same name is noticed, and has another index") {
  const Namespace box;
  const Namespace far;
  wire({box, "ext0", ""}, {far, "e0", ""});
  const auto before = interface(box, "ext0").ifindex;
  auto watch = watch_of(box);
  CHECK(after(box, watch, "ip link del ext0").links);
  settle(watch);
  wire({box, "ext0", ""}, {far, "e0", ""});
  CHECK(watch_until(watch, links));
  CHECK(interface(box, "ext0").ifindex != before);
}

TEST_CASE("policy rules, the guard's routes and forwarding switches are noticed") {
  const Namespace box;
  auto watch = watch_of(box);
  CHECK(after(box, watch, "ip rule add pref 100 iif int0 from 100.64.0.0/16 blackhole protocol 199").rules);
  CHECK(after(box, watch, "ip rule flush").rules);
  CHECK(after(box, watch, "ip route add blackhole 203.0.113.0/24 proto 199").rules);
  CHECK(after(box, watch, "ip route del blackhole 203.0.113.0/24 proto 199").rules);
  settle(watch);
  write_sysctl(box, "ip_forward", "1");
  CHECK(watch_until(watch, rules));
}

TEST_CASE("routes of others never reach the watch, be they ever so many") {
  const Namespace box;
  auto watch = watch_of(box);
  settle(watch);
  sh(box, "for i in $(seq 0 255); do echo route add 198.51.100.$i/32 dev lo proto bird; done | ip -batch -");
  sh(box, "ip route flush proto bird");
  CHECK_FALSE(readable(watch.fd(), std::chrono::milliseconds{0}));
  // Control: the same kind of change by our own hand does reach it.
  CHECK(after(box, watch, "ip route add blackhole 203.0.113.0/24 proto 199").rules);
}

TEST_CASE("a lost notification is reported as everything may have changed") {
  const Namespace box;
  auto watch = watch_of(box);
  settle(watch);
  const int tiny = 1;  // the kernel makes it its minimum, about two messages
  REQUIRE(::setsockopt(watch.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &tiny, sizeof tiny) == 0);
  sh(box, "for i in $(seq 1 60); do echo rule add pref $i table 99; done | ip -batch -");
  const auto changes = watch.read();
  CHECK(changes.lost);
  CHECK(changes.links);
  CHECK(changes.rules);
  CHECK_FALSE(watch.read().lost);
}

TEST_CASE("reading a watch to which nothing happened returns at once with nothing") {
  const Namespace box;
  auto watch = watch_of(box);
  settle(watch);
  const auto changes = watch.read();
  CHECK_FALSE((changes.links || changes.rules || changes.lost));
  CHECK(changes.neighbours.empty());
}

}  // namespace cgn::net_test
