// SPDX-License-Identifier: Apache-2.0
// Ports, VLANs, addresses, routes' neighbours: what the kernel knows of the network, over rtnetlink (libmnl).
//
// What        snapshot() lists interfaces with parents, tags, masters, MACs, MTUs and IPv4 addresses. Watch tells that
//             something changed. probe() asks the kernel to resolve or confirm a neighbour (NTF_USE).
// Ownership   Each object owns its socket. Nothing is cached here: the daemon keeps what it needs.
//             All of them work in the network namespace of the thread that called (Watch: that called open()).
// Failure     A lost notification (ENOBUFS) is reported as "everything may have changed".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "io/fd.hpp"

namespace cgn::io {

struct InterfaceAddress {
  Ipv4 address;
  unsigned prefix_length = 32;
  std::optional<Ipv4> peer{};  // of a point-to-point address; the prefix is then the peer's
  // What is connected by this address.
  [[nodiscard]] Prefix subnet() const { return Prefix::of(peer.value_or(address), prefix_length); }
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct InterfaceInfo {
  unsigned ifindex = 0;
  std::string name;
  unsigned parent = 0;               // IFLA_LINK of a VLAN device, in this namespace; 0 = none
  std::uint16_t vlan_id = 0;         // of a VLAN device
  std::uint16_t vlan_tpid = 0x8100;  // host order
  unsigned master = 0;               // bond or bridge it belongs to
  std::string kind;                  // "vlan", "bond", "veth", ...
  Mac mac{};
  unsigned mtu = 0;
  bool up = false;         // switched on, with a carrier, and not put aside by its bond
  unsigned rx_queues = 1;  // active receive channels (ethtool), at least 1
  std::vector<InterfaceAddress> addresses;
  friend bool operator==(const InterfaceInfo&, const InterfaceInfo&) = default;
};

[[nodiscard]] Result<std::vector<InterfaceInfo>> snapshot();

// stale has a MAC that worked once and is still used by the kernel; usable was confirmed or is being confirmed now.
enum class NeighbourState { unresolved, stale, usable, failed };
struct Neighbour {
  unsigned ifindex = 0;
  Ipv4 address{};
  Mac mac{};
  NeighbourState state = NeighbourState::unresolved;
};

class Watch {
 public:
  [[nodiscard]] static Result<Watch> open();
  [[nodiscard]] int fd() const { return socket_.get(); }

  struct Changes {
    bool links = false;  // an interface or an address came, went or changed
    bool rules = false;  // a policy rule, a route of the guard's or a forwarding switch changed
    bool lost = false;   // some notifications were lost: both of the above are set, and neighbours() must be asked
    std::vector<Neighbour> neighbours;  // in the order of their changes; one deleted is unresolved
  };
  // Takes what has arrived (of a flood, at most a part: ask again while fd() is readable); never blocks.
  [[nodiscard]] Changes read();

 private:
  explicit Watch(Fd socket) : socket_{std::move(socket)} {}
  Fd socket_;
};

// Asks the kernel to resolve or confirm the neighbour; the answer comes through Watch. (Of a stale one, the kernel first
// waits delay_first_probe_time, 5 s, for other proof of life; it is usable meanwhile.)
[[nodiscard]] Result<> probe(unsigned ifindex, Ipv4 address);
// Every IPv4 neighbour that the kernel knows of.
[[nodiscard]] Result<std::vector<Neighbour>> neighbours();

}  // namespace cgn::io
