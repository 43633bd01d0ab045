// SPDX-License-Identifier: Apache-2.0
// Who plays in the packet tests, and the little world they live in.
//
//        alice 100.64.0.7, bob .0.8                                              resolver 198.51.100.53
//   carol 100.64.1.9  dave 100.64.2.9      pool 203.0.113.0/28                   web      198.51.100.80
//   erin .0.129, frank .0.130 share ports            .4/30                           |
//           |                                                                        |
//      access router ----- int0            +--------+            ext0 ----- border router
//        192.0.2.2      192.0.2.1          |  cgnd  |         192.0.2.33      192.0.2.34
//                  ---- int0.100           +--------+        ext0.400 -----   192.0.2.42 -- vlan_web 198.51.100.200
//        192.0.2.10     192.0.2.9                             192.0.2.41 (MTU 1400)
//                  ---- int0.200.300 (802.1ad 200, 802.1Q 300)      ext0 --x  192.0.2.35 -- silent 192.0.2.129
//                  ---- int0.500: the realm east, with a kSubscribers of its own, routed by table 500 (iif by-east)
//        192.0.2.26     192.0.2.25
//        192.0.2.18     192.0.2.17                                other0 ---  192.0.2.50 -- elsewhere 192.0.2.145
//
// What        Addresses, MACs, links, classes and routes as data, so that a judge can build exactly this world: `links`,
//             `egress` from kLinks, `classes` from kClasses, the kernel's routes and neighbours from kLinks and
//             kRoutes.
// Ownership   Constants.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "cgn/abi.h"
#include "cgn/net.hpp"
#include "cgn/realm.hpp"

namespace cgn::test {

[[nodiscard]] constexpr Ipv4 address(unsigned a, unsigned b, unsigned c, unsigned d) {
  return Ipv4::from_host(a << 24 | b << 16 | c << 8 | d);
}
[[nodiscard]] constexpr Prefix prefix(Ipv4 a, unsigned length) { return Prefix::of(a, length); }
[[nodiscard]] constexpr Endpoint at_port(Ipv4 a, unsigned port) { return {a, Port{static_cast<std::uint16_t>(port)}}; }

// --- the cast
// ---------------------------------------------------------------------------------------------------------
inline constexpr Ipv4 kAlice = address(100, 64, 0, 7);
inline constexpr Ipv4 kBob = address(100, 64, 0, 8);
inline constexpr Ipv4 kCarol = address(100, 64, 1, 9);  // behind int0.100
inline constexpr Ipv4 kDave = address(100, 64, 2, 9);   // behind int0.200.300
inline constexpr Prefix kSubscribers = prefix(address(100, 64, 0, 0), 16);
inline constexpr Prefix kWestOnly = prefix(address(100, 66, 0, 0), 16);  // of the default realm, and not of east
// Their TCP connections share ports of kSharedPool (CGN_CLASS_SESSIONS).
inline constexpr Prefix kSharers = prefix(address(100, 64, 0, 128), 25);
inline constexpr Ipv4 kGina = address(100, 64, 0, 129);
inline constexpr Ipv4 kHenri = address(100, 64, 0, 130);

inline constexpr Ipv4 kResolver = address(198, 51, 100, 53);
inline constexpr Ipv4 kWeb = address(198, 51, 100, 80);
inline constexpr Ipv4 kVlanWeb = address(198, 51, 100, 200);   // behind ext0.400, MTU 1400
inline constexpr Ipv4 kSilent = address(192, 0, 2, 129);       // behind a next hop that never answers ARP
inline constexpr Ipv4 kElsewhere = address(192, 0, 2, 145);    // behind other0, which is not a port of cgnd
inline constexpr Ipv4 kUnreachable = address(192, 0, 2, 161);  // an unreachable route

// Bypass: hosts with addresses of their own, a remote that is reached untranslated, and one of which only UDP 53 is.
inline constexpr Prefix kBusinessLines = prefix(address(203, 0, 113, 64), 28);
inline constexpr Ipv4 kBusiness = address(203, 0, 113, 65);
inline constexpr Ipv4 kPartner = address(198, 51, 100, 90);
inline constexpr Ipv4 kOpenResolver = address(198, 51, 100, 91);
inline constexpr std::uint32_t kDnsOnly = 1;  // cgn_bypass_port.set

inline constexpr Prefix kPool = prefix(address(203, 0, 113, 0), 28);
inline constexpr Ipv4 kPoolAddress = address(203, 0, 113, 1);
inline constexpr Ipv4 kOtherPoolAddress = address(203, 0, 113, 2);
inline constexpr Prefix kSharedPool = prefix(address(203, 0, 113, 4), 30);
inline constexpr Ipv4 kSharedAddress = address(203, 0, 113, 5);
inline constexpr Ipv4 kOtherSharedAddress = address(203, 0, 113, 6);
inline constexpr Prefix kArpPool = prefix(address(203, 0, 113, 8), 29);  // part of kPool for which ARP is answered
inline constexpr Ipv4 kArpPoolAddress = address(203, 0, 113, 9);

// 1:1 mappings: two hosts, each with an external address of its own.
inline constexpr Ipv4 kErin = address(100, 64, 0, 20);
inline constexpr Ipv4 kErinOutside = address(203, 0, 113, 14);
inline constexpr Ipv4 kFrank = address(100, 64, 0, 21);
inline constexpr Ipv4 kFrankOutside = address(203, 0, 113, 15);

inline constexpr Mac kInternalMac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}};  // int0 and its VLANs
inline constexpr Mac kExternalMac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x02}};  // ext0 and its VLANs
inline constexpr Mac kAccessMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x01}};
inline constexpr Mac kAccessVlanMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x02}};
inline constexpr Mac kAccessQinqMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x03}};
inline constexpr Mac kAccessEastMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x04}};
inline constexpr Mac kBorderMac{{0x02, 0x00, 0x5e, 0x30, 0x00, 0x01}};
inline constexpr Mac kBorderVlanMac{{0x02, 0x00, 0x5e, 0x30, 0x00, 0x02}};
inline constexpr Mac kStrangerMac{{0x02, 0x00, 0x5e, 0x40, 0x00, 0x01}};
inline constexpr Mac kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
inline constexpr Mac kMulticastMac{{0x01, 0x00, 0x5e, 0x00, 0x00, 0x05}};

