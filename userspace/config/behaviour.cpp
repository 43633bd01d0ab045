// SPDX-License-Identifier: Apache-2.0
// What [nat] says holds for every pool; [pool.udp], [pool.tcp] and [pool.icmp] say otherwise for one protocol.
//
// RFC         4787 REQ-1, REQ-6, REQ-8 · 5382 REQ-3 · 6888 REQ-7 · 7857 s.3, s.6, s.7
#include "config/behaviour.hpp"

#include <fmt/core.h>

namespace cgn::config {
namespace {

void read_filtering(Section& section, Filtering& into) {
  section.choice("filtering", into,
                 {{"endpoint-independent", Filtering::endpoint_independent},
                  {"address-dependent", Filtering::address_dependent},
                  {"address-and-port-dependent", Filtering::address_and_port_dependent}});
}

constexpr std::string_view kIndependent = "endpoint-independent";
constexpr std::string_view kConnection = "connection-dependent";

// Only TCP says when a connection begins and ends, and only for it is nothing lost that peers rely on.
void only_independent(Section& section) {
  std::string word;
  if (!section.is_text("mapping") || !section.text("mapping", word) || word != kConnection) {
    return section.only_word("mapping", kIndependent);
  }
  section.complain("mapping",
                   fmt::format("'mapping' = \"{}\" in {}: only the TCP connections of a pool can share a port",
                               kConnection, section.name()),
                   "in [pool.tcp]");
}

void read_mapping(Section& section, Mapping& into) {
  section.choice("mapping", into,
                 {{kIndependent, Mapping::endpoint_independent}, {kConnection, Mapping::connection_dependent}});
}

}  // namespace

std::string_view word(Mapping mapping) {
  switch (mapping) {
    case Mapping::endpoint_independent: return kIndependent;
    case Mapping::connection_dependent: return kConnection;
  }
  return "?";
}

std::string_view word(Filtering filtering) {
  switch (filtering) {
    case Filtering::endpoint_independent: return "endpoint-independent";
    case Filtering::address_dependent: return "address-dependent";
    case Filtering::address_and_port_dependent: return "address-and-port-dependent";
  }
  return "?";
}

std::string_view word(Refresh refresh) {
  switch (refresh) {
    case Refresh::outbound: return "outbound";
    case Refresh::both: return "both";
  }
  return "?";
}

void read_defaults(Section& section, Nat& nat) {
  only_independent(section);
  read_filtering(section, nat.filtering);
  section.choice<std::optional<Refresh>>(
      "refresh", nat.refresh, {{"auto", std::nullopt}, {"outbound", Refresh::outbound}, {"both", Refresh::both}});
}

void read_protocols(Section& section, Pool& pool, const Nat& nat) {
  const auto read = [&](std::string_view protocol, Behaviour& into) {
    into = {.filtering = nat.filtering, .refresh = nat.refresh.value_or(into.refresh)};
    section.inside(protocol, fmt::format("[pool.{}]", protocol), [&](Section& own) {
      protocol == "tcp" ? read_mapping(own, into.mapping) : only_independent(own);
      read_filtering(own, into.filtering);
      own.choice("refresh", into.refresh, {{"outbound", Refresh::outbound}, {"both", Refresh::both}});
    });
  };
  read("tcp", pool.tcp);
  read("udp", pool.udp);
  read("icmp", pool.icmp);
}

}  // namespace cgn::config
