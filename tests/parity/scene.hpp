// SPDX-License-Identifier: Apache-2.0
// The world of one chapter: mappings, settings, who is live, what is missing.
//
// What        Links, routes, classes and addresses are those of packets/cast.hpp; what varies from chapter to chapter is
//             here, in host order and in the nouns of the house. Both judges get the same scene: the kernel's as maps, the
//             model as it stands.
// Ownership   A value. The model plays on its own copy, because packets change the halves.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cgn/abi.h"
#include "cgn/net.hpp"
#include "cgn/tunnel.hpp"
#include "packets/row.hpp"
#include "packets/row.hpp"
#include "parity/random.hpp"

namespace cgn::parity {

// What a packet shows before translation: the key of an entry.
struct HalfKey {
  Endpoint end{};
  Proto proto = Proto::udp;
  std::uint8_t realm = CGN_REALM_DEFAULT;  // an internal one, or CGN_REALM_EXTERNAL
  std::optional<Endpoint> remote{};        // of a connection that shares its port: the key of a session
  friend auto operator<=>(const HalfKey&, const HalfKey&) = default;
};

using test::Heard;

// A stamp that the kernel wrote between two looks at the clock. Both are equal as soon as it has been read.
struct Stamp {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  void advance(std::uint32_t first, std::uint32_t last) {
    if (low < first) low = first;
    if (high < last) high = last;
  }
  [[nodiscard]] bool holds(std::uint32_t value) const { return low <= value && value <= high; }
};

// What one side of a TCP session has acknowledged, and its window beside it.
struct Progress {
  std::uint32_t acknowledged = 0;
  std::uint16_t window = 0;
  std::uint8_t scale = 0;  // shift + 1, 0 = not seen
  bool known = false;
  friend bool operator==(const Progress&, const Progress&) = default;
};

// One direction of a mapping: the model's word for an entry.
[[nodiscard]] inline bool is_outbound(std::uint8_t realm) { return realm != CGN_REALM_EXTERNAL; }

struct Half {
  Endpoint to{};
  Endpoint remote{};
  std::uint8_t features = 0;
  std::uint8_t seen = 0;
  std::uint32_t mapping_id = 0;
  RealmId realm = kDefaultRealm;  // of the internal end, whichever half this is
  Stamp last_seen{}, last_data{}, closed_at{};
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  Progress progress{};
};

using Halves = std::map<HalfKey, Half>;

struct Mapping {
  Proto proto = Proto::udp;
  Endpoint internal{}, external{}, remote{};
  bool session = false;  // for its remote alone
  RealmId realm = kDefaultRealm;
};

// An entry of `sessions` that is a tunnel's. Inbound ESP with SPI 0 is the mark: whose an unknown SPI may be. A call of PPTP
// stands where an SPI's upper half does.
struct TunnelKey {
  Proto proto = kEsp;
  std::uint8_t realm = CGN_REALM_DEFAULT;
  Ipv4 end{}, remote{};
  std::uint32_t spi = 0;
  friend auto operator<=>(const TunnelKey&, const TunnelKey&) = default;
};
struct TunnelEnd {
  Ipv4 to{};
  bool alone = false;             // of the mark
  RealmId realm = kDefaultRealm;  // of the internal end
  std::uint16_t call = 0;         // of an inbound call of PPTP: the id that its GRE is to bear
};
using TunnelEnds = std::map<TunnelKey, TunnelEnd>;

struct AddressClass {
  Prefix prefix;
  std::uint32_t flags = 0;
  std::uint32_t subscriber_mask = 0xffffffff;
  std::uint32_t bypass_set = 0;
  std::uint32_t realm = CGN_REALM_EXTERNAL;  // of hosts that the outside may reach untranslated
};

struct Scene {
  std::vector<Mapping> mappings{};  // what the generator aims at; some have only one half in the table
  Halves halves{};
  std::map<Heard, Stamp> heard{};
  TunnelEnds tunnels{};
  std::set<InternalAddress> live{};  // subscribers with a durable block
  std::set<Ipv4> lent{};             // external addresses on which a durable block is lent
  cgn_settings settings{};
  bool listening = true;   // a daemon takes punted packets
  bool one_armed = false;  // int0 has both roles
  bool port_left = false;  // ext0 has just left the devmap
};

// Addresses that mappings and packets of all chapters draw from.
inline constexpr Ipv4 kHousehold = test::address(100, 64, 3, 17);      // shares its /29 with others: one subscriber
inline constexpr Ipv4 kFarSubscriber = test::address(100, 64, 77, 1);  // no route but the default one

// Acknowledgements and sequence numbers gather around these, so that windows have edges that packets meet.
inline constexpr std::array<std::uint32_t, 3> kSequences{0, 0xfffffff0, 0x7fffff00};
inline constexpr std::array<std::uint16_t, 4> kWindows{0, 1, 100, 65535};

// Calls of PPTP that packets bear: known to somebody as a rule.
inline constexpr std::array<std::uint16_t, 5> kCalls{0x1234, 0x1234, 0x1234, 0x00ff, 0};

// What ESP packets begin with: bound to somebody as a rule, to nobody, and none that goes over a wire.
inline constexpr std::array<std::uint32_t, 4> kSpis{0xc0ffee01, 0xc0ffee01, 0x00010000, 0};

// The classes of the cast, and a prefix whose subscribers are /29s.
[[nodiscard]] const std::vector<AddressClass>& classes(std::uint8_t view);

// `tick` is now, in the unit of stamps: they are spread around it.
[[nodiscard]] Scene any_scene(Random&, std::uint32_t tick);

// The outbound half has the internal end as its key, the inbound half the external one.
[[nodiscard]] HalfKey key_of(const Mapping&, bool outbound);

}  // namespace cgn::parity