// --- links
// ------------------------------------------------------------------------------------------------------------
enum class Link { internal, internal_vlan, internal_qinq, external, external_vlan, internal_east };

struct LinkFacts {
  Link link;
  std::string_view name;  // of the interface the kernel's routes name
  std::string_view port;  // of the physical port
  std::uint8_t role;      // CGN_ROLE_*
  unsigned tag_count;
  std::uint16_t outer_tpid, outer_vid, inner_vid;
  Mac mac;
  Ipv4 own;  // our address; its subnet is a /29
  Ipv4 next_hop;
  Mac next_hop_mac;
  unsigned mtu;
};

inline constexpr std::array<LinkFacts, 6> kLinks{{
    {Link::internal, "int0", "int0", CGN_ROLE_INTERNAL, 0, 0, 0, 0, kInternalMac, address(192, 0, 2, 1),
     address(192, 0, 2, 2), kAccessMac, 1500},
    {Link::internal_vlan, "int0.100", "int0", CGN_ROLE_INTERNAL, 1, 0x8100, 100, 0, kInternalMac, address(192, 0, 2, 9),
     address(192, 0, 2, 10), kAccessVlanMac, 1500},
    {Link::internal_qinq, "int0.200.300", "int0", CGN_ROLE_INTERNAL, 2, 0x88a8, 200, 300, kInternalMac,
     address(192, 0, 2, 17), address(192, 0, 2, 18), kAccessQinqMac, 1500},
    {Link::external, "ext0", "ext0", CGN_ROLE_EXTERNAL, 0, 0, 0, 0, kExternalMac, address(192, 0, 2, 33),
     address(192, 0, 2, 34), kBorderMac, 1500},
    {Link::external_vlan, "ext0.400", "ext0", CGN_ROLE_EXTERNAL, 1, 0x8100, 400, 0, kExternalMac,
     address(192, 0, 2, 41), address(192, 0, 2, 42), kBorderVlanMac, 1400},
    {Link::internal_east, "int0.500", "int0", CGN_ROLE_INTERNAL, 1, 0x8100, 500, 0, kInternalMac,
     address(192, 0, 2, 25), address(192, 0, 2, 26), kAccessEastMac, 1500},
}};

