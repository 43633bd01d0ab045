// SPDX-License-Identifier: Apache-2.0
// Who plays, and where: one lab of two machines, of which the tester plays all others.
//
//        subscribers 100.64.0.0/16                                            servers 198.51.100.0/25
//        markers     100.65.0.0/24     .---------- cgn ----------.            far servers 198.51.100.128/25, MTU 1400
//        narrow      100.66.0.0/24     |   the device under test |
//   access router 192.0.2.2 - sub0 - int0 192.0.2.1   192.0.2.9 ext0 - net0 - border router 192.0.2.10
//   `-------- wire: the tester ------'                            '--- wire: the tester, too --------'
//
// What        Addresses and MACs as constants. The tester has no host stack in the way: its interfaces have no
//             addresses, neighbours are permanent, and every frame is written and read by hand. Narrow subscribers
//             sit behind a path of MTU 1300. Markers are there to find out whether everything sent before them has
//             been served.
#pragma once

#include "cgn/net.hpp"

namespace cgn::selftest {

[[nodiscard]] constexpr Ipv4 address(unsigned a, unsigned b, unsigned c, unsigned d) {
  return Ipv4::from_host(a << 24 | b << 16 | c << 8 | d);
}
[[nodiscard]] constexpr Endpoint at(Ipv4 address, unsigned port) {
  return {address, Port{static_cast<std::uint16_t>(port)}};
}

inline constexpr Prefix kSubscribers = Prefix::of(address(100, 64, 0, 0), 16);
inline constexpr Prefix kMarkers = Prefix::of(address(100, 65, 0, 0), 24);
inline constexpr Prefix kNarrow = Prefix::of(address(100, 66, 0, 0), 24);
inline constexpr Prefix kShared = Prefix::of(address(100, 64, 0, 0), 10);  // RFC 6598: all of them
inline constexpr Prefix kServers = Prefix::of(address(198, 51, 100, 0), 25);
inline constexpr Prefix kFarServers = Prefix::of(address(198, 51, 100, 128), 25);
inline constexpr Ipv4 kUntranslated = address(198, 51, 100, 126);  // its UDP port 53: subscribers keep their addresses
// Static mappings of the plain group: a host with a port forward, and two that are mapped whole.
inline constexpr Ipv4 kForwardInside = address(100, 64, 0, 20), kForwardOutside = address(203, 0, 113, 200);
inline constexpr Ipv4 kWholeInside = address(100, 64, 0, 21), kWholeOutside = address(203, 0, 113, 201);
inline constexpr Ipv4 kSecondWholeInside = address(100, 64, 0, 22), kSecondWholeOutside = address(203, 0, 113, 202);
inline constexpr unsigned kFarMtu = 1400, kNarrowMtu = 1300;

inline constexpr Ipv4 kDeviceInside = address(192, 0, 2, 1), kAccessRouter = address(192, 0, 2, 2);
inline constexpr Ipv4 kDeviceOutside = address(192, 0, 2, 9), kBorderRouter = address(192, 0, 2, 10);
// A realm of its own: kSubscribers once more, behind another interface.
inline constexpr Ipv4 kDeviceEast = address(192, 0, 2, 17), kEastRouter = address(192, 0, 2, 18);
inline constexpr Ipv4 kUnrelatedRouter = address(192, 0, 2, 77);

inline constexpr Mac kDeviceInsideMac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}};
inline constexpr Mac kDeviceOutsideMac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x02}};
inline constexpr Mac kDeviceEastMac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0x03}};
inline constexpr Mac kEastMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x02}};
inline constexpr Mac kAccessMac{{0x02, 0x00, 0x5e, 0x20, 0x00, 0x01}};
inline constexpr Mac kBorderMac{{0x02, 0x00, 0x5e, 0x30, 0x00, 0x01}};
inline constexpr Mac kStrangerMac{{0x02, 0x00, 0x5e, 0x40, 0x00, 0x01}};

inline constexpr Prefix kMarkerPool = Prefix::of(address(203, 0, 113, 240), 29);
inline constexpr Prefix kPools = Prefix::of(address(203, 0, 113, 0), 24);  // all external addresses of all groups

}  // namespace cgn::selftest
