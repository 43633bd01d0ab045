// SPDX-License-Identifier: Apache-2.0
// The small tables: mappings, subscribers, rules, episodes.
#include <catch2/catch.hpp>

#include <set>

#include "core/episode.hpp"
#include "core/mapping.hpp"
#include "core/rule_book.hpp"
#include "core/subscriber.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

Mapping mapping(InternalEndpoint internal, Endpoint external, Proto proto = Proto::udp) {
  return Mapping{.internal_address = internal.address,
                 .external_address = external.address,
                 .internal_port = internal.port,
                 .external_port = external.port,
                 .proto = proto,
                 .realm = internal.realm,
                 .state = MappingState::live};
}

TEST_CASE("a mapping is found by either endpoint, in its own protocol only") {
  MappingTable table{4, 99};
  const auto internal = on(alice, 5000);
  const auto external = endpoint("203.0.113.10:2000");
  const auto id = table.add(mapping(internal, external));
  CHECK(table.find_internal(Proto::udp, internal) == id);
  CHECK(table.find_external(Proto::udp, external) == id);
  CHECK_FALSE(table.find_internal(Proto::tcp, internal));
  CHECK_FALSE(table.find_external(Proto::udp, internal));
  table.remove(id);
  CHECK_FALSE(table.find_internal(Proto::udp, internal));
  CHECK_FALSE(table.find_external(Proto::udp, external));
  CHECK_FALSE(table.knows(id));
}

TEST_CASE("a resting mapping is found from inside only, until its endpoint is forgotten") {
  MappingTable table{4, 99};
  const auto internal = on(alice, 5000);
  const auto external = endpoint("203.0.113.10:2000");
  const auto id = table.add(mapping(internal, external));
  table.rest(id);
  CHECK(table.find_internal(Proto::udp, internal) == id);
  CHECK_FALSE(table.find_external(Proto::udp, external));
  SECTION("resumed") {
    table.resume(id, MappingState::live);
    CHECK(table.find_external(Proto::udp, external) == id);
  }
  SECTION("forgotten") {
    table.forget_endpoint(id);
    CHECK_FALSE(table.find_internal(Proto::udp, internal));
    CHECK(table.knows(id));
  }
  table.remove(id);
  CHECK_FALSE(table.knows(id));
  CHECK_FALSE(table.find_internal(Proto::udp, internal));
}

TEST_CASE("an endpoint is another's in another realm") {
  MappingTable table{4, 99};
  const InternalAddress twin{alice.address, RealmId{2}};
  const auto here = table.add(mapping(on(alice, 5000), endpoint("203.0.113.10:2000")));
  const auto there = table.add(mapping(on(twin, 5000), endpoint("203.0.113.10:2001")));
  CHECK(table.find_internal(Proto::udp, on(alice, 5000)) == here);
  CHECK(table.find_internal(Proto::udp, on(twin, 5000)) == there);
  CHECK_FALSE(table.find_internal(Proto::udp, {on(alice, 5000), RealmId{3}}));
  table.remove(here);
  CHECK(table.find_internal(Proto::udp, on(twin, 5000)) == there);
}

TEST_CASE("the table grows past what was expected, and an id is not used again soon") {
  MappingTable table{4, 99};
  std::set<MappingId> ids;
  for (unsigned i = 0; i < 5000; ++i) {
    ids.insert(table.add(mapping(on(alice, i), on(ip("203.0.113.10"), i))));
  }
  CHECK(ids.size() == 5000);
  for (const auto id : ids) table.remove(id);
  for (unsigned i = 0; i < 5000; ++i) {
    CHECK(ids.insert(table.add(mapping(on(bob, i), on(ip("203.0.113.11"), i)))).second);
  }
}

TEST_CASE("subscribers are found by prefix and leave no trace") {
  SubscriberTable table;
  const auto a = table.add({.id = {prefix("100.64.0.7"), kDefaultRealm}});
  const auto b = table.add({.id = {prefix("100.64.0.8/31"), kDefaultRealm}});
  CHECK(table.find({prefix("100.64.0.7"), kDefaultRealm}) == a);
  CHECK(table.find({prefix("100.64.0.8/31"), kDefaultRealm}) == b);
  CHECK_FALSE(table.find({prefix("100.64.0.8"), kDefaultRealm}));
  table.remove(a);
  CHECK_FALSE(table.find({prefix("100.64.0.7"), kDefaultRealm}));
  CHECK(table.add({.id = {prefix("100.64.0.9"), kDefaultRealm}}) == a);
  CHECK(table.size() == 2);
}

