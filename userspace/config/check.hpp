// SPDX-License-Identifier: Apache-2.0
// What only the machine can tell about a config.
//
// What        Interfaces that exist, MTUs that XDP carries, pools that collide with the box's own addresses and subnets,
//             memory. Pure: the machine's facts are an argument.
// Failure     Complaints, with the place of the key that is at fault.
#pragma once

#include <map>
#include <string>

#include "config/complaint.hpp"
#include "config/config.hpp"

namespace cgn::config {

struct InterfaceFacts {
  unsigned mtu = 1500;
  unsigned max_xdp_mtu = 3506;    // largest MTU that XDP and one AF_XDP frame carry here
  std::vector<Prefix> connected;  // subnets of its addresses
  std::vector<Ipv4> addresses;
};

struct MachineFacts {
  std::map<std::string, InterfaceFacts, std::less<>> interfaces;
  std::uint64_t memory_bytes = 0;  // available to the daemon; 0 = unknown
};

// Complaints that the machine raises against a config, also one that parse() complained about. Empty: it fits.
[[nodiscard]] Complaints check(const Config&, const MachineFacts&);

// Bytes of kernel and daemon memory that this config needs for its tables, with the arithmetic as text.
struct MemoryNeed {
  std::uint64_t bytes = 0;
  std::string arithmetic;
};
[[nodiscard]] MemoryNeed memory_need(const Config&);

}  // namespace cgn::config
