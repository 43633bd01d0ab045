// SPDX-License-Identifier: Apache-2.0
// The validated policy of one node.
//
// What        What a cgn.toml says after every check has passed, with every default filled in. Names are the keys of
//             the file; durations are Duration, counts are plain unsigned.
// Life-cycle  Made by parse(), judged by check() against the machine's facts, then constant.
// Ownership   A passive value. Whoever holds it may copy it.
// RFC         4787, 5382, 5508 (timers), 6888 (limits), 8512 (names)
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgn/collector.hpp"
#include "cgn/net.hpp"
#include "cgn/realm.hpp"
#include "cgn/time.hpp"

namespace cgn::config {

using std::chrono::seconds;

// Where a value stood in the file, for complaints about what it means. line 0 = not in the file (a default).
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

struct Node {
  std::uint32_t id = 1;  // observation domain, log node id
  std::string name = "cgn";
};

enum class XdpMode { automatic, native, generic };
enum class AfXdpMode { automatic, zerocopy, copy };

struct Interface {
  std::string name;  // "ens1f0np0", or a VLAN sub-interface "ens1f0np0.100"
  Place place;
};

struct Interfaces {
  std::vector<Interface> internal;
  std::vector<Interface> external;  // the same name in both lists: one-armed
  XdpMode xdp_mode = XdpMode::automatic;
  AfXdpMode afxdp = AfXdpMode::automatic;
  std::vector<std::string> subscriber_to_host{"icmp", "dns"};  // of: icmp dns ntp ssh all
  std::vector<Prefix> transit;  // sources on internal ports that the kernel may route untranslated
  std::vector<Prefix> bogons;   // refused as source and as destination, besides the martians that are built in
};

// Whom a mapping hears (RFC 4787 s.5): everybody, the addresses that it spoke to, or the endpoints.
enum class Filtering { endpoint_independent, address_dependent, address_and_port_dependent };
// What an external port is lent for: all that an internal endpoint sends, whoever the remote is (RFC 4787 REQ-1), or one
// TCP connection, so that several internal endpoints may use it, each towards another remote (RFC 7857 s.3).
enum class Mapping { endpoint_independent, connection_dependent };
// Whose packets keep a mapping alive. Of TCP: an established session; whatever it is, strangers open nothing.
enum class Refresh { outbound, both };

// What one protocol's mappings of a pool do.
struct Behaviour {
  Mapping mapping = Mapping::endpoint_independent;
  Filtering filtering = Filtering::endpoint_independent;
  Refresh refresh = Refresh::outbound;
  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

// Where a subscriber's further blocks come from.
enum class Pooling {
  paired,     // the address of its first block (RFC 4787 REQ-2)
  arbitrary,  // that address while it has any, then every address of the pool
};

// Subscribers who have their addresses to themselves: the same ones may be others' elsewhere. Known by the interfaces that
// they come by. What no realm names belongs to the default one, which is none of these.
struct Realm {
  std::string name;
  RealmId id = kNowhere;  // by its place in the file, until the daemon knows which numbers the kernel's tables have
  std::vector<Interface> interfaces;
  std::string route_by;  // ingress of route look-ups for what goes to its subscribers; empty: the loopback interface
  Place place;           // of `name`
};

// How a subscriber comes by its first block.
enum class Allocation {
  dynamic,        // it is lent, and a row of the log says so
  deterministic,  // it is computed from its address (RFC 7422, docs/deterministic.md); further blocks are lent
};

// How blocks are cut and lent.
struct Pool {
  std::string name;
  std::vector<Prefix> addresses;  // any number, contiguous or not
  PortRange ports{Port{1024}, Port{65535}};
  unsigned block_size = 512;
  unsigned extension_block_size = 512;     // default: block_size
  unsigned max_blocks_per_subscriber = 8;  // the first block included
  unsigned max_subscribers = 0;            // 0 in the file = as many as fit; filled in by parse()
  Duration block_linger = seconds{600};
  Duration block_hold_down = seconds{120};
  Duration port_hold_down = seconds{120};
  unsigned alarm_high = 90;  // percent of its blocks that are out: the operator is told; 0 = never
  unsigned alarm_low = 80;   // and told again when no more than this are
  Pooling pooling = Pooling::paired;
  Allocation allocation = Allocation::dynamic;
  Behaviour tcp{.filtering = Filtering::endpoint_independent, .refresh = Refresh::both};
  Behaviour udp{};
  Behaviour icmp{};
  bool answer_arp = true;  // for addresses inside a connected subnet
  Place place;             // of `addresses`
  Place allocation_place;  // of `allocation`

