// SPDX-License-Identifier: Apache-2.0
// From the config and the kernel's interfaces to the tables that the program reads. Pure.
//
// What        Which physical ports carry the program, which VLAN tags lead where, what class each prefix has, where a
//             route's interface leads out, and what the leak guard must hold.
// Life-cycle  Made anew at start and after every change of links or addresses; compared, and applied when it differs.
// Ownership   A passive value.
//
//                 configured        carried by                 so packets show
//                 eth0              eth0                       (eth0, no tag)
//                 eth0.100          eth0                       (eth0, tag 100)
//                 eth0.200.100      eth0.200 on eth0           (eth0, tag 200, tag 100)
//                 bond0.100         bond0 = eth0 + eth1        (eth0, tag 100) and (eth1, tag 100)
//
// Failure     A configured interface that no port can carry now is listed in `missing`: it is not there, a bond without
//             members, under more than two tags, or past CGN_MAX_PORTS. Not an error: it may come back.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "io/guard.hpp"
#include "io/links.hpp"
#include "io/program.hpp"

namespace cgn::daemon {

// A physical interface with the program on it.
struct PortInfo {
  unsigned index = 0;  // 0 .. CGN_MAX_PORTS-1, stable while the daemon lives: a name keeps its index
  std::string name;
  unsigned ifindex = 0;
  unsigned mtu = 0;
  unsigned rx_queues = 1;
  std::string kind;  // "veth", ...
  friend bool operator==(const PortInfo&, const PortInfo&) = default;
};

// Where a route's interface leads out, for the slow path; the program's table has the same in `egress`.
struct EgressInfo {
  unsigned ifindex = 0;  // as routes name it
  cgn_egress where{};
  Mac mac{};  // of that interface: source of what leaves
};

struct Topology {
  std::vector<PortInfo> ports;
  std::vector<std::pair<cgn_link_key, cgn_link>> links;
  std::vector<std::pair<cgn_link_key, Ipv4>> sources;  // our address on each link, for ICMP errors of ours
  std::vector<EgressInfo> egress;
  std::vector<std::pair<std::uint32_t, cgn_realm_info>> realms;  // the external one among them
  std::vector<io::ClassifiedPrefix> classes;
  io::GuardPlan guard;
  std::vector<std::string> missing;
  // Every port name that ever had an index, those that are away included. An index is lent to another name only when no
  // other is left.
  std::map<std::string, unsigned> indices;
};

// `former` gives each port name its index again; nullptr at first.
[[nodiscard]] Topology make_topology(const config::Config&, const std::vector<io::InterfaceInfo>&,
                                     const Topology* former);
// Equal in everything that the kernel would be told.
[[nodiscard]] bool same(const Topology&, const Topology&);

}  // namespace cgn::daemon
