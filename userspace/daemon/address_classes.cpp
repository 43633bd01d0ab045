// SPDX-License-Identifier: Apache-2.0
#include "daemon/address_classes.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace cgn::daemon {
namespace {

// What one prefix was said to be, before flattening.
struct Mark {
  std::uint32_t flags = 0;
  __be32 subscriber_mask = 0;
  std::uint32_t bypass_set = 0;
  std::uint8_t realm = CGN_REALM_EXTERNAL;  // of hosts that the outside reaches as they are
  bool named = false;                       // by a rule, a pool, transit or an interface: not a bogon
  bool bogon = false;
};

// By (address, length): a prefix comes before all that it contains.
using Marks = std::map<Prefix, Mark>;

Mark& named(Marks& marks, const Prefix& prefix) {
  auto& mark = marks[prefix];
  mark.named = true;
  return mark;
}

constexpr std::uint32_t kMartian = CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_MARTIAN_DESTINATION;

// Built in (decision 0003). 255.255.255.255 is a multicast to the program before its class is asked.
const std::array<std::pair<Prefix, std::uint32_t>, 5> kMartians{{
    {Prefix::of(Ipv4::from_host(0x00000000), 8), kMartian},
    {Prefix::of(Ipv4::from_host(0x7f000000), 8), kMartian},
    {Prefix::of(Ipv4::from_host(0xa9fe0000), 16), kMartian},
    {Prefix::of(Ipv4::from_host(0xe0000000), 4), CGN_CLASS_MARTIAN_SOURCE},
    {Prefix::of(Ipv4::from_host(0xf0000000), 4), kMartian},
}};

__be32 mask_of(unsigned length) { return length == 0 ? 0 : htonl(~std::uint32_t{0} << (32 - length)); }

bool named_in(const std::vector<config::Interface>& list, const io::InterfaceInfo& interface) {
  return std::ranges::find(list, interface.name, &config::Interface::name) != list.end();
}

bool is_loopback(const io::InterfaceInfo& interface) { return interface.name == "lo"; }

// Who looks at the prefixes: the hosts of one realm, or the outside, to which the subscribers of all realms are subscribers.
struct View {
  std::uint8_t number = CGN_REALM_EXTERNAL;
  [[nodiscard]] bool is_outside() const { return number == CGN_REALM_EXTERNAL; }
  [[nodiscard]] bool has(RealmId realm) const { return is_outside() || number == realm.value(); }
};

bool shows_subscribers(const config::Config& config, RealmId realm) {
  return std::ranges::any_of(config.bypasses,
                             [&](const config::Bypass& b) { return b.realm == realm && !b.destinations.empty(); });
}

// Subscribers of a realm, as this view has them. Where realms overlap, the outside can mean those of one only.
void mark_subscribers(const config::Config& config, View view, RealmId realm, Mark& mark) {
  if (!view.has(realm)) {
    mark.flags |= CGN_CLASS_FOREIGN;
    return;
  }
  mark.flags |= CGN_CLASS_SUBSCRIBER;
  if (shows_subscribers(config, realm)) mark.realm = realm.value();
}

void mark_rules(const config::Config& config, View view, Marks& marks) {
  for (const auto& rule : config.rules) {
    for (const auto& prefix : rule.internal) {
      auto& mark = named(marks, prefix);
      mark_subscribers(config, view, rule.realm, mark);
      if (!view.has(rule.realm)) continue;
      if (const auto* pool = config.find_pool(rule.pool); pool != nullptr && pool->overloads()) {
        mark.flags |= CGN_CLASS_SESSIONS;
      }
      mark.subscriber_mask = mask_of(rule.subscriber_prefix_length);
    }
  }
}

void mark_bypasses(const config::Config& config, View view, Marks& marks) {
  std::uint32_t set = 0;
  for (const auto& bypass : config.bypasses) {
    ++set;  // numbered as in bypass_ports()
    for (const auto& prefix : bypass.internal) {
      auto& mark = named(marks, prefix);
      mark.realm = bypass.realm.value();
      if (view.has(bypass.realm)) mark.flags |= CGN_CLASS_BYPASS_INTERNAL;
    }
    if (!view.has(bypass.realm)) continue;
    for (const auto& prefix : bypass.destinations) {
      auto& mark = named(marks, prefix);
      mark.flags |= CGN_CLASS_BYPASS_REMOTE;
      mark.bypass_set = bypass.ports.empty() ? 0 : set;
    }
  }
}

// The part of `pool` in `subnet`: two prefixes are disjoint, or one contains the other.
void mark_arp(const Prefix& pool, const Prefix& subnet, Marks& marks) {
  if (!pool.overlaps(subnet)) return;
  named(marks, subnet.contains(pool) ? pool : subnet).flags |= CGN_CLASS_ARP;
}

void mark_pools(const config::Config& config, const std::vector<io::InterfaceInfo>& interfaces, Marks& marks) {
  for (const auto& pool : config.pools) {
    for (const auto& prefix : pool.addresses) {
      named(marks, prefix).flags |= CGN_CLASS_POOL;
      if (pool.overloads()) marks[prefix].flags |= CGN_CLASS_SESSIONS;
      if (!pool.answer_arp) continue;
      for (const auto& interface : interfaces) {
        if (!named_in(config.interfaces.external, interface)) continue;
        for (const auto& address : interface.addresses) mark_arp(prefix, address.subnet(), marks);
      }
    }
  }
}

// Their external addresses are as a pool's, their hosts subscribers, whatever rule they are in or not.
void mark_statics(const config::Config& config, const std::vector<io::InterfaceInfo>& interfaces, View view,
                  Marks& marks) {
  for (const auto& s : config.statics) {
    const auto outside = Prefix::of(s.external.address, 32);
    const auto inside = Prefix::of(s.internal.address, 32);
    const std::uint32_t whole = s.whole ? CGN_CLASS_WHOLE : 0;
    named(marks, outside).flags |= CGN_CLASS_POOL | whole;
    const bool own = view.has(s.internal.realm);
    if (s.whole && own) named(marks, inside).flags |= whole;
    const bool ruled = std::ranges::any_of(config.rules, [&](const config::Rule& rule) {
      return rule.realm == s.internal.realm &&
             std::ranges::any_of(rule.internal, [&](const Prefix& p) { return p.contains(inside); });
    });
    if (!ruled) {
      mark_subscribers(config, view, s.internal.realm, named(marks, inside));
      if (own) marks[inside].subscriber_mask = mask_of(32);
    }
    for (const auto& interface : interfaces) {
      if (!named_in(config.interfaces.external, interface)) continue;
      for (const auto& address : interface.addresses) mark_arp(outside, address.subnet(), marks);
    }
  }
}

// What is behind another realm's interface is that realm's, but for who looks from outside.
void mark_addresses(const config::Config& config, const io::InterfaceInfo& interface, View view, Marks& marks) {
  if (named_in(config.interfaces.internal, interface) && !named_in(config.interfaces.external, interface) &&
      !view.has(config::realm_of(config.realms, interface.name))) {
    return;
  }
  for (const auto& address : interface.addresses) {
    const auto subnet = address.subnet();
    named(marks, Prefix::of(address.address, 32)).flags |= CGN_CLASS_LOCAL;
    auto& connected = named(marks, subnet);
    if (named_in(config.interfaces.internal, interface)) connected.flags |= CGN_CLASS_TRANSIT;
    // A /31 has no broadcast address (RFC 3021), and the loopback's is a martian on every wire.
    const bool has_broadcast = subnet.length() <= 30 && !is_loopback(interface);
    if (has_broadcast) named(marks, Prefix::of(subnet.last(), 32)).flags |= CGN_CLASS_BROADCAST;
  }
}

// A prefix with all that the prefixes around it say, but for bogons, which the next name inside ends.
struct Flat {
  io::ClassifiedPrefix entry;
  bool bogon = false;
};

Flat inside(const Flat* outer, const Prefix& prefix, const Mark& mark) {
  Flat flat{.entry = {prefix, cgn_class{mark.flags, mark.subscriber_mask, mark.bypass_set, mark.realm}},
            .bogon = mark.bogon && !mark.named};
  if (outer == nullptr) return flat;
  auto& value = flat.entry.value;
  const auto& around = outer->entry.value;
  value.flags |= around.flags;
  if ((mark.flags & CGN_CLASS_SUBSCRIBER) == 0) value.subscriber_mask = around.subscriber_mask;
  const auto internal = CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL;
  if ((mark.flags & internal) == 0 && mark.realm == CGN_REALM_EXTERNAL) value.realm = around.realm;
  if ((mark.flags & CGN_CLASS_BYPASS_REMOTE) == 0) value.bypass_set = around.bypass_set;
  if (!mark.named) flat.bogon = flat.bogon || outer->bogon;
  return flat;
}

std::vector<io::ClassifiedPrefix> flatten(const Marks& marks, View view) {
  std::vector<io::ClassifiedPrefix> all;
  std::vector<Flat> around;  // the prefixes that contain the present one, outermost first
  for (const auto& [prefix, mark] : marks) {
    while (!around.empty() && !around.back().entry.prefix.contains(prefix)) around.pop_back();
    around.push_back(inside(around.empty() ? nullptr : &around.back(), prefix, mark));
    auto entry = around.back().entry;
    const bool kernels = (entry.value.flags & (CGN_CLASS_LOCAL | CGN_CLASS_BROADCAST)) != 0;
    if (kernels) entry.value.flags &= ~std::uint32_t{CGN_CLASS_ARP};
    // What is one's own, or leads to it, is nobody else's, even inside what is.
    if ((entry.value.flags & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL | CGN_CLASS_TRANSIT)) != 0) {
      entry.value.flags &= ~std::uint32_t{CGN_CLASS_FOREIGN};
    }
    if (around.back().bogon) entry.value.flags |= kMartian;
    entry.view = view.number;
    all.push_back(entry);
  }
  return all;
}

}  // namespace

