// SPDX-License-Identifier: Apache-2.0
// Decision 0003: which way a packet goes, in its order.
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr Prefix kMulticast = test::prefix(test::address(224, 0, 0, 0), 4);
constexpr Ipv4 kEverybody = test::address(255, 255, 255, 255);

const test::LinkFacts* link_of(test::Link port, const LinkHeader& header) {
  for (const auto& link : test::kLinks) {
    if (link.port == test::facts(port).name && link.outer_vid == header.vids[0] && link.inner_vid == header.vids[1]) {
      return &link;
    }
  }
  return nullptr;
}

Step find_link(Visit& v) {
  v.link = link_of(v.in.port, v.link_header);
  if (v.link == nullptr) return CGN_VERDICT_UNKNOWN_LINK;
  v.role = v.link->role;
  if (v.state.scene.one_armed && v.link->link == test::Link::internal) v.role = CGN_ROLE_INTERNAL | CGN_ROLE_EXTERNAL;
  return kGoOn;
}

Step check_station(const Visit& v) {
  if (v.link_header.destination.bytes[0] % 2 == 1) return CGN_VERDICT_MULTICAST;  // the group bit
  if (v.link_header.destination != v.link->mac) return CGN_VERDICT_FOREIGN_MAC;
  return kGoOn;
}

Step check_addresses(Visit& v) {
  if (const auto* c = class_of(v, v.ip.destination)) {
    v.destination_class = c->flags;
    if (c->realm != CGN_REALM_EXTERNAL) v.goes_to = RealmId{static_cast<std::uint8_t>(c->realm)};
  }
  if (const auto* c = class_of(v, v.ip.source)) {
    v.source_class = c->flags;
    v.subscriber_mask = c->subscriber_mask;
  }
  if (kMulticast.contains(v.ip.destination) || v.ip.destination == kEverybody) return CGN_VERDICT_MULTICAST;
  if (v.destination_class & CGN_CLASS_BROADCAST) return CGN_VERDICT_MULTICAST;
  if (v.ip.source == v.ip.destination) return CGN_VERDICT_LAND;
  // Addresses of ours, and those of no single host, are nobody's to send from.
  constexpr auto kNobody = CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_LOCAL | CGN_CLASS_POOL | CGN_CLASS_BROADCAST;
  if (v.source_class & kNobody) return CGN_VERDICT_MARTIAN_SOURCE;
  if (v.destination_class & CGN_CLASS_MARTIAN_DESTINATION) return CGN_VERDICT_MARTIAN_DESTINATION;
  return kGoOn;
}

// The service of the box that a packet names; a later fragment may belong to any service of its transport.
std::uint32_t services_of(const Visit& v) {
  constexpr unsigned kIcmp = 1, kTcp = 6, kUdp = 17;
  const auto protocol = v.ip.protocol;
  if (protocol == kIcmp) return CGN_HOST_ICMP;
  if (protocol != kTcp && protocol != kUdp) return 0;
  if (v.ip.fragment_offset != 0) {
    return protocol == kTcp ? CGN_HOST_DNS | CGN_HOST_SSH : CGN_HOST_DNS | CGN_HOST_NTP;
  }
  if (v.ip.transport_length() < 4) return 0;
  switch (word_at(v.in.frame, v.ip.transport() + 2)) {
    case 53: return CGN_HOST_DNS;
    case 123: return protocol == kUdp ? CGN_HOST_NTP : 0u;
    case 22: return protocol == kTcp ? CGN_HOST_SSH : 0u;
    default: return 0;
  }
}

Step to_the_box(const Visit& v) {
  const bool restricted = (v.source_class & CGN_CLASS_SUBSCRIBER) && (v.role & CGN_ROLE_INTERNAL);
  if (!restricted) return CGN_VERDICT_LOCAL;
  const auto open = v.state.scene.settings.host_services;
  if (open & CGN_HOST_ALL) return CGN_VERDICT_LOCAL;
  return open & services_of(v) ? CGN_VERDICT_LOCAL : CGN_VERDICT_HOST_SERVICE_REFUSED;
}

Step choose_way(Visit& v) {
  const bool from_subscriber = v.source_class & CGN_CLASS_SUBSCRIBER;
  const bool ours = v.source_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL);
  const bool to_pool = v.destination_class & CGN_CLASS_POOL;
  if (v.destination_class & CGN_CLASS_LOCAL) return to_the_box(v);
  if (is_bypassed(v)) {
    v.direction = CGN_BYPASS;
    return kGoOn;
  }
  if (from_subscriber && (v.role & CGN_ROLE_INTERNAL)) {
    if (!to_pool && (v.destination_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_FOREIGN)))
      return CGN_VERDICT_INTERNAL_TO_INTERNAL;
    v.direction = to_pool ? CGN_HAIRPIN : CGN_OUTBOUND;
    return kGoOn;
  }
  if ((v.source_class & CGN_CLASS_FOREIGN) || (ours && !(v.role & CGN_ROLE_INTERNAL)))
    return CGN_VERDICT_SPOOFED_SUBSCRIBER;
  const bool told = tells_of_subscriber(v);
  v.direction = !told ? CGN_INBOUND : to_pool ? CGN_HAIRPIN : CGN_OUTBOUND;
  if (to_pool || told) return kGoOn;
  if (ours) return CGN_VERDICT_INTERNAL_TO_INTERNAL;
  if ((v.role & CGN_ROLE_EXTERNAL) || (v.source_class & CGN_CLASS_TRANSIT)) return CGN_VERDICT_TRANSIT;
  return CGN_VERDICT_UNKNOWN_SOURCE;
}

}  // namespace

std::uint8_t Visit::looks() const {
  return (role & CGN_ROLE_INTERNAL) == 0 ? static_cast<std::uint8_t>(CGN_REALM_EXTERNAL) : test::view_of(link->link);
}

const AddressClass* class_of(const Visit& v, Ipv4 address) {
  const AddressClass* best = nullptr;
  for (const auto& c : classes(v.looks())) {
    if (c.prefix.contains(address) && (best == nullptr || c.prefix.length() > best->prefix.length())) best = &c;
  }
  return best;
}

Step classify(Visit& v) {
  const auto header = read_link_header(v.in.frame);
  if (!header) return CGN_VERDICT_TRUNCATED;
  v.link_header = *header;
  if (header->type == 0x0806) {
    if (find_link(v)) return CGN_VERDICT_NOT_IPV4;
    return answer_arp(v);
  }
  if (header->type != 0x0800) return CGN_VERDICT_NOT_IPV4;
  if (const auto verdict = find_link(v)) return verdict;
  if (const auto verdict = check_station(v)) return verdict;
  const auto ip = read_ipv4_header(v.in.frame, header->size);
  if (!ip) return CGN_VERDICT_TRUNCATED;
  v.ip = *ip;
  if (const auto verdict = check_addresses(v)) return verdict;
  const auto verdict = choose_way(v);
  if (verdict && *verdict != CGN_VERDICT_TRANSIT) return verdict;
  const auto fault = fault_of_header(v.in.frame, v.ip);
  return fault ? fault : verdict;
}

}  // namespace cgn::parity