TEST_CASE("a rate allows a second's worth at once and then its pace", "[RFC6888-REQ-4C]") {
  RateLimit limit;
  const auto spend = [&](Duration t) {
    unsigned given = 0;
    for (; limit.allows(10, at(t).mono) && given < 1000; ++given) limit.spend(10, at(t).mono);
    return given;
  };
  CHECK(spend(0s) == 10);
  CHECK(spend(50ms) == 0);
  CHECK(spend(100ms) == 1);
  CHECK(spend(600ms) == 5);
  CHECK(spend(1h) == 10);
  CHECK(limit.allows(0, at(1h).mono));
}

TEST_CASE("an address belongs to the subscriber that its rule makes of it") {
  auto config = config_of({});
  config.rules.front().internal = {prefix("100.64.0.0/16"), prefix("100.66.0.0/16")};
  config.pools.push_back(config.pools.front());
  config.pools.back().name = "business";
  config::Rule rule;
  rule.internal = {prefix("100.65.0.0/16")};
  rule.pool = "business";
  rule.subscriber_prefix_length = 29;
  config.rules.push_back(rule);
  const RuleBook book{config};
  CHECK(book.find(Host{ip("100.64.3.4")}) == RuleBook::Match{{prefix("100.64.3.4"), kDefaultRealm}, 0});
  CHECK(book.find(Host{ip("100.65.3.12")}) == RuleBook::Match{{prefix("100.65.3.8/29"), kDefaultRealm}, 1});
  CHECK(book.find(Host{ip("100.66.255.255")}) == RuleBook::Match{{prefix("100.66.255.255"), kDefaultRealm}, 0});
  CHECK_FALSE(book.find(Host{ip("100.67.0.0")}));
  CHECK_FALSE(book.find(Host{ip("100.63.255.255")}));
  CHECK_FALSE(book.find(Host{ip("192.0.2.1")}));
}

TEST_CASE("rules of two realms may have the same prefixes") {
  auto config = config_of({});
  config.rules.push_back(config.rules.front());
  config.rules.back().realm = RealmId{2};
  config.rules.front().internal = {prefix("100.64.0.0/16")};
  const RuleBook book{config};
  CHECK(book.find({ip("100.64.3.4"), RealmId{2}})->subscriber == SubscriberId{prefix("100.64.3.4"), RealmId{2}});
  CHECK(book.find(Host{ip("100.64.3.4")})->subscriber == SubscriberId{prefix("100.64.3.4"), kDefaultRealm});
  CHECK(book.find({ip("100.65.3.4"), RealmId{2}}));
  CHECK_FALSE(book.find(Host{ip("100.65.3.4")}));
  CHECK_FALSE(book.find({ip("100.64.3.4"), RealmId{3}}));
}

TEST_CASE("an episode begins once and ends after a quiet minute", "[RFC6888-REQ-11C]") {
  Episodes episodes;
  std::vector<Episode> over;
  const SubscriberId p{prefix("100.64.0.7"), kDefaultRealm};
  CHECK(episodes.refused(CGN_VERDICT_POOL_FULL, p, 0, at(0s)));
  for (Duration t = 1s; t < 300s; t += 30s) {
    CHECK_FALSE(episodes.refused(CGN_VERDICT_POOL_FULL, p, 0, at(t)));
    episodes.over(at(t).mono, 10, over);
  }
  CHECK(over.empty());
  CHECK(episodes.refused(CGN_VERDICT_BLOCK_LIMIT, p, 0, at(300s)));
  CHECK(episodes.refused(CGN_VERDICT_POOL_FULL, {prefix("100.64.0.8"), kDefaultRealm}, 1, at(300s)));
  CHECK(episodes.count() == 3);
  episodes.over(at(345s).mono, 10, over);
  REQUIRE(over.size() == 1);
  CHECK(over[0].reason == CGN_VERDICT_POOL_FULL);
  CHECK(over[0].subscriber == p);
  CHECK(over[0].since == at(0s).wall);
  CHECK(over[0].refused == 11);
  CHECK(episodes.refused(CGN_VERDICT_POOL_FULL, p, 0, at(400s)));
}

TEST_CASE("a scan cannot make more episodes than are followed") {
  Episodes episodes;
  unsigned begun = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const SubscriberId p{Prefix::of(Ipv4::from_host(ip("100.64.0.0").host() + i), 32), kDefaultRealm};
    begun += episodes.refused(CGN_VERDICT_POOL_FULL, p, 0, at(0s)) ? 1 : 0;
  }
  CHECK(begun == Episodes::kMost);
  std::vector<Episode> over;
  episodes.over(at(120s).mono, 10, over);
  CHECK(over.size() == 10);
  CHECK(episodes.refused(CGN_VERDICT_POOL_FULL, {prefix("192.0.2.1"), kDefaultRealm}, 0, at(120s)));
}

}  // namespace
}  // namespace cgn::core::test
