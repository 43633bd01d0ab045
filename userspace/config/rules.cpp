// SPDX-License-Identifier: Apache-2.0
// Reading [[rule]], and what pools, rules and limits say together.
#include <fmt/core.h>

#include <algorithm>

#include "config/bypass.hpp"
#include "config/pools.hpp"
#include "config/realms.hpp"
#include "config/statics.hpp"
#include "config/tables.hpp"

namespace cgn::config {
namespace {

// What already has some of these internal addresses: an earlier prefix, or a pool.
std::string conflict_of(const Prefix& prefix, const Rule& rule, const Config& config) {
  for (const auto& known : rule.internal) {
    if (known.overlaps(prefix)) return fmt::format("{} of the same rule", to_string(known));
  }
  for (const auto& other : config.rules) {
    if (other.realm != rule.realm) continue;
    for (const auto& known : other.internal) {
      if (known.overlaps(prefix)) return fmt::format("{} of the rule for pool '{}'", to_string(known), other.pool);
    }
  }
  for (const auto& pool : config.pools) {
    for (const auto& known : pool.addresses) {
      if (known.overlaps(prefix)) return fmt::format("{} of pool '{}'", to_string(known), pool.name);
    }
  }
  return {};
}

void read_internal(Section& section, Rule& rule, const Config& config) {
  rule.place = section.place("internal");
  section.texts("internal", [&](const std::string& text, Place place) {
    const auto prefix = read_prefix(section, "internal", text, place);
    if (!prefix) return;
    const auto conflict = conflict_of(*prefix, rule, config);
    if (conflict.empty()) {
      rule.internal.push_back(*prefix);
    } else {
      section.complain(place, fmt::format("internal prefix {} overlaps {}", to_string(*prefix), conflict));
    }
  });
  if (!section.has("internal")) section.missing("internal", "internal = [\"100.64.0.0/16\"]");
}

void read_pool_name(Section& section, Rule& rule, const Config& config) {
  if (!section.has("pool")) section.missing("pool");
  if (!section.text("pool", rule.pool) || config.find_pool(rule.pool) != nullptr) return;
  std::vector<std::string_view> names;
  for (const auto& pool : config.pools) names.push_back(pool.name);
  section.complain("pool", fmt::format("there is no pool '{}'", rule.pool), did_you_mean(rule.pool, names));
}

void read_prefix_length(Section& section, Rule& rule) {
  constexpr std::string_view kKey = "subscriber_prefix_length";
  if (!section.number(kKey, rule.subscriber_prefix_length, {.least = 1, .most = 32})) return;
  const auto shortest = std::find_if(rule.internal.begin(), rule.internal.end(), [&rule](const Prefix& prefix) {
    return prefix.length() > rule.subscriber_prefix_length;
  });
  if (shortest == rule.internal.end()) return;
  section.complain(kKey, fmt::format("one subscriber of /{} is larger than the internal prefix {}",
                                     rule.subscriber_prefix_length, to_string(*shortest)));
}

// A mapping needs an external port of its protocol: more mappings than those are memory for nothing. Counted are TCP, UDP
// and ICMP: nobody fills a pool with the others, and who planned for all six would buy twice the memory.
constexpr std::size_t kCountedProtos = 3;

void check_mappings_fit_ports(const Config& config, Complaints& complaints) {
  std::uint64_t ports = 0;
  for (const auto& pool : config.pools) ports += pool.address_count() * pool.ports.count();
  const auto most = ports * kCountedProtos;
  if (!config.limits.mappings_given || ports == 0 || config.limits.mappings <= most) return;
  complaints.push_back({config.limits.place,
                        fmt::format("'mappings' in [limits] is {}, and the pools can hold {}: {} protocols x {} ports",
                                    config.limits.mappings, most, kCountedProtos, ports),
                        fmt::format("{} at most", most)});
}

// The gateway rewrites what a call's two ends agree on; the call itself is GRE.
void check_gateways(const Config& config, Complaints& complaints) {
  if (!config.alg.pptp || config.nat.gre) return;
  complaints.push_back({config.alg.pptp_place,
                        "'pptp' = true in [alg], but GRE, which carries its calls, is not translated",
                        "add \"gre\" to 'tunnels' in [nat], or leave 'pptp' off"});
}

}  // namespace

void read_rule(Section& section, Config& config) {
  enum class Action { translate, bypass };
  auto action = Action::translate;
  section.choice("action", action, {{"translate", Action::translate}, {"bypass", Action::bypass}});
  if (action == Action::bypass) return read_bypass(section, config);
  Rule rule;
  read_realm_name(section, config, rule.realm);
  read_internal(section, rule, config);
  read_prefix_length(section, rule);
  read_pool_name(section, rule, config);
  config.rules.push_back(std::move(rule));
}

void check_whole(const Config& config, Complaints& complaints) {
  check_mappings_fit_ports(config, complaints);
  check_bypasses(config, complaints);
  check_statics(config, complaints);
  check_gateways(config, complaints);
  check_realms(config, complaints);
}

}  // namespace cgn::config
