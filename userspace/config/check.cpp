// SPDX-License-Identifier: Apache-2.0
// The config against the machine.
#include "config/check.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "config/suggest.hpp"

namespace cgn::config {
namespace {

bool is_listed(const std::vector<Interface>& interfaces, std::string_view name) {
  return std::any_of(interfaces.begin(), interfaces.end(), [name](const Interface& i) { return i.name == name; });
}

bool contains(const std::vector<Prefix>& prefixes, Ipv4 address) {
  return std::any_of(prefixes.begin(), prefixes.end(), [address](const Prefix& p) { return p.contains(address); });
}

void check_interface(const Interface& interface, const MachineFacts& facts, Complaints& complaints) {
  const auto found = facts.interfaces.find(interface.name);
  if (found == facts.interfaces.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, unused] : facts.interfaces) names.push_back(name);
    complaints.push_back({interface.place, fmt::format("there is no interface '{}'", interface.name),
                          did_you_mean(interface.name, names)});
    return;
  }
  const auto& fact = found->second;
  if (fact.mtu > fact.max_xdp_mtu) {
    complaints.push_back({interface.place,
                          fmt::format("interface '{}' has MTU {}, and XDP with AF_XDP carries {} there", interface.name,
                                      fact.mtu, fact.max_xdp_mtu),
                          fmt::format("ip link set dev {} mtu {}", interface.name, fact.max_xdp_mtu)});
  }
}

void check_interfaces(const Config& config, const MachineFacts& facts, Complaints& complaints) {
  for (const auto& interface : config.interfaces.internal) check_interface(interface, facts, complaints);
  for (const auto& interface : config.interfaces.external) {
    // One-armed: said once.
    if (!is_listed(config.interfaces.internal, interface.name)) check_interface(interface, facts, complaints);
  }
}

// CVE-2021-3773: a service of the box and a mapping on one address shadow each other's ports.
void check_pool_against_addresses(const Pool& pool, const MachineFacts& facts, Complaints& complaints) {
  for (const auto& [name, fact] : facts.interfaces) {
    for (const auto address : fact.addresses) {
      if (!contains(pool.addresses, address)) continue;
      complaints.push_back({pool.place,
                            fmt::format("{} of pool '{}' is an address of interface '{}': its services and the pool's "
                                        "mappings would take each other's ports",
                                        to_string(address), pool.name, name),
                            "give the pool addresses that no interface has"});
    }
  }
}

// The first prefix of the pool that shares addresses with a subnet of the interface.
const Prefix* on_subnet(const Pool& pool, const InterfaceFacts& fact) {
  for (const auto& prefix : pool.addresses) {
    const bool connected = std::any_of(fact.connected.begin(), fact.connected.end(),
                                       [&prefix](const Prefix& subnet) { return subnet.overlaps(prefix); });
    if (connected) return &prefix;
  }
  return nullptr;
}

// A subnet's broadcast address among the pool's (a /31 has none, RFC 3021).
std::optional<Ipv4> broadcast_in(const Pool& pool, const InterfaceFacts& fact) {
  for (const auto& subnet : fact.connected) {
    if (subnet.length() <= 30 && contains(pool.addresses, subnet.last())) return subnet.last();
  }
  return std::nullopt;
}

// Neighbours on a connected subnet ask for a pool address by ARP, and nobody answers unless we do; we do on external
// interfaces only.
void check_pool_against_subnets(const Pool& pool, const Config& config, const MachineFacts& facts,
                                Complaints& complaints) {
  for (const auto& [name, fact] : facts.interfaces) {
    const auto* prefix = on_subnet(pool, fact);
    if (prefix == nullptr) continue;
    const bool external = is_listed(config.interfaces.external, name);
    if (!pool.answer_arp) {
      complaints.push_back({pool.place,
                            fmt::format("{} of pool '{}' lies on the subnet of interface '{}', and arp is off: nobody "
                                        "would answer for it",
                                        to_string(*prefix), pool.name, name),
                            "arp = \"auto\", or addresses that are routed to this box"});
    } else if (!external && is_listed(config.interfaces.internal, name)) {
      complaints.push_back({pool.place,
                            fmt::format("{} of pool '{}' lies on the subnet of internal interface '{}'",
                                        to_string(*prefix), pool.name, name),
                            "pool addresses belong to the external side"});
    } else if (const auto broadcast = broadcast_in(pool, fact)) {
      complaints.push_back(
          {pool.place,
           fmt::format("{} of pool '{}' is the broadcast address of interface '{}': routers there drop "
                       "what is sent to it",
                       to_string(*broadcast), pool.name, name),
           "a pool that ends before it"});
    }
  }
}

void check_rule(const Rule& rule, const Config& config, const MachineFacts& facts, Complaints& complaints) {
  for (const auto& interface : config.interfaces.external) {
    const auto found = facts.interfaces.find(interface.name);
    if (found == facts.interfaces.end() || is_listed(config.interfaces.internal, interface.name)) continue;
    for (const auto& prefix : rule.internal) {
      for (const auto& subnet : found->second.connected) {
        if (!subnet.overlaps(prefix)) continue;
        complaints.push_back({rule.place,
                              fmt::format("internal prefix {} overlaps {}, the subnet of external interface '{}'",
                                          to_string(prefix), to_string(subnet), interface.name),
                              "its hosts would be refused there as spoofed subscribers"});
      }
    }
  }
}

// A static mapping would take the port from the box's own service, and what is sent to the box never comes to be translated.
void check_static(const Static& s, const MachineFacts& facts, Complaints& complaints) {
  for (const auto& [name, fact] : facts.interfaces) {
    for (const auto address : fact.addresses) {
      if (address != s.external.address && address != s.internal.address) continue;
      complaints.push_back(
          {s.place, fmt::format("{} of a static mapping is an address of interface '{}'", to_string(address), name),
           "an address that no interface of this box has"});
    }
  }
}

void check_memory(const Config& config, const MachineFacts& facts, Complaints& complaints) {
  if (facts.memory_bytes == 0 || config.pools.empty()) return;
  const auto need = memory_need(config);
  if (need.bytes <= facts.memory_bytes) return;
  constexpr std::uint64_t kMebi = 1u << 20;
  complaints.push_back({config.limits.place,
                        fmt::format("the tables need {} MiB, and {} MiB are available: {}", need.bytes / kMebi + 1,
                                    facts.memory_bytes / kMebi, need.arithmetic),
                        "lower 'mappings' in [limits], or add memory"});
}

}  // namespace

Complaints check(const Config& config, const MachineFacts& facts) {
  Complaints complaints;
  check_interfaces(config, facts, complaints);
  for (const auto& pool : config.pools) {
    check_pool_against_addresses(pool, facts, complaints);
    check_pool_against_subnets(pool, config, facts, complaints);
  }
  for (const auto& rule : config.rules) check_rule(rule, config, facts, complaints);
  for (const auto& s : config.statics) check_static(s, facts, complaints);
  check_memory(config, facts, complaints);
  sort(complaints);
  return complaints;
}

}  // namespace cgn::config
