// SPDX-License-Identifier: Apache-2.0
// What each address is to us, by the table that the program reads: examples, and random ones against a naive model.
#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <random>

#include "daemon/address_classes.hpp"

namespace cgn::daemon {
namespace {

using Interfaces = std::vector<io::InterfaceInfo>;
using Classes = std::vector<io::ClassifiedPrefix>;

Prefix prefix(const char* text) { return *Prefix::parse(text); }
Ipv4 ip(const char* text) { return *Ipv4::parse(text); }

io::InterfaceInfo interface(const char* name, std::vector<io::InterfaceAddress> addresses) {
  io::InterfaceInfo info;
  info.name = name;
  info.addresses = std::move(addresses);
  return info;
}

config::Config config_of(const char* subscribers, const char* pool) {
  config::Config config;
  config.interfaces.internal = {{"int0", {}}};
  config.interfaces.external = {{"ext0", {}}};
  config::Rule rule;
  rule.internal = {prefix(subscribers)};
  config.rules.push_back(rule);
  config::Pool with;
  with.addresses = {prefix(pool)};
  config.pools.push_back(with);
  return config;
}

Interfaces usual() {
  return {interface("lo", {{ip("127.0.0.1"), 8}}), interface("int0", {{ip("100.64.0.1"), 24}}),
          interface("ext0", {{ip("203.0.113.2"), 24}}), interface("mgmt", {{ip("192.0.2.5"), 25}})};
}

// The longest match, as BPF_MAP_TYPE_LPM_TRIE answers.
cgn_class look_up(const Classes& classes, Ipv4 address, std::uint8_t view = CGN_REALM_DEFAULT) {
  const io::ClassifiedPrefix* best = nullptr;
  for (const auto& entry : classes) {
    if (entry.view != view) continue;
    if (entry.prefix.contains(address) && (best == nullptr || entry.prefix.length() >= best->prefix.length()))
      best = &entry;
  }
  return best == nullptr ? cgn_class{} : best->value;
}

std::uint32_t flags(const Classes& classes, const char* address, std::uint8_t view = CGN_REALM_DEFAULT) {
  return look_up(classes, ip(address), view).flags;
}

}  // namespace

TEST_CASE("TCP of a pool that shares ports, and of its subscribers, is looked up with its remote") {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.pools.front().name = config.rules.front().pool = "shared";
  config.pools.front().tcp.mapping = config::Mapping::connection_dependent;
  auto& rule = config.rules.emplace_back();
  rule.internal = {prefix("100.65.0.0/16")};
  rule.pool = "other";
  auto& pool = config.pools.emplace_back();
  pool.name = "other";
  pool.addresses = {prefix("198.51.101.0/24")};
  const auto c = classify_prefixes(config, usual());
  CHECK(flags(c, "100.64.200.1") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_SESSIONS));
  CHECK(flags(c, "198.51.100.9") == (CGN_CLASS_POOL | CGN_CLASS_SESSIONS));
  CHECK(flags(c, "100.65.0.1") == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "198.51.101.9") == CGN_CLASS_POOL);
}

TEST_CASE("subscribers, pools, our addresses, connected subnets and broadcasts each have their class") {
  const auto c = classify_prefixes(config_of("100.64.0.0/16", "198.51.100.0/24"), usual());
  CHECK(flags(c, "100.64.200.1") == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "100.64.0.7") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_TRANSIT));
  CHECK(flags(c, "100.64.0.1") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL));
  CHECK(flags(c, "100.64.0.255") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_TRANSIT | CGN_CLASS_BROADCAST));
  CHECK(flags(c, "198.51.100.9") == CGN_CLASS_POOL);
  CHECK(flags(c, "203.0.113.2") == CGN_CLASS_LOCAL);
  CHECK(flags(c, "203.0.113.1") == 0);
  CHECK(flags(c, "203.0.113.255") == CGN_CLASS_BROADCAST);
  CHECK(flags(c, "192.0.2.5") == CGN_CLASS_LOCAL);
  CHECK(flags(c, "192.0.2.127") == CGN_CLASS_BROADCAST);
}

