// SPDX-License-Identifier: Apache-2.0
// Decision 0004: the kernel is the router. Its table is that of packets/cast.hpp: the connected /29 of every link and
// kRoutes; whom nobody knows there, ARP has to find.
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr unsigned kLinkPrefix = 29;

struct Way {
  Prefix to{};
  std::string_view interface {};  // empty: unreachable
  std::optional<Ipv4> via{};
};

bool is_own(Ipv4 own, Ipv4 address) {
  return address == own || address == test::prefix(own, kLinkPrefix).last();  // its own, or its subnet's broadcast
}

// Addresses of the box itself are no way out.
bool is_local(Ipv4 address) {
  for (const auto& link : test::kLinks) {
    if (is_own(link.own, address)) return true;
  }
  return is_own(test::kOtherOwn, address);
}

void consider(const Way& way, Ipv4 destination, std::optional<Way>& best) {
  if (way.to.contains(destination) && (!best || way.to.length() > best->to.length())) best = way;
}

std::optional<Way> way_to(Ipv4 destination, RealmId realm) {
  std::optional<Way> best;
  if (is_local(destination)) return best;
  if (realm == test::kEast && test::kSubscribers.contains(destination)) {
    const auto& east = test::facts(test::Link::internal_east);
    return Way{.to = test::kSubscribers, .interface = east.name, .via = east.next_hop};
  }
  for (const auto& link : test::kLinks) {
    consider({test::prefix(link.own, kLinkPrefix), link.name, std::nullopt}, destination, best);
  }
  consider({test::prefix(test::kOtherOwn, kLinkPrefix), test::kOtherInterface, std::nullopt}, destination, best);
  for (const auto& route : test::kRoutes) consider({route.to, route.interface, route.via}, destination, best);
  if (best && best->interface.empty()) return std::nullopt;
  return best;
}

const test::LinkFacts* link_named(std::string_view name) {
  for (const auto& link : test::kLinks) {
    if (link.name == name) return &link;
  }
  return nullptr;
}

}  // namespace

Step find_route(Visit& v) {
  const auto destination = v.sent_destination().address;
  const auto way = way_to(destination, v.goes_to);
  if (!way) return CGN_VERDICT_NO_ROUTE;
  const auto* link = link_named(way->interface);
  if (link == nullptr) return CGN_VERDICT_NO_PORT;
  if (v.ip.length > link->mtu) v.mtu = link->mtu;
  const auto address = way->via.value_or(destination);
  v.next_hop = NextHop{.egress = link->link, .address = address, .resolved = address == link->next_hop};
  if (!v.next_hop->resolved && !v.reason) v.reason = CGN_PUNT_NEXT_HOP;
  return kGoOn;
}

}  // namespace cgn::parity
