// SPDX-License-Identifier: Apache-2.0
#include "daemon/guard_plan.hpp"

#include <algorithm>

namespace cgn::daemon {
namespace {

// The prefix one bit shorter, when a and b are its two halves.
std::optional<Prefix> whole_of(const Prefix& a, const Prefix& b) {
  if (a.length() == 0 || a.length() != b.length()) return std::nullopt;
  const auto whole = Prefix::of(a.address(), a.length() - 1);
  return a != b && whole.contains(b) ? std::optional{whole} : std::nullopt;
}

std::vector<std::string> names_of(const std::vector<config::Interface>& interfaces) {
  std::vector<std::string> names;
  for (const auto& interface : interfaces) names.push_back(interface.name);
  return names;
}

}  // namespace

std::vector<Prefix> merged(std::vector<Prefix> prefixes) {
  std::ranges::sort(prefixes);
  std::vector<Prefix> result;
  for (auto prefix : prefixes) {
    if (!result.empty() && result.back().contains(prefix)) continue;
    // Sorted, so a half's other half can only be the last; the whole may itself be a half.
    while (!result.empty()) {
      const auto whole = whole_of(result.back(), prefix);
      if (!whole) break;
      prefix = *whole;
      result.pop_back();
    }
    result.push_back(prefix);
  }
  return result;
}

io::GuardPlan guard_plan(const config::Config& config) {
  io::GuardPlan plan;
  plan.internal_ports = names_of(config.interfaces.internal);
  plan.external_ports = names_of(config.interfaces.external);
  for (const auto& realm : config.realms) {
    const bool said = std::ranges::find(plan.route_by, realm.route_by) != plan.route_by.end();
    if (!realm.route_by.empty() && !said) plan.route_by.push_back(realm.route_by);
  }
  for (const auto& rule : config.rules) {
    plan.internal_prefixes.insert(plan.internal_prefixes.end(), rule.internal.begin(), rule.internal.end());
  }
  for (const auto& s : config.statics) {
    plan.internal_prefixes.push_back(Prefix::of(s.internal.address, 32));
  }
  plan.internal_prefixes = merged(std::move(plan.internal_prefixes));
  for (const auto& pool : config.pools) {
    plan.pool_prefixes.insert(plan.pool_prefixes.end(), pool.addresses.begin(), pool.addresses.end());
  }
  for (const auto& s : config.statics) {
    const auto contained = [&](const Prefix& p) { return p.contains(s.external.address); };
    if (std::ranges::none_of(plan.pool_prefixes, contained)) {
      plan.pool_prefixes.push_back(Prefix::of(s.external.address, 32));
    }
  }
  // A router between transit prefixes is the kernel; without them nothing of ours needs it to forward.
  plan.forwarding = !config.interfaces.transit.empty();
  return plan;
}

}  // namespace cgn::daemon