TEST_CASE("martians are built in; documentation, shared and private addresses are none") {
  const auto c = classify_prefixes(config_of("100.64.0.0/16", "198.51.100.0/24"), {});
  constexpr std::uint32_t kBoth = CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_MARTIAN_DESTINATION;
  for (const char* address : {"0.0.0.0", "0.255.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.1",
                              "169.254.255.255", "240.0.0.1", "255.255.255.255"}) {
    CAPTURE(address);
    CHECK(flags(c, address) == kBoth);
  }
  CHECK(flags(c, "224.0.0.1") == CGN_CLASS_MARTIAN_SOURCE);
  CHECK(flags(c, "239.255.255.255") == CGN_CLASS_MARTIAN_SOURCE);
  for (const char* address : {"1.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
                              "223.255.255.255", "192.0.2.1", "203.0.113.1", "100.127.0.1"}) {
    CAPTURE(address);
    CHECK(flags(c, address) == 0);
  }
}

TEST_CASE("bypass rules mark their hosts and remotes, and number their ports as the classes do", "[RFC6888-REQ-6]") {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.bypasses.push_back({.internal = {prefix("100.64.9.0/24")}, .destinations = {}, .ports = {}, .place = {}});
  config.bypasses.push_back(
      {.internal = {}, .destinations = {prefix("192.0.2.64/26")}, .ports = {{Proto::udp, Port{53}}}, .place = {}});
  config.bypasses.push_back({.internal = {}, .destinations = {prefix("192.0.2.128/26")}, .ports = {}, .place = {}});
  const auto c = classify_prefixes(config, {});
  CHECK(flags(c, "100.64.9.1") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL));
  CHECK(look_up(c, ip("192.0.2.64")).flags == CGN_CLASS_BYPASS_REMOTE);
  CHECK(look_up(c, ip("192.0.2.64")).bypass_set == 2);
  CHECK(look_up(c, ip("192.0.2.128")).bypass_set == 0);
  const auto ports = bypass_ports(config);
  REQUIRE(ports.size() == 1);
  CHECK(ports[0].first.set == 2);
  CHECK(ports[0].first.port == htons(53));
  CHECK(ports[0].first.proto == IPPROTO_UDP);
}

TEST_CASE("the subscriber's mask is that of the rule") {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  CHECK(look_up(classify_prefixes(config, usual()), ip("100.64.0.7")).subscriber_mask == 0xffffffff);
  config.rules[0].subscriber_prefix_length = 29;
  const auto c = classify_prefixes(config, usual());
  CHECK(look_up(c, ip("100.64.200.1")).subscriber_mask == htonl(0xfffffff8));
  CHECK(look_up(c, ip("100.64.0.1")).subscriber_mask == htonl(0xfffffff8));  // inside the rule's prefix, and ours
  CHECK(look_up(c, ip("198.51.100.1")).subscriber_mask == 0);
}

TEST_CASE("ARP is answered for a pool inside a subnet connected to an external port, and nowhere else") {
  const auto inside = classify_prefixes(config_of("100.64.0.0/16", "203.0.113.128/26"), usual());
  CHECK(flags(inside, "203.0.113.130") == (CGN_CLASS_POOL | CGN_CLASS_ARP));
  CHECK(flags(inside, "203.0.113.127") == 0);
  const auto routed = classify_prefixes(config_of("100.64.0.0/16", "198.51.100.0/24"), usual());
  CHECK(flags(routed, "198.51.100.1") == CGN_CLASS_POOL);
  const auto managed = classify_prefixes(config_of("100.64.0.0/16", "192.0.2.64/26"), usual());
  CHECK(flags(managed, "192.0.2.70") == CGN_CLASS_POOL);  // connected, but not to a port of ours
}

TEST_CASE("of a pool larger than the subnet only the part inside is answered for") {
  const auto c = classify_prefixes(config_of("100.64.0.0/16", "203.0.112.0/23"), usual());
  CHECK(flags(c, "203.0.112.9") == CGN_CLASS_POOL);
  CHECK(flags(c, "203.0.113.9") == (CGN_CLASS_POOL | CGN_CLASS_ARP));
}

TEST_CASE("ARP is never answered for an address of the box, for a broadcast address, or when the pool says no") {
  auto config = config_of("100.64.0.0/16", "203.0.113.0/24");
  const auto c = classify_prefixes(config, usual());
  CHECK(flags(c, "203.0.113.2") == (CGN_CLASS_POOL | CGN_CLASS_LOCAL));
  CHECK(flags(c, "203.0.113.255") == (CGN_CLASS_POOL | CGN_CLASS_BROADCAST));
  config.pools[0].answer_arp = false;
  CHECK(flags(classify_prefixes(config, usual()), "203.0.113.9") == CGN_CLASS_POOL);
}

