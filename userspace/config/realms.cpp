// SPDX-License-Identifier: Apache-2.0
// Realms. Their prefixes may overlap, as long as whatever must tell their hosts apart can: an interface that is one realm's
// alone, routes of its own, and nothing of both that is shown to the outside untranslated.
#include "config/realms.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "config/tables.hpp"

namespace cgn::config {
namespace {

constexpr std::size_t kLongestName = CGN_REALM_NAME_SIZE - 1;
constexpr std::size_t kLongestInterfaceName = 15;

bool names(const std::vector<Interface>& interfaces, std::string_view name) {
  return std::ranges::find(interfaces, name, &Interface::name) != interfaces.end();
}

void read_own_name(Section& section, Realm& realm, const Config& config) {
  realm.place = section.place("name");
  if (!section.has("name")) return section.missing("name", "name = \"east\"");
  read_name(section, realm.name);
  if (realm.name == kDefaultRealmName) {
    section.complain("name", fmt::format("no [[realm]] can be called '{}'", kDefaultRealmName),
                     "it is that of all internal interfaces which no [[realm]] names");
  } else if (realm.name.size() > kLongestName) {
    section.complain("name", fmt::format("'{}' is too long for the name of a realm", realm.name),
                     fmt::format("{} characters at most", kLongestName));
  } else if (!realm.name.empty() && find_realm(config.realms, realm.name)) {
    section.complain("name", fmt::format("there are two realms '{}'", realm.name));
  }
}

void read_interfaces(Section& section, Realm& realm, const Config& config) {
  if (!section.has("interfaces")) return section.missing("interfaces", "interfaces = [\"int0.200\"]");
  section.texts("interfaces", [&](const std::string& name, Place place) {
    std::vector<std::string_view> known;
    for (const auto& interface : config.interfaces.internal) known.push_back(interface.name);
    const auto other = std::ranges::find_if(config.realms, [&](const Realm& r) { return names(r.interfaces, name); });
    if (!names(config.interfaces.internal, name)) {
      section.complain(place, fmt::format("'{}' of realm '{}' is no internal interface", name, realm.name),
                       known.empty() ? "list it in 'internal' of [interfaces]" : did_you_mean(name, known));
    } else if (other != config.realms.end()) {
      section.complain(place, fmt::format("interface '{}' is of realm '{}' already", name, other->name));
    } else if (names(realm.interfaces, name)) {
      section.complain(place, fmt::format("interface '{}' stands in 'interfaces' twice", name));
    } else {
      realm.interfaces.push_back({name, place});
    }
  });
}

void read_route_by(Section& section, Realm& realm, const Config& config) {
  constexpr std::string_view kKey = "route_by";
  if (!section.text(kKey, realm.route_by)) return;
  const auto& own = config.interfaces;
  if (realm.route_by.empty() || realm.route_by.size() > kLongestInterfaceName) {
    section.complain(kKey, fmt::format("'{}' cannot be the name of an interface", realm.route_by), "see: ip link");
  } else if (names(own.internal, realm.route_by) || names(own.external, realm.route_by)) {
    section.complain(
        kKey, fmt::format("'{}' is an interface of [interfaces], on which the kernel must not forward", realm.route_by),
        "a VRF device, or a dummy interface with an 'ip rule' of its own");
  }
}

struct Owned {
  const Realm* realm = nullptr;  // nullptr: the default one
  Prefix prefix{};
  Place place{};
};

const Realm* realm_with(const Config& config, RealmId id) {
  const auto found = std::ranges::find(config.realms, id, &Realm::id);
  return found == config.realms.end() ? nullptr : &*found;
}

std::string_view name_of(const Owned& o) {
  return o.realm == nullptr ? kDefaultRealmName : std::string_view{o.realm->name};
}
std::string_view way_of(const Owned& o) {
  return o.realm == nullptr || o.realm->route_by.empty() ? std::string_view{"lo"} : std::string_view{o.realm->route_by};
}

// One route leads to an address, for each way of asking.
void check_ways(const Owned& later, const Owned& earlier, Complaints& complaints) {
  if (way_of(later) != way_of(earlier)) return;
  complaints.push_back(
      {later.place,
       fmt::format("{} of realm '{}' overlaps {} of realm '{}', and routes to both are asked for by '{}'",
                   to_string(later.prefix), name_of(later), to_string(earlier.prefix), name_of(earlier), way_of(later)),
       "give one of them a 'route_by' of its own"});
}

bool has_remotes(const Config& config, const Owned& o) {
  const auto id = o.realm == nullptr ? kDefaultRealm : o.realm->id;
  return std::ranges::any_of(config.bypasses,
                             [&](const Bypass& b) { return b.realm == id && !b.destinations.empty(); });
}

void check_bypassed(const Config& config, const Owned& later, const Owned& earlier, Complaints& complaints) {
  if (!has_remotes(config, later) || !has_remotes(config, earlier)) return;
  complaints.push_back(
      {later.place,
       fmt::format("{} of realm '{}' overlaps {} of realm '{}', and both have bypass rules with "
                   "'destination': no remote could tell their hosts apart",
                   to_string(later.prefix), name_of(later), to_string(earlier.prefix), name_of(earlier)),
       "bypass in one of them only"});
}

template <class Visit>
void each_overlap(const std::vector<Owned>& owned, Visit visit) {
  for (std::size_t i = 0; i < owned.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (owned[i].realm != owned[j].realm && owned[i].prefix.overlaps(owned[j].prefix)) visit(owned[i], owned[j]);
    }
  }
}

}  // namespace

