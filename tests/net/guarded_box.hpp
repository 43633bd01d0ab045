// SPDX-License-Identifier: Apache-2.0
// The smallest network with something to leak: a subscriber, the box, and the world behind it.
//
//    subscriber                box                        world
//    100.64.0.9 s0 ------ int0 100.64.0.1
//   100.127.0.9                100.127.0.1
//                              203.0.113.2 ext0 ------ e0 203.0.113.1, 192.0.2.9
//
// 100.64.0.0/16 is the internal prefix of the guard's plan, 198.51.100.0/24 its pool. 100.127.0.0/24 is connected, but
// no business of the guard's: its packets are the control that shows when the kernel does forward.
#pragma once

#include "io/guard.hpp"
#include "net/network.hpp"
#include "net/state_directory.hpp"

namespace cgn::net_test {

struct GuardedBox {
  Namespace subscriber{};
  Namespace box{};
  Namespace world{};
  StateDirectory state{};

  GuardedBox() {
    wire({box, "int0", "100.64.0.1/24"}, {subscriber, "s0", "100.64.0.9/24"});
    wire({box, "ext0", "203.0.113.2/24"}, {world, "e0", "203.0.113.1/24"});
    sh(box, "ip address add 100.127.0.1/24 dev int0; ip route add default via 203.0.113.1");
    sh(subscriber, "ip address add 100.127.0.9/24 dev s0; ip route add default via 100.64.0.1");
    sh(world, "ip address add 192.0.2.9/32 dev lo; ip route add default via 203.0.113.2");
  }

  [[nodiscard]] static io::GuardPlan plan() {
    return {.internal_ports = {"int0"},
            .external_ports = {"ext0"},
            .route_by = {},
            .internal_prefixes = {*Prefix::parse("100.64.0.0/16")},
            .pool_prefixes = {*Prefix::parse("198.51.100.0/24")}};
  }
  [[nodiscard]] io::Guard guard(io::GuardPlan with = plan()) const { return io::Guard{std::move(with), state.path()}; }

  [[nodiscard]] Result<> install(io::Guard guard_of_box) const {
    const Inside inside{box};
    return guard_of_box.install();
  }
  [[nodiscard]] std::vector<std::string> missing(const io::Guard& guard_of_box) const {
    const Inside inside{box};
    auto absent = guard_of_box.missing();
    return absent ? *absent : std::vector{absent.error().what};
  }
  [[nodiscard]] Result<> remove() const {
    const Inside inside{box};
    return io::Guard::remove(state.path());
  }
  // Everything that the guard may touch, as text to compare. (IPv6 routes come by themselves as addresses are
  // confirmed.)
  [[nodiscard]] std::string picture() const {
    return sh(box, "ip rule; ip -4 route show table all; grep . /proc/sys/net/ipv4/conf/*/forwarding");
  }
};

}  // namespace cgn::net_test