TEST_CASE("transit prefixes of the config and the far end of a point-to-point link are transit") {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.interfaces.transit = {prefix("192.0.2.0/26")};
  auto interfaces = usual();
  interfaces[1].addresses = {{.address = ip("203.0.113.66"), .prefix_length = 32, .peer = ip("203.0.113.77")}};
  const auto c = classify_prefixes(config, interfaces);
  CHECK(flags(c, "192.0.2.3") == CGN_CLASS_TRANSIT);
  CHECK(flags(c, "192.0.2.64") == 0);
  CHECK(flags(c, "203.0.113.77") == CGN_CLASS_TRANSIT);
  CHECK(flags(c, "203.0.113.66") == CGN_CLASS_LOCAL);
}

TEST_CASE("a bogon is a martian on both sides, but not where something of ours has a name as long") {
  constexpr std::uint32_t kBoth = CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_MARTIAN_DESTINATION;
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.interfaces.bogons = {prefix("100.64.0.0/10"), prefix("192.0.2.0/24"), prefix("198.51.100.0/24"),
                              prefix("100.64.128.0/24"), prefix("203.0.113.0/24")};
  config.interfaces.transit = {prefix("192.0.2.144/28")};
  const auto c = classify_prefixes(config, usual());
  CHECK(flags(c, "100.127.0.1") == kBoth);
  CHECK(flags(c, "100.64.200.1") == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "100.64.128.9") == (CGN_CLASS_SUBSCRIBER | kBoth));  // the longer prefix says so
  CHECK(flags(c, "100.64.0.7") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_TRANSIT));
  CHECK(flags(c, "198.51.100.9") == CGN_CLASS_POOL);
  CHECK(flags(c, "203.0.113.1") == 0);  // a neighbour on a connected subnet
  CHECK(flags(c, "192.0.2.200") == kBoth);
  CHECK(flags(c, "192.0.2.9") == 0);  // on the subnet of an interface that is no port
  CHECK(flags(c, "192.0.2.150") == CGN_CLASS_TRANSIT);
  CHECK(flags(c, "169.254.0.1") == kBoth);  // what is built in is not undone
}

TEST_CASE("a /31 has no broadcast address") {
  const Interfaces interfaces{interface("ext0", {{ip("203.0.113.2"), 31}})};
  const auto c = classify_prefixes(config_of("100.64.0.0/16", "198.51.100.0/24"), interfaces);
  CHECK(flags(c, "203.0.113.3") == 0);
}

TEST_CASE("a whole address says so on both sides, and is for the rest as a pool's and a subscriber's") {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.statics = {{.whole = true,
                     .external = {ip("203.0.113.20"), {}},
                     .internal = {{ip("100.64.0.9"), {}}, kDefaultRealm},
                     .place = {}},
                    {.whole = true,
                     .external = {ip("192.0.2.200"), {}},
                     .internal = {{ip("10.0.0.9"), {}}, kDefaultRealm},
                     .place = {}},
                    {.external = {ip("203.0.113.21"), Port{443}},
                     .internal = {{ip("100.64.0.8"), Port{443}}, kDefaultRealm},
                     .place = {}}};
  const auto c = classify_prefixes(config, usual());
  CHECK(flags(c, "203.0.113.20") == (CGN_CLASS_POOL | CGN_CLASS_ARP | CGN_CLASS_WHOLE));
  CHECK(flags(c, "192.0.2.200") == (CGN_CLASS_POOL | CGN_CLASS_WHOLE));
  CHECK(flags(c, "203.0.113.21") == (CGN_CLASS_POOL | CGN_CLASS_ARP));
  CHECK((flags(c, "100.64.0.9") & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_WHOLE)) ==
        (CGN_CLASS_SUBSCRIBER | CGN_CLASS_WHOLE));
  CHECK(flags(c, "10.0.0.9") == (CGN_CLASS_SUBSCRIBER | CGN_CLASS_WHOLE));
  CHECK(look_up(c, ip("10.0.0.9")).subscriber_mask == 0xffffffff);
  CHECK((flags(c, "100.64.0.8") & CGN_CLASS_WHOLE) == 0);
  CHECK((flags(c, "100.64.0.10") & CGN_CLASS_WHOLE) == 0);
}

namespace {

constexpr RealmId kEast{2};

config::Config with_east() {
  auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
  config.interfaces.internal.push_back({"int1", {}});
  config.realms = {{.name = "east", .id = kEast, .interfaces = {{"int1", {}}}, .route_by = "by-east", .place = {}}};
  config.rules.push_back({.realm = kEast,
                          .internal = {prefix("100.64.0.0/16"), prefix("10.1.0.0/16")},
                          .pool = config.pools[0].name,
                          .place = {}});
  return config;
}

}  // namespace