[[nodiscard]] constexpr const LinkFacts& facts(Link link) { return kLinks[static_cast<std::size_t>(link)]; }
[[nodiscard]] constexpr bool is_internal(Link link) { return facts(link).role == CGN_ROLE_INTERNAL; }

// --- the second realm: behind int0.500
inline constexpr RealmId kEast{CGN_REALM_DEFAULT + 1};
inline constexpr std::string_view kRouteByEast = "by-east";  // up, forwarding, without an address
inline constexpr unsigned kEastTable = 500;  // holds kSubscribers by the next hop of int0.500, and no more
[[nodiscard]] constexpr RealmId realm_of(Link link) { return link == Link::internal_east ? kEast : kDefaultRealm; }
[[nodiscard]] constexpr std::uint8_t view_of(Link link) {
  return is_internal(link) ? realm_of(link).value() : static_cast<std::uint8_t>(CGN_REALM_EXTERNAL);
}
inline constexpr std::array<std::uint8_t, 3> kViews{kDefaultRealm.value(), kEast.value(), CGN_REALM_EXTERNAL};

// --- routes (besides the connected /29 of every link)
// -------------------------------------------------------------------
inline constexpr std::string_view kOtherInterface = "other0";  // up, 192.0.2.49/29, without the program
inline constexpr Ipv4 kOtherOwn = address(192, 0, 2, 49);
inline constexpr Ipv4 kOtherNextHop = address(192, 0, 2, 50);   // resolved: any MAC
inline constexpr Ipv4 kSilentNextHop = address(192, 0, 2, 35);  // on ext0's subnet; no neighbour entry may exist

struct Route {
  Prefix to;
  std::string_view interface;  // empty: `unreachable`
  std::optional<Ipv4> via;
};

inline constexpr std::array<Route, 9> kRoutes{{
    {prefix(address(0, 0, 0, 0), 0), "ext0", address(192, 0, 2, 34)},
    {prefix(address(100, 64, 0, 0), 24), "int0", address(192, 0, 2, 2)},
    {prefix(address(100, 64, 1, 0), 24), "int0.100", address(192, 0, 2, 10)},
    {prefix(address(100, 64, 2, 0), 24), "int0.200.300", address(192, 0, 2, 18)},
    {kBusinessLines, "int0", address(192, 0, 2, 2)},
    {prefix(address(198, 51, 100, 128), 25), "ext0.400", address(192, 0, 2, 42)},
    {prefix(address(192, 0, 2, 128), 28), "ext0", kSilentNextHop},
    {prefix(address(192, 0, 2, 144), 28), "other0", kOtherNextHop},
    {prefix(address(192, 0, 2, 160), 28), "", std::nullopt},
}};

// --- classes
// ------------------------------------------------------------------------------------------------------------
struct ClassFacts {
  Prefix prefix;
  std::uint32_t flags;  // CGN_CLASS_*, already flattened
  std::uint32_t bypass_set = 0;
};

inline constexpr std::uint32_t kMartianBoth = CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_MARTIAN_DESTINATION;

