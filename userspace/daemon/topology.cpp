// SPDX-License-Identifier: Apache-2.0
// Ports, links and ways out. Classes and the guard's plan have files of their own.
#include "daemon/topology.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "daemon/address_classes.hpp"
#include "daemon/carriers.hpp"
#include "daemon/guard_plan.hpp"
#include "daemon/realm_numbers.hpp"

namespace cgn::daemon {
namespace {

using Interfaces = std::vector<io::InterfaceInfo>;

// A configured interface that is there, and what it is to us.
struct Configured {
  const io::InterfaceInfo* interface = nullptr;
  std::uint8_t role = 0;  // CGN_ROLE_*
  std::uint8_t view = CGN_REALM_EXTERNAL;
  Carriers carriers{};
};

void add_configured(const std::vector<config::Interface>& names, unsigned role,
                    std::map<std::string, unsigned>& roles) {
  for (const auto& name : names) roles[name.name] |= role;
}

std::uint8_t view_of(const config::Config& config, const std::string& name, unsigned role) {
  return (role & CGN_ROLE_INTERNAL) == 0 ? static_cast<std::uint8_t>(CGN_REALM_EXTERNAL)
                                         : config::realm_of(config.realms, name).value();
}

// What can be carried; the rest is named in `missing`.
std::vector<Configured> find_configured(const config::Config& config, const Interfaces& interfaces,
                                        std::vector<std::string>& missing) {
  std::map<std::string, unsigned> roles;
  add_configured(config.interfaces.internal, CGN_ROLE_INTERNAL, roles);
  add_configured(config.interfaces.external, CGN_ROLE_EXTERNAL, roles);
  std::vector<Configured> found;
  for (const auto& [name, role] : roles) {
    const auto interface = std::ranges::find(interfaces, name, &io::InterfaceInfo::name);
    auto carriers = interface == interfaces.end() ? std::nullopt : carriers_of(*interface, interfaces);
    if (!carriers || carriers->physical.empty()) {
      missing.push_back(name);
      continue;
    }
    found.push_back({&*interface, static_cast<std::uint8_t>(role), view_of(config, name, role), std::move(*carriers)});
  }
  return found;
}

// An index for a name that has none: one that nobody ever had, else one whose name is away.
std::optional<unsigned> free_index(const std::map<std::string, unsigned>& indices,
                                   const std::set<std::string>& present) {
  std::set<unsigned> known;
  std::set<unsigned> in_use;
  for (const auto& [name, index] : indices) {
    known.insert(index);
    if (present.contains(name)) in_use.insert(index);
  }
  for (const auto* taken : {&known, &in_use}) {
    for (unsigned index = 0; index < CGN_MAX_PORTS; ++index) {
      if (!taken->contains(index)) return index;
    }
  }
  return std::nullopt;
}

void assign_indices(const std::vector<Configured>& configured, std::map<std::string, unsigned>& indices) {
  std::set<std::string> present;
  for (const auto& c : configured) {
    for (const auto* physical : c.carriers.physical) present.insert(physical->name);
  }
  for (const auto& name : present) {
    if (indices.contains(name)) continue;
    const auto index = free_index(indices, present);
    if (!index) continue;  // more ports than CGN_MAX_PORTS: this one is left out
    std::erase_if(indices, [&](const auto& entry) { return entry.second == *index; });
    indices.emplace(name, *index);
  }
}

void add_ports(const Configured& configured, Topology& topology) {
  for (const auto* physical : configured.carriers.physical) {
    const auto index = topology.indices.find(physical->name);
    if (index == topology.indices.end()) continue;
    const auto port = std::ranges::find(topology.ports, index->second, &PortInfo::index);
    if (port == topology.ports.end()) {
      topology.ports.push_back({.index = index->second,
                                .name = physical->name,
                                .ifindex = physical->ifindex,
                                .mtu = physical->mtu,
                                .rx_queues = physical->rx_queues,
                                .kind = physical->kind});
    }
  }
}

std::uint16_t tag_id(const std::vector<Tag>& tags, std::size_t position) {
  return position < tags.size() ? tags[position].id : std::uint16_t{0};
}

const PortInfo* port_of(const Topology& topology, const io::InterfaceInfo& physical) {
  const auto port = std::ranges::find(topology.ports, physical.ifindex, &PortInfo::ifindex);
  return port == topology.ports.end() ? nullptr : &*port;
}

// True when at least one carrier is a port: past CGN_MAX_PORTS there may be none.
bool add_links(const Configured& configured, Topology& topology) {
  bool carried = false;
  for (const auto* physical : configured.carriers.physical) {
    const auto* port = port_of(topology, *physical);
    if (port == nullptr) continue;
    const auto& tags = configured.carriers.tags;
    cgn_link link{.mac = {},
                  .role = configured.role,
                  .port = static_cast<std::uint8_t>(port->index),
                  .view = configured.view,
                  .pad = {}};
    std::memcpy(link.mac, configured.interface->mac.bytes.data(), sizeof link.mac);
    topology.links.emplace_back(cgn_link_key{port->ifindex, tag_id(tags, 0), tag_id(tags, 1)}, link);
    carried = true;
  }
  return carried;
}

std::optional<Ipv4> first_address(const io::InterfaceInfo& interface) {
  if (interface.addresses.empty()) return std::nullopt;
  return interface.addresses.front().address;
}

// The address that a sender on this interface knows us by: the interface's own; without one (an unnumbered link) another's
// of the same role, and at last any that we have.
std::optional<Ipv4> source_of(const Configured& wanted, const std::vector<Configured>& configured) {
  if (const auto own = first_address(*wanted.interface)) return own;
  std::optional<Ipv4> any;
  for (const auto& c : configured) {
    const auto address = first_address(*c.interface);
    if (address && (c.role & wanted.role) != 0) return address;
    if (!any) any = address;
  }
  return any;
}

void add_sources(const Configured& wanted, const std::vector<Configured>& configured, Topology& topology) {
  const auto source = source_of(wanted, configured);
  if (!source) return;
  for (const auto* physical : wanted.carriers.physical) {
    const auto& tags = wanted.carriers.tags;
    topology.sources.emplace_back(cgn_link_key{physical->ifindex, tag_id(tags, 0), tag_id(tags, 1)}, *source);
  }
}

// Of several carriers (a bond's members) the first with a carrier signal; without any, the first.
const PortInfo* way_out(const Carriers& carriers, const Topology& topology) {
  const PortInfo* fallback = nullptr;
  for (const auto* physical : carriers.physical) {
    const auto* port = port_of(topology, *physical);
    if (port == nullptr) continue;
    if (physical->up) return port;
    if (fallback == nullptr) fallback = port;
  }
  return fallback;
}

// Also for interfaces on our ports that are not configured: a route may lead out of them.
void add_egress(const io::InterfaceInfo& interface, const Interfaces& interfaces, Topology& topology) {
  const auto carriers = carriers_of(interface, interfaces);
  if (!carriers) return;
  const auto* port = way_out(*carriers, topology);
  if (port == nullptr) return;
  const auto& tags = carriers->tags;
  EgressInfo egress{.ifindex = interface.ifindex, .where = {}, .mac = interface.mac};
  egress.where.ifindex = port->ifindex;
  egress.where.port = static_cast<std::uint8_t>(port->index);
  egress.where.tag_count = static_cast<std::uint8_t>(tags.size());
  egress.where.outer_tpid = tags.empty() ? __be16{0} : htons(tags.front().tpid);
  egress.where.outer_vid = tag_id(tags, 0);
  egress.where.inner_vid = tag_id(tags, 1);
  topology.egress.push_back(egress);
}

// The interface by which routes into a realm are asked for (decision 0022). One that is not there: nothing gets there.
void add_realms(const config::Config& config, const Interfaces& interfaces, Topology& topology) {
  const auto index_of = [&](const std::string& name) {
    const auto found = std::ranges::find(interfaces, name, &io::InterfaceInfo::name);
    return found == interfaces.end() ? 0U : found->ifindex;
  };
  const auto loopback = index_of("lo");
  topology.realms.emplace_back(CGN_REALM_DEFAULT, realm_info(kDefaultRealmName, loopback));
  for (const auto& realm : config.realms) {
    const auto ifindex = realm.route_by.empty() ? loopback : index_of(realm.route_by);
    if (ifindex == 0) topology.missing.push_back(realm.route_by);
    topology.realms.emplace_back(realm.id.value(), realm_info(realm.name, ifindex));
  }
  topology.realms.emplace_back(CGN_REALM_EXTERNAL, realm_info("external", loopback));
}

// The ABI's structs have no padding (asserted in abi.h's test), so equal values are equal bytes.
template <class T>
bool same_bytes(const T& a, const T& b) {
  static_assert(std::has_unique_object_representations_v<T>);
  return std::memcmp(&a, &b, sizeof a) == 0;
}

bool same_link(const std::pair<cgn_link_key, cgn_link>& a, const std::pair<cgn_link_key, cgn_link>& b) {
  return same_bytes(a.first, b.first) && same_bytes(a.second, b.second);
}

bool same_source(const std::pair<cgn_link_key, Ipv4>& a, const std::pair<cgn_link_key, Ipv4>& b) {
  return same_bytes(a.first, b.first) && a.second == b.second;
}

bool same_egress(const EgressInfo& a, const EgressInfo& b) {
  return a.ifindex == b.ifindex && same_bytes(a.where, b.where) && a.mac == b.mac;
}

bool same_class(const io::ClassifiedPrefix& a, const io::ClassifiedPrefix& b) {
  return a.prefix == b.prefix && a.view == b.view && same_bytes(a.value, b.value);
}

bool same_realm(const std::pair<std::uint32_t, cgn_realm_info>& a, const std::pair<std::uint32_t, cgn_realm_info>& b) {
  return a.first == b.first && same_bytes(a.second, b.second);
}

}  // namespace

Topology make_topology(const config::Config& config, const std::vector<io::InterfaceInfo>& interfaces,
                       const Topology* former) {
  Topology topology;
  if (former != nullptr) topology.indices = former->indices;
  const auto configured = find_configured(config, interfaces, topology.missing);
  assign_indices(configured, topology.indices);
  for (const auto& c : configured) add_ports(c, topology);
  std::ranges::sort(topology.ports, {}, &PortInfo::index);
  for (const auto& c : configured) {
    if (!add_links(c, topology)) topology.missing.push_back(c.interface->name);
    add_sources(c, configured, topology);
  }
  for (const auto& interface : interfaces) add_egress(interface, interfaces, topology);
  add_realms(config, interfaces, topology);
  topology.classes = classify_prefixes(config, interfaces);
  topology.guard = guard_plan(config);
  return topology;
}

bool same(const Topology& a, const Topology& b) {
  return a.ports == b.ports && std::ranges::equal(a.links, b.links, same_link) &&
         std::ranges::equal(a.sources, b.sources, same_source) && std::ranges::equal(a.egress, b.egress, same_egress) &&
         std::ranges::equal(a.classes, b.classes, same_class) && std::ranges::equal(a.realms, b.realms, same_realm) &&
         a.guard == b.guard && a.missing == b.missing;
}

}  // namespace cgn::daemon