TEST_CASE("an address is to each realm's hosts what that realm has it for") {
  auto config = with_east();
  auto interfaces = usual();
  interfaces.push_back(interface("int1", {{ip("10.9.0.1"), 24}}));
  const auto c = classify_prefixes(config, interfaces);
  const auto east = kEast.value();
  CHECK(flags(c, "100.64.7.7") == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "100.64.7.7", east) == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "100.64.7.7", CGN_REALM_EXTERNAL) == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "10.1.7.7") == CGN_CLASS_FOREIGN);
  CHECK(look_up(c, ip("10.1.7.7")).subscriber_mask == 0);
  CHECK(flags(c, "10.1.7.7", east) == CGN_CLASS_SUBSCRIBER);
  CHECK(flags(c, "198.51.100.7", east) == CGN_CLASS_POOL);
  // The box has 10.9.0.1 on int1 only, and 100.64.0.1 on int0.
  CHECK(flags(c, "10.9.0.1") == 0);
  CHECK(flags(c, "10.9.0.1", east) == (CGN_CLASS_TRANSIT | CGN_CLASS_LOCAL));
  CHECK((flags(c, "100.64.0.1", east) & CGN_CLASS_LOCAL) == 0);
  CHECK((flags(c, "100.64.0.1", CGN_REALM_EXTERNAL) & CGN_CLASS_LOCAL) != 0);
}

TEST_CASE("only a realm with bypass rules is reached untranslated, and its realm is said") {
  auto config = with_east();
  config.bypasses.push_back(
      {.realm = kEast, .internal = {}, .destinations = {prefix("192.0.2.64/26")}, .ports = {}, .place = {}});
  config.bypasses.push_back(
      {.realm = kEast, .internal = {prefix("203.0.113.64/28")}, .destinations = {}, .ports = {}, .place = {}});
  const auto c = classify_prefixes(config, {});
  const auto realm_of = [&](const char* address, std::uint8_t view) { return look_up(c, ip(address), view).realm; };
  CHECK(flags(c, "192.0.2.65", kEast.value()) == CGN_CLASS_BYPASS_REMOTE);
  CHECK(flags(c, "192.0.2.65") == 0);
  CHECK(flags(c, "192.0.2.65", CGN_REALM_EXTERNAL) == CGN_CLASS_BYPASS_REMOTE);
  CHECK(realm_of("10.1.7.7", CGN_REALM_EXTERNAL) == kEast.value());
  CHECK(realm_of("203.0.113.65", CGN_REALM_EXTERNAL) == kEast.value());
  CHECK(realm_of("203.0.113.65", CGN_REALM_DEFAULT) == kEast.value());
  CHECK(flags(c, "203.0.113.65") == 0);
  CHECK(realm_of("192.0.2.65", CGN_REALM_EXTERNAL) == CGN_REALM_EXTERNAL);
}

namespace {

// Random prefixes from few bits, so that they nest, touch and coincide often.
struct Maker {
  std::mt19937 random;
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random()) % below; }
  Ipv4 address() { return Ipv4::from_host(0xcb007100u | pick(256)); }
  Prefix some() { return Prefix::of(address(), 24 + pick(9)); }

  config::Config config() {
    auto config = config_of("100.64.0.0/16", "198.51.100.0/24");
    config.rules[0].internal.clear();
    config.pools[0].addresses.clear();
    for (unsigned i = pick(4); i > 0; --i) config.rules[0].internal.push_back(some());
    for (unsigned i = pick(4); i > 0; --i) config.pools[0].addresses.push_back(some());
    for (unsigned i = pick(3); i > 0; --i) config.interfaces.transit.push_back(some());
    for (unsigned i = pick(3); i > 0; --i) config.interfaces.bogons.push_back(some());
    return config;
  }
  Interfaces interfaces() {
    Interfaces all{interface("int0", {}), interface("ext0", {}), interface("mgmt", {})};
    for (auto& one : all) {
      for (unsigned i = pick(3); i > 0; --i) one.addresses.push_back({address(), 24 + pick(9)});
    }
    return all;
  }
};

bool any_contains(const std::vector<Prefix>& prefixes, Ipv4 address) {
  return std::ranges::any_of(prefixes, [&](const Prefix& p) { return p.contains(address); });
}