  [[nodiscard]] const Behaviour& behaviour(Proto proto) const {
    switch (proto) {
      case Proto::tcp: return tcp;
      case Proto::udp: return udp;
      case Proto::icmp: return icmp;
      // As UDP: what TCP's own way of refreshing is safe by, its flags seen in both directions, the others have not.
      case Proto::dccp:
      case Proto::sctp:
      case Proto::udplite: return udp;
    }
    return udp;  // not reached: the enum is closed
  }
  [[nodiscard]] bool is_deterministic() const { return allocation == Allocation::deterministic; }
  // Whether its TCP connections share ports. A connection hears its own remote alone, whatever `filtering` says.
  [[nodiscard]] bool overloads() const { return tcp.mapping == Mapping::connection_dependent; }
  // Whether any of its mappings needs permissions to hear less than everybody.
  [[nodiscard]] bool filters() const {
    const auto independent = Filtering::endpoint_independent;
    return (tcp.filtering != independent && !overloads()) || udp.filtering != independent ||
           icmp.filtering != independent;
  }
  [[nodiscard]] std::uint64_t address_count() const {
    std::uint64_t n = 0;
    for (const auto& p : addresses) n += p.size();
    return n;
  }
};

// Subscribers of these prefixes get their blocks from this pool. Rules are disjoint.
struct Rule {
  RealmId realm = kDefaultRealm;
  std::vector<Prefix> internal;
  std::string pool;
  unsigned subscriber_prefix_length = 32;  // one subscriber = one prefix of this length
  Place place;
};

// A rule with action "bypass": what is forwarded untranslated (RFC 6888 REQ-6).
struct Bypass {
  struct Service {
    Proto proto = Proto::udp;  // TCP or UDP
    Port port{};
    friend bool operator==(const Service&, const Service&) = default;
  };
  RealmId realm = kDefaultRealm;
  std::vector<Prefix> internal;      // hosts that are never translated
  std::vector<Prefix> destinations;  // remotes that subscribers reach under their own addresses
  std::vector<Service> ports;        // of those; none = every packet
  Place place;
};

// A mapping that is always there: a port forward, or a whole address (1:1).
struct Static {
  bool whole = false;        // every protocol and port of the address; then proto and ports below say nothing
  Proto proto = Proto::tcp;  // or UDP
  Endpoint external{};
  InternalEndpoint internal{{}, kDefaultRealm};
  Place place;
  [[nodiscard]] PortRange ports() const {
    return whole ? PortRange{Port{0}, Port{65535}} : PortRange{external.port, external.port};
  }
};

// What a refused first packet is answered with (RFC 6888 REQ-11B, 5508 REQ-8).
enum class Refusal { host_unreachable, admin_prohibited, silent };

struct Nat {
  Filtering filtering = Filtering::endpoint_independent;  // of pools that say nothing else
  std::optional<Refresh> refresh{};                       // likewise; none ("auto"): each protocol's own
  Refusal refusal = Refusal::host_unreachable;
  bool esp = true, gre = true;      // tunnels that are translated
  bool answer_ping = false;         // of pool addresses
  bool midstream = false;           // accept TCP from inside that does not begin with SYN
  std::uint16_t tcp_mss_clamp = 0;  // largest MSS that a SYN may carry on; 0 = off
  Duration wait_for_port{};      // how long a first packet waits for a port that is about to come free; 0 = not at all
  bool reclaim_closing = false;  // before a refusal: take the port of the subscriber's own oldest closing TCP mapping
};

// Application level gateways: protocols whose payloads name endpoints. All others pass as they are.
struct Alg {
  bool ftp = true;
  bool pptp = false;
  Place pptp_place{};
};

struct Timeouts {
  Duration udp = seconds{300};
  std::optional<Duration> udp_dns;  // mappings that only ever spoke to port 53
  Duration icmp = seconds{60};
  Duration tcp_opening = seconds{240};
  Duration tcp_established = seconds{7440};
  Duration tcp_closing = seconds{240};
  Duration fragment = seconds{10};  // how long a datagram in pieces is waited for
  bool below_rfc_minimum = false;