namespace {

std::vector<io::ClassifiedPrefix> classify_for(View view, const config::Config& config,
                                               const std::vector<io::InterfaceInfo>& interfaces) {
  Marks marks;
  for (const auto& [prefix, flags] : kMartians) marks[prefix].flags |= flags;
  for (const auto& prefix : config.interfaces.bogons) marks[prefix].bogon = true;
  for (const auto& prefix : config.interfaces.transit) named(marks, prefix).flags |= CGN_CLASS_TRANSIT;
  mark_rules(config, view, marks);
  mark_bypasses(config, view, marks);
  mark_pools(config, interfaces, marks);
  mark_statics(config, interfaces, view, marks);
  for (const auto& interface : interfaces) mark_addresses(config, interface, view, marks);
  return flatten(marks, view);
}

}  // namespace

std::vector<io::ClassifiedPrefix> classify_prefixes(const config::Config& config,
                                                    const std::vector<io::InterfaceInfo>& interfaces) {
  auto all = classify_for({CGN_REALM_DEFAULT}, config, interfaces);
  const auto add = [&](View view) {
    const auto more = classify_for(view, config, interfaces);
    all.insert(all.end(), more.begin(), more.end());
  };
  for (const auto& realm : config.realms) add({realm.id.value()});
  add({CGN_REALM_EXTERNAL});
  return all;
}

std::vector<std::pair<cgn_bypass_port, std::uint8_t>> bypass_ports(const config::Config& config) {
  std::vector<std::pair<cgn_bypass_port, std::uint8_t>> ports;
  std::uint32_t set = 0;
  for (const auto& bypass : config.bypasses) {
    ++set;
    for (const auto& service : bypass.ports) {
      ports.push_back(
          {{.set = set, .port = service.port.net(), .proto = static_cast<__u8>(service.proto), .pad = 0}, 1});
    }
  }
  return ports;
}

}  // namespace cgn::daemon
