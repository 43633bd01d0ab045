// SPDX-License-Identifier: Apache-2.0
// Static mappings. The legal log names no protocol (decision 0010), so that one external port is one host's for TCP and UDP
// alike, and a whole address is one host's and nobody else's.
#include "config/statics.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "config/realms.hpp"
#include "config/tables.hpp"

namespace cgn::config {
namespace {

// "203.0.113.250:443/tcp", or the address alone.
bool read_external(const std::string& text, Static& into) {
  const std::string_view whole{text};
  if (const auto address = Ipv4::parse(text)) {
    into.whole = true;
    into.external = {*address, {}};
    return true;
  }
  const auto slash = whole.find('/');
  if (slash == std::string_view::npos) return false;
  const auto end = parse_endpoint(whole.substr(0, slash));
  const auto proto = parse_proto(whole.substr(slash + 1));
  if (!end || !(proto == Proto::tcp || proto == Proto::udp) || end->port == Port{0}) return false;
  into.external = *end;
  into.proto = *proto;
  return true;
}

// As the external end: with a port, or without.
bool read_internal(const std::string& text, Static& into) {
  if (into.whole) {
    const auto address = Ipv4::parse(text);
    if (address) into.internal = {{*address, {}}, into.internal.realm};
    return address.has_value();
  }
  const auto end = parse_endpoint(text);
  if (end) into.internal = {*end, into.internal.realm};
  return end && end->port != Port{0};
}

std::string name_of(const Static& s) {
  return s.whole ? to_string(s.external.address) : fmt::format("{}/{}", to_string(s.external), to_string(s.proto));
}
std::string internal_of(const Static& s) { return s.whole ? to_string(s.internal.address) : to_string(s.internal); }

// Both ends of a mapping stand on different sides of the box.
bool cross(const Static& a, const Static& b) {
  return a.external.address == b.internal.address || a.internal.address == b.external.address;
}

class Check {
 public:
  Check(const Config& config, Complaints& complaints) : config_{config}, complaints_{complaints} {}

  void judge(std::size_t index) {
    const auto& s = config_.statics[index];
    if (cross(s, s)) complain(s, fmt::format("{} is mapped to itself", name_of(s)), "an address is inside or outside");
    against_pools(s);
    against_rules(s);
    for (std::size_t i = 0; i < index; ++i) against(s, config_.statics[i]);
  }

 private:
  void complain(const Static& s, std::string what, std::string hint) {
    complaints_.push_back({s.place, std::move(what), std::move(hint)});
  }

  void against_pools(const Static& s) {
    for (const auto& pool : config_.pools) {
      const auto has = [&pool](Ipv4 a) {
        return std::ranges::any_of(pool.addresses, [a](const Prefix& p) { return p.contains(a); });
      };
      if (has(s.internal.address)) {
        complain(s,
                 fmt::format("internal {} of a static mapping is an address of pool '{}'",
                             to_string(s.internal.address), pool.name),
                 "an internal host cannot have an external address");
      }
      if (has(s.external.address) && pool.ports.overlaps(s.ports())) {
        complain(s,
                 fmt::format("{} of a static mapping is lent by pool '{}' (ports {})", name_of(s), pool.name,
                             to_string(pool.ports)),
                 s.whole ? "a whole address must lie outside all pools"
                         : "a port outside the pool's 'ports', or an address outside the pool");
      }
    }
  }

  void against_rules(const Static& s) {
    for (const auto& rule : config_.rules) {
      for (const auto& prefix : rule.internal) {
        if (!prefix.contains(s.external.address)) continue;
        complain(s,
                 fmt::format("external {} of a static mapping lies in internal prefix {}",
                             to_string(s.external.address), to_string(prefix)),
                 "the external address first, the host's own second");
      }
    }
    for (const auto& bypass : config_.bypasses) {
      if (bypass.realm != s.internal.realm) continue;
      for (const auto& prefix : bypass.internal) {
        if (!prefix.contains(s.internal.address)) continue;
        complain(
            s,
            fmt::format("{} of a static mapping is bypassed by {}", to_string(s.internal.address), to_string(prefix)),
            "a host is translated or bypassed, not both");
      }
    }
  }

  void against(const Static& s, const Static& other) {
    const bool whole = s.whole || other.whole;
    const bool one_owner = !whole && s.internal.host() == other.internal.host() && s.proto != other.proto;
    const bool same_external =
        whole ? s.external.address == other.external.address : s.external == other.external && !one_owner;
    if (same_external) {
      complain(
          s,
          fmt::format("{} of a static mapping is given to {} already", name_of(s), to_string(other.internal.address)),
          "one external port belongs to one host, for TCP and UDP alike: the legal log names no protocol");
    } else if (whole ? s.internal.host() == other.internal.host()
                     : s.proto == other.proto && s.internal == other.internal) {
      complain(s, fmt::format("internal {} of a static mapping has {} already", internal_of(s), name_of(other)),
               whole ? "a host that is mapped whole has one external address, and all its ports are there"
                     : "an internal end has one external end");
    }
    if (cross(s, other)) {
      complain(s,
               fmt::format(
                   "{} is internal to one static mapping and external to another",
                   to_string(s.external.address == other.internal.address ? s.external.address : s.internal.address)),
               "an address is inside or outside");
    }
  }

  const Config& config_;
  Complaints& complaints_;
};

}  // namespace

void read_static(Section& section, Config& config) {
  Static s;
  s.place = section.place("external");
  read_realm_name(section, config, s.internal.realm);
  std::string external, internal;
  if (!section.has("external")) section.missing("external", "external = \"203.0.113.250:443/tcp\"");
  if (!section.has("internal")) section.missing("internal", "internal = \"100.64.5.5:443\"");
  const bool both = section.text("external", external) && section.text("internal", internal);
  if (!both) {
    section.text("internal", internal);
    return;
  }
  if (!read_external(external, s)) {
    return section.complain("external", fmt::format("'{}' is no external end of a static mapping", external),
                            "such as \"203.0.113.250:443/tcp\", or /udp; or \"203.0.113.250\", the whole address");
  }
  if (!read_internal(internal, s)) {
    return section.complain("internal", fmt::format("'{}' is no internal end of a static mapping", internal),
                            s.whole ? "the external end is a whole address: so is this, such as \"100.64.5.5\""
                                    : "an address and a port, such as \"100.64.5.5:443\"");
  }
  const bool possible =
      read_prefix(section, "external", to_string(s.external.address), section.place("external")).has_value() &&
      read_prefix(section, "internal", to_string(s.internal.address), section.place("internal")).has_value();
  if (possible) config.statics.push_back(s);
}

void check_statics(const Config& config, Complaints& complaints) {
  for (const auto& pool : config.pools) {
    if (pool.name != kStaticPool) continue;
    complaints.push_back({pool.place, fmt::format("no pool can be called '{}'", kStaticPool),
                          "the legal log writes that of static mappings"});
  }
  if (config.statics.size() > kMostStatics) {
    complaints.push_back({config.statics[kMostStatics].place,
                          fmt::format("there are {} [[static]]", config.statics.size()),
                          fmt::format("{} at most", kMostStatics)});
    return;
  }
  Check check{config, complaints};
  for (std::size_t i = 0; i < config.statics.size(); ++i) check.judge(i);
}

}  // namespace cgn::config
