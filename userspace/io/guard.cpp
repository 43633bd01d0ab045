// SPDX-License-Identifier: Apache-2.0
// The plan turned into wanted entries, and wanted compared with what the kernel lists. New entries go in before old
// ones go out, so a changed plan never opens a gap.
#include "io/guard.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "io/blackholes.hpp"
#include "io/former_state.hpp"
#include "io/netlink.hpp"
#include "io/sysctl.hpp"

namespace cgn::io {
namespace {

constexpr std::string_view kHint =
    "another program may manage rules and routes here; for systemd-networkd set ManageForeignRoutingPolicyRules=no and "
    "ManageForeignRoutes=no";

struct Wanted {
  std::set<BlackholeRule> rules;
  std::set<Prefix> routes;
  std::map<std::string, bool> forwarding;  // by interface
};

Wanted wanted_by(const GuardPlan& plan) {
  Wanted wanted;
  for (const auto& prefix : plan.internal_prefixes) {
    for (const auto& port : plan.internal_ports) wanted.rules.insert({port, RuleMatches::source, prefix});
    for (const auto& port : plan.external_ports) wanted.rules.insert({port, RuleMatches::destination, prefix});
  }
  wanted.routes.insert(plan.pool_prefixes.begin(), plan.pool_prefixes.end());
  for (const auto& port : plan.internal_ports) wanted.forwarding[port] = plan.forwarding;
  for (const auto& port : plan.external_ports) wanted.forwarding[port] = plan.forwarding;
  for (const auto& name : plan.route_by) {
    for (const auto& prefix : plan.internal_prefixes) wanted.rules.insert({name, RuleMatches::source, prefix});
    wanted.forwarding[name] = true;
  }
  wanted.forwarding["lo"] = true;
  return wanted;
}

std::set<BlackholeRule> meanings(const std::vector<Listed<BlackholeRule>>& listed) {
  std::set<BlackholeRule> found;
  for (const auto& entry : listed) {
    if (entry.meaning) found.insert(*entry.meaning);
  }
  return found;
}

// What was listed and is not (or no longer) wanted.
template <class Meaning>
std::vector<NetlinkMessage> surplus(const std::vector<Listed<Meaning>>& listed, const std::set<Meaning>& wanted) {
  std::vector<NetlinkMessage> messages;
  for (const auto& entry : listed) {
    if (!entry.meaning || !wanted.contains(*entry.meaning)) messages.push_back(entry.message);
  }
  return messages;
}

Result<> add_absent(Netlink& netlink, const Wanted& wanted) {
  TRY(rules, list_rules(netlink));
  const auto present_rules = meanings(rules);
  for (const auto& rule : wanted.rules) {
    if (!present_rules.contains(rule)) TRY_VOID(add_rule(netlink, rule));
  }
  for (const auto& prefix : wanted.routes) {
    TRY(present, has_route(netlink, prefix));
    if (!present) TRY_VOID(add_route(netlink, prefix));
  }
  return {};
}

Result<> delete_surplus(Netlink& netlink, const Wanted& wanted) {
  TRY(rules, list_rules(netlink));
  for (const auto& message : surplus(rules, wanted.rules)) TRY_VOID(delete_rule(netlink, message));
  TRY(routes, list_routes(netlink));
  for (const auto& message : surplus(routes, wanted.routes)) TRY_VOID(delete_route(netlink, message));
  return {};
}

// Puts one remembered switch back and forgets it. An interface that is gone has nothing to put back.
Result<> restore_forwarding(FormerState& former, const std::string& interface, bool on) {
  TRY(now, read_forwarding(interface));
  if (now && *now != on) TRY_VOID(write_forwarding(interface, on));
  return former.forget(interface);
}

Result<> set_forwarding(FormerState& former, const std::map<std::string, bool>& wanted) {
  for (const auto& [interface, on] : wanted) {
    TRY(now, read_forwarding(interface));
    if (!now) continue;
    TRY_VOID(former.remember(interface, *now ? "1" : "0"));
    if (*now != on) TRY_VOID(write_forwarding(interface, on));
  }
  const auto remembered = former.values();
  for (const auto& [interface, value] : remembered) {
    if (!wanted.contains(interface)) TRY_VOID(restore_forwarding(former, interface, value == "1"));
  }
  return {};
}

std::filesystem::path state_file(const std::filesystem::path& directory) { return directory / "guard-sysctls"; }

}  // namespace

Guard::Guard(GuardPlan plan, std::filesystem::path state_directory)
    : plan_{std::move(plan)}, state_directory_{std::move(state_directory)} {}

Result<> Guard::install() {
  const auto wanted = wanted_by(plan_);
  TRY(netlink, Netlink::open());
  TRY(former, FormerState::load(state_file(state_directory_)));
  TRY_VOID(add_absent(netlink, wanted));
  TRY_VOID(set_forwarding(former, wanted.forwarding));
  TRY_VOID(delete_surplus(netlink, wanted));
  // Again: the kernel takes a rule that differs only in its flags for the same one, and refuses ours beside it.
  TRY_VOID(add_absent(netlink, wanted));
  TRY(absent, missing());
  if (!absent.empty()) {
    return fail(fmt::format("install the leak guard: not there on reading back: {}", fmt::join(absent, ", ")),
                std::string{kHint});
  }
  return {};
}

Result<std::vector<std::string>> Guard::missing() const {
  const auto wanted = wanted_by(plan_);
  TRY(netlink, Netlink::open());
  TRY(rules, list_rules(netlink));
  const auto present_rules = meanings(rules);
  std::vector<std::string> absent;
  for (const auto& rule : wanted.rules) {
    if (!present_rules.contains(rule)) absent.push_back(to_string(rule));
  }
  for (const auto& prefix : wanted.routes) {
    TRY(present, has_route(netlink, prefix));
    if (!present) absent.push_back(route_to_string(prefix));
  }
  for (const auto& [interface, on] : wanted.forwarding) {
    TRY(now, read_forwarding(interface));
    if (now && *now != on) {
      absent.push_back(fmt::format("forwarding on {} is {}, wanted {}", interface, *now ? 1 : 0, on ? 1 : 0));
    }
  }
  return absent;
}

Result<> Guard::remove(const std::filesystem::path& state_directory) {
  TRY(netlink, Netlink::open());
  // Nothing is wanted any more, so everything of ours is surplus.
  auto result = delete_surplus(netlink, {});
  TRY(former, FormerState::load(state_file(state_directory)));
  const auto remembered = former.values();
  for (const auto& [interface, value] : remembered) {
    // One switch that cannot be restored must not keep the others; the first reason is told.
    auto restored = restore_forwarding(former, interface, value == "1");
    if (result && !restored) result = std::move(restored);
  }
  return result;
}

}  // namespace cgn::io