// CGN_CLASS_SUBSCRIBER goes with a subscriber_mask of 32 bits.
inline constexpr std::array<ClassFacts, 31> kClasses{{
    {prefix(address(0, 0, 0, 0), 8), kMartianBoth},
    {prefix(address(127, 0, 0, 0), 8), kMartianBoth},
    {prefix(address(169, 254, 0, 0), 16), kMartianBoth},
    {prefix(address(224, 0, 0, 0), 4), CGN_CLASS_MARTIAN_SOURCE},
    {prefix(address(240, 0, 0, 0), 4), kMartianBoth},
    {prefix(address(255, 255, 255, 255), 32), kMartianBoth | CGN_CLASS_BROADCAST},
    {kSubscribers, CGN_CLASS_SUBSCRIBER},
    {kSharers, CGN_CLASS_SUBSCRIBER | CGN_CLASS_SESSIONS},
    {kBusinessLines, CGN_CLASS_BYPASS_INTERNAL},
    {prefix(kPartner, 32), CGN_CLASS_BYPASS_REMOTE},
    {prefix(kOpenResolver, 32), CGN_CLASS_BYPASS_REMOTE, kDnsOnly},
    {kPool, CGN_CLASS_POOL},
    {kSharedPool, CGN_CLASS_POOL | CGN_CLASS_SESSIONS},
    {kArpPool, CGN_CLASS_POOL | CGN_CLASS_ARP},
    {prefix(kErin, 32), CGN_CLASS_SUBSCRIBER | CGN_CLASS_WHOLE},
    {prefix(kErinOutside, 32), CGN_CLASS_POOL | CGN_CLASS_WHOLE},
    {prefix(kFrank, 32), CGN_CLASS_SUBSCRIBER | CGN_CLASS_WHOLE},
    {prefix(kFrankOutside, 32), CGN_CLASS_POOL | CGN_CLASS_WHOLE},
    {prefix(address(192, 0, 2, 0), 29), CGN_CLASS_TRANSIT},
    {prefix(address(192, 0, 2, 7), 32), CGN_CLASS_TRANSIT | CGN_CLASS_BROADCAST},
    {prefix(address(192, 0, 2, 8), 29), CGN_CLASS_TRANSIT},
    {prefix(address(192, 0, 2, 16), 29), CGN_CLASS_TRANSIT},
    {prefix(address(192, 0, 2, 1), 32), CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL},
    {prefix(address(192, 0, 2, 9), 32), CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL},
    {prefix(address(192, 0, 2, 17), 32), CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL},
    {prefix(address(192, 0, 2, 24), 29), CGN_CLASS_TRANSIT},
    {prefix(address(192, 0, 2, 25), 32), CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL},
    {kWestOnly, CGN_CLASS_SUBSCRIBER},
    {prefix(address(192, 0, 2, 33), 32), CGN_CLASS_LOCAL},
    {prefix(address(192, 0, 2, 41), 32), CGN_CLASS_LOCAL},
    {prefix(address(192, 0, 2, 39), 32), CGN_CLASS_BROADCAST},
}};

// The same prefix to the hosts of a view. East has no bypass rules and no 1:1 mappings.
[[nodiscard]] inline cgn_class class_in(std::uint8_t view, const ClassFacts& c, std::uint32_t subscriber_mask = ~0U) {
  constexpr std::uint32_t kInternal = CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL;
  const bool shown = c.flags & kInternal;
  cgn_class value{.flags = c.flags,
                  .subscriber_mask = htonl(subscriber_mask),
                  .bypass_set = c.bypass_set,
                  .realm = shown ? kDefaultRealm.value() : std::uint32_t{CGN_REALM_EXTERNAL}};
  if (view != kEast.value()) return value;
  if (c.flags & CGN_CLASS_SUBSCRIBER) {
    value.flags &= ~std::uint32_t{CGN_CLASS_WHOLE};
    value.realm = CGN_REALM_EXTERNAL;
  }
  value.flags &= ~std::uint32_t{CGN_CLASS_BYPASS_INTERNAL | CGN_CLASS_BYPASS_REMOTE};
  if (c.prefix == kWestOnly) value.flags = CGN_CLASS_FOREIGN;
  return value;
}

// cgn_settings.seed of this world.
inline constexpr std::uint64_t kSeed = 0x243f6a8885a308d3;

// [interfaces] subscriber_to_host of this world.
inline constexpr std::uint32_t kHostServices = CGN_HOST_ICMP | CGN_HOST_DNS;

}  // namespace cgn::test