void read_realm(Section& section, Config& config) {
  Realm realm;
  read_own_name(section, realm, config);
  read_interfaces(section, realm, config);
  read_route_by(section, realm, config);
  if (config.realms.size() == kMostRealms) {
    section.complain("name", fmt::format("there are more than {} [[realm]]", kMostRealms));
    return;
  }
  realm.id = RealmId{static_cast<std::uint8_t>(CGN_REALM_DEFAULT + 1 + config.realms.size())};
  config.realms.push_back(std::move(realm));
}

void read_realm_name(Section& section, const Config& config, RealmId& into) {
  std::string name;
  if (!section.text("realm", name)) return;
  const auto found = name.empty() ? std::nullopt : find_realm(config.realms, name);
  if (found) {
    into = *found;
    return;
  }
  std::vector<std::string_view> known{kDefaultRealmName};
  for (const auto& realm : config.realms) known.push_back(realm.name);
  section.complain("realm", fmt::format("there is no realm '{}'", name), did_you_mean(name, known));
}

void check_realms(const Config& config, Complaints& complaints) {
  std::vector<Owned> translated;
  std::vector<Owned> shown;
  for (const auto& rule : config.rules) {
    for (const auto& prefix : rule.internal) translated.push_back({realm_with(config, rule.realm), prefix, rule.place});
  }
  for (const auto& s : config.statics) {
    translated.push_back({realm_with(config, s.internal.realm), Prefix::of(s.internal.address, 32), s.place});
  }
  for (const auto& bypass : config.bypasses) {
    for (const auto& prefix : bypass.internal)
      shown.push_back({realm_with(config, bypass.realm), prefix, bypass.place});
  }
  each_overlap(translated, [&](const Owned& later, const Owned& earlier) {
    check_ways(later, earlier, complaints);
    check_bypassed(config, later, earlier, complaints);
  });
  each_overlap(shown, [&](const Owned& later, const Owned& earlier) {
    complaints.push_back(
        {later.place,
         fmt::format("bypassed hosts {} of realm '{}' overlap {} of realm '{}'", to_string(later.prefix),
                     name_of(later), to_string(earlier.prefix), name_of(earlier)),
         "what is not translated has an address that nobody else has"});
  });
}

void renumber(Config& config, const std::vector<RealmId>& ids) {
  const auto renamed = [&](RealmId id) {
    const auto found = std::ranges::find(config.realms, id, &Realm::id);
    return found == config.realms.end() ? id : ids[static_cast<std::size_t>(found - config.realms.begin())];
  };
  for (auto& rule : config.rules) rule.realm = renamed(rule.realm);
  for (auto& bypass : config.bypasses) bypass.realm = renamed(bypass.realm);
  for (auto& s : config.statics) s.internal.realm = renamed(s.internal.realm);
  for (std::size_t i = 0; i < config.realms.size(); ++i) config.realms[i].id = ids[i];
}

void renumber_as(Config& config, const Config& other) {
  std::vector<RealmId> ids;
  for (const auto& realm : config.realms) ids.push_back(find_realm(other.realms, realm.name).value_or(realm.id));
  renumber(config, ids);
}

}  // namespace cgn::config
