// SPDX-License-Identifier: Apache-2.0
// Groups of rows: each has a policy of its own, and so a lab and a daemon of its own.
//
// What        A group's policy is what differs from the shared one: pool, timers, limits. config_text() is a whole
//             cgn.toml.
// Ownership   Constants.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "cgn/net.hpp"

namespace cgn::selftest {

enum class Group {
  plain,              // defaults, sixteen addresses
  odd_pool,           // single addresses, ranges, another prefix
  limited,            // kPortLimit ports for each protocol of a subscriber
  short_timers,       // seconds instead of minutes
  short_rests,        // small pools, seconds, and freed ports and blocks rest for seconds
  small_pools,        // small pools, for rows that fill one, or need two subscribers of one address; PPTP's gateway on
  admin_prohibited,   // as small_pools, refusals told as 3/13
  silent,             // as small_pools, refusals not told
  address_dependent,  // filtering
  port_dependent,     // filtering by address and port
  refresh_both,       // seconds instead of minutes, and inbound packets refresh
  arbitrary,          // few ports an address, and further blocks on any address
  shared_ports,       // small pools whose TCP connections share ports
};

inline constexpr std::array kGroups{
    Group::plain,        Group::odd_pool,         Group::limited,     Group::short_timers,      Group::short_rests,
    Group::small_pools,  Group::admin_prohibited, Group::silent,      Group::address_dependent, Group::port_dependent,
    Group::refresh_both, Group::arbitrary,        Group::shared_ports};

[[nodiscard]] std::string_view name_of(Group);

// The timers of Group::short_timers and short_rests.
inline constexpr std::chrono::seconds kShortUdp{4}, kShortDns{1}, kShortIcmp{4};
inline constexpr std::chrono::seconds kShortOpening{4}, kShortEstablished{12}, kShortClosing{4};
inline constexpr std::chrono::seconds kShortPortRest{6}, kShortBlockRest{6}, kShortLinger{1};

inline constexpr unsigned kPortLimit = 64;

// A pool of its own for a row: one address, for the first two subscribers of a prefix, kSmallBlock ports each.
struct SmallPool {
  Ipv4 address;
  Prefix subscribers;
};
inline constexpr unsigned kSmallPools = 32, kSmallBlock = 16;
[[nodiscard]] SmallPool small_pool(unsigned n);
[[nodiscard]] bool has_small_pools(Group);

struct Places {
  std::filesystem::path work;  // configuration, state, log, socket
  std::filesystem::path bpf;   // pins
};

// mode: "native" or "generic".
[[nodiscard]] std::string config_text(Group, std::string_view mode, const Places&);

// The external addresses of a group without small pools, for nftables, which takes one range.
struct AddressRange {
  Ipv4 first, last;
};
[[nodiscard]] AddressRange pool_range(Group);

}  // namespace cgn::selftest
