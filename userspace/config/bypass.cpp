// SPDX-License-Identifier: Apache-2.0
// Bypass rules. Internal hosts may lie inside a translating rule's prefix, as the exception from it; remotes may not, and
// neither may be pool addresses, because those are ours.
// RFC         6888 REQ-6
#include "config/bypass.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "config/realms.hpp"
#include "config/tables.hpp"

namespace cgn::config {
namespace {

void read_prefixes(Section& section, std::string_view key, std::vector<Prefix>& into) {
  section.texts(key, [&](const std::string& text, Place place) {
    if (const auto prefix = read_prefix(section, key, text, place)) into.push_back(*prefix);
  });
}

std::optional<Port> parse_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, refused] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (refused != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return Port{number};
}

// "53/udp", or "53" for both.
bool read_service(const std::string& text, std::vector<Bypass::Service>& into) {
  const std::string_view whole{text};
  const auto slash = whole.find('/');
  const auto port = parse_port(whole.substr(0, slash));
  if (!port) return false;
  if (slash == std::string_view::npos) {
    into.push_back({Proto::tcp, *port});
    into.push_back({Proto::udp, *port});
    return true;
  }
  const auto proto = parse_proto(whole.substr(slash + 1));
  if (proto != Proto::tcp && proto != Proto::udp) return false;
  into.push_back({*proto, *port});
  return true;
}

void read_services(Section& section, Bypass& bypass) {
  section.texts("ports", [&](const std::string& text, Place place) {
    if (read_service(text, bypass.ports)) return;
    section.complain(place, fmt::format("'{}' in 'ports' is no port", text),
                     "such as \"53/udp\", \"443/tcp\" or \"53\"");
  });
}

template <class Owners, class Prefixes>
void refuse_overlap(const Bypass& bypass, const Prefix& prefix, const Owners& owners, const Prefixes& prefixes,
                    Complaints& complaints) {
  for (const auto& owner : owners) {
    for (const auto& taken : prefixes(owner)) {
      if (!taken.overlaps(prefix)) continue;
      complaints.push_back({bypass.place,
                            fmt::format("bypassed prefix {} overlaps {}", to_string(prefix), to_string(taken)),
                            "what is translated cannot be bypassed as a remote, and pool addresses are our own"});
      return;
    }
  }
}

const std::vector<Prefix>& addresses_of(const Pool& pool) { return pool.addresses; }
const std::vector<Prefix>& internal_of(const Rule& rule) { return rule.internal; }

}  // namespace

void read_bypass(Section& section, Config& config) {
  Bypass bypass;
  read_realm_name(section, config, bypass.realm);
  bypass.place = section.place(section.has("internal") ? "internal" : "destination");
  read_prefixes(section, "internal", bypass.internal);
  read_prefixes(section, "destination", bypass.destinations);
  read_services(section, bypass);
  if (!section.has("internal") && !section.has("destination")) {
    section.missing("destination", "internal = [\"198.51.100.0/24\"] or destination = [\"192.0.2.53\"]");
  }
  if (!bypass.ports.empty() && bypass.destinations.empty()) {
    section.complain("ports", "'ports' in [[rule]] are those of 'destination', which is not given");
  }
  config.bypasses.push_back(std::move(bypass));
}

void check_bypasses(const Config& config, Complaints& complaints) {
  std::size_t ports = 0;
  for (const auto& bypass : config.bypasses) {
    for (const auto& prefix : bypass.internal) refuse_overlap(bypass, prefix, config.pools, addresses_of, complaints);
    for (const auto& prefix : bypass.destinations) {
      refuse_overlap(bypass, prefix, config.pools, addresses_of, complaints);
      refuse_overlap(bypass, prefix, config.rules, internal_of, complaints);
    }
    ports += bypass.ports.size();
    if (ports > kMostBypassPorts) {
      complaints.push_back({bypass.place, fmt::format("bypass rules name more than {} ports", kMostBypassPorts),
                            "leave 'ports' out where all may be bypassed"});
      return;
    }
  }
}

}  // namespace cgn::config