// The length of the longest that contains the address, -1: none.
int longest(const std::vector<Prefix>& prefixes, Ipv4 address) {
  int best = -1;
  for (const auto& p : prefixes) {
    if (p.contains(address)) best = std::max(best, static_cast<int>(p.length()));
  }
  return best;
}

bool is_bogon(const config::Config& config, const Interfaces& interfaces, Ipv4 address) {
  auto names = config.rules[0].internal;
  names.insert(names.end(), config.pools[0].addresses.begin(), config.pools[0].addresses.end());
  names.insert(names.end(), config.interfaces.transit.begin(), config.interfaces.transit.end());
  for (const auto& i : interfaces) {
    for (const auto& a : i.addresses) {
      const auto subnet = Prefix::of(a.address, a.prefix_length);
      names.insert(names.end(), {subnet, Prefix::of(a.address, 32)});
      if (a.prefix_length <= 30) names.push_back(Prefix::of(subnet.last(), 32));
    }
  }
  return longest(config.interfaces.bogons, address) > longest(names, address);
}

// The definition of the classes, address by address.
std::uint32_t naive(const config::Config& config, const Interfaces& interfaces, Ipv4 address) {
  std::uint32_t result = 0;
  bool on_external_subnet = false;
  for (const auto& i : interfaces) {
    for (const auto& a : i.addresses) {
      const bool in_subnet = Prefix::of(a.address, a.prefix_length).contains(address);
      if (a.address == address) result |= CGN_CLASS_LOCAL;
      if (in_subnet && i.name == "int0") result |= CGN_CLASS_TRANSIT;
      if (in_subnet && i.name == "ext0") on_external_subnet = true;
      const bool last = in_subnet && ((~address.host()) << a.prefix_length) == 0;
      if (last && a.prefix_length <= 30) result |= CGN_CLASS_BROADCAST;
    }
  }
  if (any_contains(config.rules[0].internal, address)) result |= CGN_CLASS_SUBSCRIBER;
  if (any_contains(config.interfaces.transit, address)) result |= CGN_CLASS_TRANSIT;
  const bool pool = any_contains(config.pools[0].addresses, address);
  if (pool) result |= CGN_CLASS_POOL;
  const bool kernels = (result & (CGN_CLASS_LOCAL | CGN_CLASS_BROADCAST)) != 0;
  if (pool && on_external_subnet && !kernels) result |= CGN_CLASS_ARP;
  if (is_bogon(config, interfaces, address)) result |= CGN_CLASS_MARTIAN_SOURCE | CGN_CLASS_MARTIAN_DESTINATION;
  return result;
}

}  // namespace

TEST_CASE("for every address the flattened table says what the definition says", "[property]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  Maker maker{std::mt19937{seed}};
  unsigned arp = 0;
  unsigned bogons = 0;
  unsigned layered = 0;  // addresses with three flags or more: the nesting was real
  for (int round = 0; round < 300; ++round) {
    const auto config = maker.config();
    const auto interfaces = maker.interfaces();
    const auto classes = classify_prefixes(config, interfaces);
    for (const std::uint8_t view : {CGN_REALM_DEFAULT, CGN_REALM_EXTERNAL}) {
      auto of_view = classes;
      std::erase_if(of_view, [view](const io::ClassifiedPrefix& c) { return c.view != view; });
      REQUIRE(std::ranges::is_sorted(of_view, {}, &io::ClassifiedPrefix::prefix));
    }
    for (std::uint32_t last = 0; last < 256; ++last) {
      const auto address = Ipv4::from_host(0xcb007100u | last);
      const auto expected = naive(config, interfaces, address);
      const auto answer = look_up(classes, address);
      if (answer.flags != expected) {
        CAPTURE(round, to_string(address));
        REQUIRE(answer.flags == expected);
      }
      REQUIRE(look_up(classes, address, CGN_REALM_EXTERNAL).flags == expected);  // one realm: from outside the same
      REQUIRE((answer.subscriber_mask != 0) == ((expected & CGN_CLASS_SUBSCRIBER) != 0));
      arp += (expected & CGN_CLASS_ARP) != 0;
      layered += std::popcount(expected) >= 3;
      bogons += (expected & CGN_CLASS_MARTIAN_SOURCE) != 0;
    }
  }
  REQUIRE(arp > 500);
  REQUIRE(bogons > 500);
  REQUIRE(layered > 500);
}

}  // namespace cgn::daemon
