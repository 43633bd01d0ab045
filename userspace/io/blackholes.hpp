// SPDX-License-Identifier: Apache-2.0
// The guard's entries in the kernel's routing policy: blackhole rules and blackhole routes, IPv4.
//
// What        Adds them, lists those that carry kGuardProtocol, deletes what was listed. A route of ours has metric
//             kGuardMetric: a connected subnet equal to a pool, or an operator's own route for it, must go before it.
// Ownership   What lacks kGuardProtocol is neither listed nor deleted.
// Failure     Adding what is there, or deleting what is gone, is fine.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "io/netlink.hpp"

namespace cgn::io {

inline constexpr std::uint32_t kGuardMetric = 1'000'000;

enum class RuleMatches { source, destination };

struct BlackholeRule {
  std::string iif;
  RuleMatches matches = RuleMatches::source;
  Prefix prefix{};
  friend auto operator<=>(const BlackholeRule&, const BlackholeRule&) = default;
};

[[nodiscard]] std::string to_string(const BlackholeRule&);  // "rule iif int0 from 100.64.0.0/16 blackhole"
[[nodiscard]] std::string route_to_string(const Prefix&);   // "route 203.0.113.0/24 blackhole"

// An entry of ours as the kernel holds it. `meaning` is empty when it is not one that the guard would add today
// (another priority, table or action): never taken for present, and deleted like the others.
template <class Meaning>
struct Listed {
  std::optional<Meaning> meaning;
  NetlinkMessage message;
};

[[nodiscard]] Result<> add_rule(Netlink&, const BlackholeRule&);
[[nodiscard]] Result<std::vector<Listed<BlackholeRule>>> list_rules(Netlink&);
[[nodiscard]] Result<> delete_rule(Netlink&, const NetlinkMessage& listed);

[[nodiscard]] Result<> add_route(Netlink&, const Prefix&);
// The same answer as list_routes() gives, for one route and without a walk through a table that BGP may have filled.
[[nodiscard]] Result<bool> has_route(Netlink&, const Prefix&);
[[nodiscard]] Result<std::vector<Listed<Prefix>>> list_routes(Netlink&);
[[nodiscard]] Result<> delete_route(Netlink&, const NetlinkMessage& listed);

}  // namespace cgn::io
