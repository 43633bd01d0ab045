// SPDX-License-Identifier: Apache-2.0
// What the leak guard is asked to hold.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "daemon/guard_plan.hpp"

namespace cgn::daemon {
namespace {

using Prefixes = std::vector<Prefix>;

Prefix prefix(const char* text) { return *Prefix::parse(text); }

}  // namespace

TEST_CASE("the plan names the interfaces as configured, all subscribers' prefixes and all pools") {
  config::Config config;
  config.interfaces.internal = {{"eth0.100", {}}, {"bond0", {}}};
  config.interfaces.external = {{"bond0", {}}};
  config.rules.resize(2);
  config.rules[0].internal = {prefix("100.64.0.0/17")};
  config.rules[1].internal = {prefix("100.96.0.0/16"), prefix("100.64.128.0/17")};
  config.pools.resize(2);
  config.pools[0].addresses = {prefix("203.0.113.0/25"), prefix("203.0.113.128/25")};
  config.pools[1].addresses = {prefix("198.51.100.7/32")};
  const auto plan = guard_plan(config);
  CHECK(plan.internal_ports == std::vector<std::string>{"eth0.100", "bond0"});
  CHECK(plan.external_ports == std::vector<std::string>{"bond0"});
  CHECK(plan.internal_prefixes == Prefixes{prefix("100.64.0.0/16"), prefix("100.96.0.0/16")});
  // Routes are shown and announced as the operator wrote them.
  CHECK(plan.pool_prefixes ==
        Prefixes{prefix("203.0.113.0/25"), prefix("203.0.113.128/25"), prefix("198.51.100.7/32")});
}

TEST_CASE("the ends of static mappings are guarded as pools and subscribers are") {
  config::Config config;
  config.pools.resize(1);
  config.pools[0].addresses = {prefix("203.0.113.0/25")};
  config.statics = {{.whole = true,
                     .external = {*Ipv4::parse("203.0.113.200"), {}},
                     .internal = {{*Ipv4::parse("10.0.0.9"), {}}, kDefaultRealm},
                     .place = {}},
                    {.external = *parse_endpoint("203.0.113.9:443"),
                     .internal = {*parse_endpoint("10.0.0.8:443"), kDefaultRealm},
                     .place = {}},
                    {.external = *parse_endpoint("203.0.113.201:443"),
                     .internal = {*parse_endpoint("10.0.0.8:444"), kDefaultRealm},
                     .place = {}},
                    {.external = *parse_endpoint("203.0.113.201:444"),
                     .internal = {*parse_endpoint("10.0.0.8:445"), kDefaultRealm},
                     .place = {}}};
  const auto plan = guard_plan(config);
  CHECK(plan.internal_prefixes == Prefixes{prefix("10.0.0.8/31")});
  CHECK(plan.pool_prefixes ==
        Prefixes{prefix("203.0.113.0/25"), prefix("203.0.113.200/32"), prefix("203.0.113.201/32")});
}

TEST_CASE("the kernel forwards on our ports only when there is transit") {
  config::Config config;
  CHECK_FALSE(guard_plan(config).forwarding);
  config.interfaces.transit = {prefix("192.0.2.0/24")};
  CHECK(guard_plan(config).forwarding);
}

TEST_CASE("merging drops what is contained, joins halves, and leaves neighbours that are no halves") {
  CHECK(merged({}).empty());
  CHECK(merged({prefix("100.64.0.0/16"), prefix("100.64.7.0/24")}) == Prefixes{prefix("100.64.0.0/16")});
  CHECK(merged({prefix("100.64.0.0/24"), prefix("100.64.0.0/24")}) == Prefixes{prefix("100.64.0.0/24")});
  CHECK(merged({prefix("100.64.3.0/24"), prefix("100.64.0.0/23"), prefix("100.64.2.0/24")}) ==
        Prefixes{prefix("100.64.0.0/22")});
  CHECK(merged({prefix("100.64.1.0/24"), prefix("100.64.2.0/24")}) ==
        Prefixes{prefix("100.64.1.0/24"), prefix("100.64.2.0/24")});
  CHECK(merged({prefix("0.0.0.0/1"), prefix("128.0.0.0/1")}) == Prefixes{prefix("0.0.0.0/0")});
}

TEST_CASE("merged prefixes cover exactly the same addresses, and none could be left out or joined", "[property]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random()) % below; };
  unsigned shrunk = 0;
  for (int round = 0; round < 500; ++round) {
    Prefixes given;
    for (unsigned i = 1 + pick(12); i > 0; --i) {
      given.push_back(Prefix::of(Ipv4::from_host(0x64400000u | pick(256)), 26 + pick(7)));
    }
    const auto result = merged(given);
    for (std::uint32_t last = 0; last < 256; ++last) {
      const auto covers = [&](const Prefix& p) { return p.contains(Ipv4::from_host(0x64400000u | last)); };
      REQUIRE(std::ranges::any_of(given, covers) == std::ranges::any_of(result, covers));
    }
    for (std::size_t i = 1; i < result.size(); ++i) {
      REQUIRE_FALSE(result[i - 1].overlaps(result[i]));
      const auto whole = Prefix::of(result[i].address(), result[i].length() - 1);
      REQUIRE_FALSE((result[i - 1].length() == result[i].length() && whole.contains(result[i - 1])));
    }
    shrunk += result.size() < given.size();
  }
  REQUIRE(shrunk > 50);
}

}  // namespace cgn::daemon
