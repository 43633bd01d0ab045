// SPDX-License-Identifier: Apache-2.0
// The leak guard against real packets: what must not pass does not, although the kernel forwards; what the box itself
// needs still works. No program is attached here: this is the hour in which it has gone.
#include <catch2/catch.hpp>

#include "net/guarded_box.hpp"
#include "net/wiretap.hpp"

namespace cgn::net_test {
namespace {

constexpr std::uint16_t kForbidden = 1;
constexpr std::uint16_t kControl = 2;
using Marks = std::vector<std::uint16_t>;

Ipv4 ip(const char* text) { return *Ipv4::parse(text); }

// Neighbours known beforehand: a forbidden packet must not be saved by an unanswered ARP request.
void know_neighbours(const GuardedBox& net) {
  sh(net.box, "ip neigh replace 203.0.113.1 lladdr " + to_string(interface(net.world, "e0").mac) + " dev ext0");
  const auto subscriber = to_string(interface(net.subscriber, "s0").mac);
  sh(net.box, "ip neigh replace 100.64.0.9 lladdr " + subscriber + " dev int0");
  sh(net.box, "ip neigh replace 100.127.0.9 lladdr " + subscriber + " dev int0");
}

// What a hand or a distribution's default does. The kernel propagates only a change, so it is made to be one.
void forward_everywhere(const GuardedBox& net) {
  write_sysctl(net.box, "ip_forward", "0");
  write_sysctl(net.box, "ip_forward", "1");
}

Path outbound(const GuardedBox& net, Ipv4 source) {
  return {interface(net.subscriber, "s0").mac, interface(net.box, "int0").mac, source, ip("192.0.2.9")};
}

Path inbound(const GuardedBox& net, Ipv4 destination) {
  return {interface(net.world, "e0").mac, interface(net.box, "ext0").mac, ip("192.0.2.9"), destination};
}

// Which of the two frames, sent in this order, come out at the other side. A third, which always passes, ends the wait.
Marks passed(Wiretap& in, Wiretap& out, const Path& forbidden, const Path& control) {
  in.send(udp_frame(forbidden, kForbidden));
  in.send(udp_frame(control, kControl));
  return out.marks_until(kControl);
}

}  // namespace

TEST_CASE("an internal source is not forwarded untranslated, even with forwarding switched on by hand") {
  const GuardedBox net;
  know_neighbours(net);
  Wiretap in{net.subscriber, "s0"};
  Wiretap out{net.world, "e0"};
  const auto forbidden = outbound(net, ip("100.64.0.9"));
  const auto control = outbound(net, ip("100.127.0.9"));

  forward_everywhere(net);
  REQUIRE(passed(in, out, forbidden, control) == Marks{kForbidden, kControl});  // without the guard it leaks

  REQUIRE(net.install(net.guard()));
  forward_everywhere(net);
  CHECK(passed(in, out, forbidden, control) == Marks{kControl});

  sh(net.box, "ip rule flush; ip rule add pref 32766 table main");
  CHECK(passed(in, out, forbidden, control) == Marks{kForbidden, kControl});  // it was the rules that held
  REQUIRE(net.install(net.guard()));
  forward_everywhere(net);
  CHECK(passed(in, out, forbidden, control) == Marks{kControl});

  REQUIRE(net.remove());
  forward_everywhere(net);
  CHECK(passed(in, out, forbidden, control) == Marks{kForbidden, kControl});
}

TEST_CASE("nothing from outside is forwarded to an internal address") {
  const GuardedBox net;
  know_neighbours(net);
  Wiretap in{net.world, "e0"};
  Wiretap out{net.subscriber, "s0"};
  const auto forbidden = inbound(net, ip("100.64.0.9"));
  const auto control = inbound(net, ip("100.127.0.9"));
  forward_everywhere(net);
  REQUIRE(passed(in, out, forbidden, control) == Marks{kForbidden, kControl});
  REQUIRE(net.install(net.guard()));
  forward_everywhere(net);
  CHECK(passed(in, out, forbidden, control) == Marks{kControl});
}

TEST_CASE("a packet to a pool address does not circle between the box and its router") {
  const GuardedBox net;
  know_neighbours(net);
  Wiretap in{net.world, "e0"};
  Wiretap out{net.world, "e0"};
  const auto to_pool = inbound(net, ip("198.51.100.7"));
  const auto control = inbound(net, ip("192.0.2.200"));  // another address behind the default route does come back
  forward_everywhere(net);
  write_sysctl(net.box, "conf/all/rp_filter", "0");
  write_sysctl(net.box, "conf/ext0/rp_filter", "0");
  REQUIRE(passed(in, out, to_pool, control) == Marks{kForbidden, kControl});
  REQUIRE(net.install(net.guard()));
  forward_everywhere(net);
  CHECK(passed(in, out, to_pool, control) == Marks{kControl});
}

TEST_CASE("with transit the kernel forwards, and still not for an internal source") {
  const GuardedBox net;
  know_neighbours(net);
  Wiretap in{net.subscriber, "s0"};
  Wiretap out{net.world, "e0"};
  auto plan = GuardedBox::plan();
  plan.forwarding = true;
  REQUIRE(net.install(net.guard(plan)));
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "1");
  CHECK(passed(in, out, outbound(net, ip("100.64.0.9")), outbound(net, ip("100.127.0.9"))) == Marks{kControl});
}

TEST_CASE("without transit the kernel forwards nothing between the ports") {
  const GuardedBox net;
  know_neighbours(net);
  forward_everywhere(net);
  REQUIRE(net.install(net.guard()));
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "0");
  CHECK(read_sysctl(net.box, "conf/ext0/forwarding") == "0");
  CHECK(read_sysctl(net.box, "conf/lo/forwarding") == "1");
  Wiretap in{net.subscriber, "s0"};
  Wiretap out{net.world, "e0"};
  in.send(udp_frame(outbound(net, ip("100.64.0.9")), kForbidden));
  in.send(udp_frame(outbound(net, ip("100.127.0.9")), kForbidden));
  write_sysctl(net.box, "conf/int0/forwarding", "1");
  in.send(udp_frame(outbound(net, ip("100.127.0.9")), kControl));
  CHECK(out.marks_until(kControl) == Marks{kControl});
}

TEST_CASE("with the guard in, the box and its neighbours find and reach each other") {
  const GuardedBox net;
  REQUIRE(net.install(net.guard()));
  // Nobody knows anybody yet: each of these begins with ARP.
  CHECK(echo(net.subscriber, ip("100.64.0.1")));
  CHECK(echo(net.world, ip("203.0.113.2")));
  sh(net.box, "ip neigh flush all");
  CHECK(echo(net.box, ip("203.0.113.1")));
  CHECK(echo(net.box, ip("192.0.2.9")));
  CHECK(echo(net.box, ip("100.64.0.9")));
  CHECK(net.missing(net.guard()).empty());  // and the guard was in all the while
}

}  // namespace cgn::net_test