  // An association that is idle proves itself by a heartbeat every 30 s (RFC 9260 section 8.3), which has ten times to
  // come through; as UDP, if that waits longer.
  [[nodiscard]] Duration sctp() const { return std::max<Duration>(udp, seconds{300}); }
};

// 0 = no limit, where a limit is optional.
struct Limits {
  unsigned mappings = 1'000'000;  // in all; the kernel table has two entries for each
  bool mappings_given = false;    // by the file, not by default
  unsigned subscribers = 65'536;  // in all
  unsigned mappings_per_subscriber = 0;
  unsigned ports_per_subscriber = 0;      // in any one protocol (ICMP: identifiers)
  unsigned tcp_ports_per_subscriber = 0;  // beside it, for one protocol each (RFC 6888 REQ-4B)
  unsigned udp_ports_per_subscriber = 0;
  unsigned icmp_ids_per_subscriber = 0;
  unsigned mappings_alarm_high = 90;  // percent of `mappings`: the operator is told; 0 = never
  unsigned mappings_alarm_low = 80;
  unsigned permissions = 262'144;                   // remotes that mappings with dependent filtering hear, in all
  unsigned permissions_per_mapping = 1024;          // of one of them (RFC 6888 REQ-5)
  unsigned new_mappings_per_second = 0;             // per subscriber
  unsigned icmp_errors_per_second = 100;            // that we originate, in all
  unsigned slow_path_packets_per_second = 200'000;  // punted per queue; strangers get a quarter of it
  Place place;                                      // of `mappings`
};

struct Log {
  std::string path = "/var/lib/cgn/log";
  Duration retention{};    // required in the file: no default is lawful everywhere
  std::string sign_key{};  // private key in PEM, made when absent; empty: sign.key in the state directory
  Duration first_packet_wait = seconds{1};
  Duration heartbeat = seconds{10};
  bool require_case = false;  // look-ups must name a case
  std::string audit_path{};   // of the record of look-ups; empty: beside the log
};

// A collector that gets a copy of the legal record.
struct Export {
  Collector collector{};
  Place place;  // of `to`
};

struct Api {
  std::string socket = "/run/cgn/api.sock";
};

// Which attribute of an accounting request names the customer.
enum class IdentityAttribute { user_name, calling_station_id, class_, chargeable_user_identity };

struct RadiusClient {
  Place place{};
  Ipv4 address{};
  std::string secret{};       // never shown
  std::string secret_file{};  // instead: its first line
  std::string realm{};        // whose addresses it reports; empty: the default one
};

struct Radius {
  bool given = false;
  Endpoint listen{};
  IdentityAttribute identity_attribute = IdentityAttribute::user_name;
  bool use_netmask = false;  // Framed-IP-Netmask tells a network of the customer's own
  std::vector<RadiusClient> clients{};
};

struct Config {
  Node node;
  Interfaces interfaces;
  std::vector<Realm> realms;
  std::vector<Pool> pools;
  std::vector<Rule> rules;
  std::vector<Bypass> bypasses;
  std::vector<Static> statics;
  Nat nat;
  Alg alg;
  Timeouts timeouts;
  Limits limits;
  Log log;
  std::vector<Export> exports;
  Api api;
  Radius radius;

  [[nodiscard]] const Pool* find_pool(std::string_view name) const {
    for (const auto& p : pools) {
      if (p.name == name) return &p;
    }
    return nullptr;
  }
};

// By name, the default one included; empty is the default one, too, as in the log.
[[nodiscard]] inline std::optional<RealmId> find_realm(const std::vector<Realm>& realms, std::string_view name) {
  if (is_default_realm(name)) return kDefaultRealm;
  const auto found = std::ranges::find(realms, name, &Realm::name);
  return found == realms.end() ? std::nullopt : std::optional{found->id};
}
// As the log has it: the default one without a name.
[[nodiscard]] inline std::string log_name(const std::vector<Realm>& realms, RealmId id) {
  const auto found = std::ranges::find(realms, id, &Realm::id);
  return found == realms.end() ? std::string{} : found->name;
}
[[nodiscard]] inline std::string realm_name(const std::vector<Realm>& realms, RealmId id) {
  return id == kDefaultRealm ? std::string{kDefaultRealmName} : log_name(realms, id);
}
// Of an internal interface.
[[nodiscard]] inline RealmId realm_of(const std::vector<Realm>& realms, std::string_view interface) {
  for (const auto& realm : realms) {
    if (std::ranges::find(realm.interfaces, interface, &Interface::name) != realm.interfaces.end()) return realm.id;
  }
  return kDefaultRealm;
}

}  // namespace cgn::config
