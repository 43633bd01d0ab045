// SPDX-License-Identifier: Apache-2.0
// Groups of rows: each has a policy of its own, and so a lab and a daemon of its own.
//
// What        A group's policy is what differs from the shared one: pool, timers, limits. config_text() is a whole cgn.toml.
// Ownership   Constants.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "cgn/net.hpp"

namespace cgn::selftest {

enum class Group {
  plain,             // defaults, sixteen addresses
  short_timers,      // seconds instead of minutes
  short_rests,       // one address, two blocks, freed ones rest for seconds
  tiny_pool,         // one address, two first blocks of 64 ports, no extensions
  odd_pool,          // single addresses, ranges, another prefix
  limited,           // 64 ports for each protocol
  admin_prohibited,  // as tiny_pool, refusals told as 3/13
  silent,            // as tiny_pool, refusals not told
};

inline constexpr std::array kGroups{Group::plain,    Group::short_timers, Group::short_rests,      Group::tiny_pool,
                                    Group::odd_pool, Group::limited,      Group::admin_prohibited, Group::silent};

[[nodiscard]] std::string_view name_of(Group);

// The timers of Group::short_timers and short_rests.
inline constexpr std::chrono::seconds kShortUdp{4}, kShortIcmp{4}, kShortOpening{4}, kShortEstablished{12},
    kShortClosing{4};
inline constexpr std::chrono::seconds kShortPortRest{6}, kShortBlockRest{6}, kShortLinger{1};

struct Places {
  std::filesystem::path work;  // configuration, state, log, socket
  std::filesystem::path bpf;   // pins
};

// mode: "native" or "generic".
[[nodiscard]] std::string config_text(Group, std::string_view mode, const Places&);

// The pool of the subscribers, as the configuration writes it: for nftables, which takes one range.
struct AddressRange {
  Ipv4 first, last;
};
[[nodiscard]] AddressRange pool_range(Group);

}  // namespace cgn::selftest
