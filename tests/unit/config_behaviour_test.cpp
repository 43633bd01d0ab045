// SPDX-License-Identifier: Apache-2.0
// Filtering, refresh and pooling as the file says them.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;
using test::only_complaint;
using test::valid;

// A pool with `in_pool` inside, and `more` behind the rule.
std::string file(std::string_view in_pool = "", std::string_view more = "") {
  return test::minimal_file({.pool = in_pool, .more = more, .addresses = "203.0.113.0/28"});
}

constexpr Behaviour kQuery{.filtering = Filtering::endpoint_independent, .refresh = Refresh::outbound};
constexpr Behaviour kTcp{.filtering = Filtering::endpoint_independent, .refresh = Refresh::both};

}  // namespace

TEST_CASE("everybody is heard, and strangers refresh nothing but established TCP, unless the file says otherwise",
          "[RFC6888-REQ-7][RFC4787-REQ-8][RFC4787-REQ-6]") {
  const auto pool = valid(file()).pools.front();
  CHECK(pool.udp == kQuery);
  CHECK(pool.icmp == kQuery);
  CHECK(pool.tcp == kTcp);
  CHECK(pool.pooling == Pooling::paired);
  CHECK_FALSE(pool.filters());
}

TEST_CASE("what [nat] says holds for every pool and protocol that says nothing itself") {
  const auto pool = valid(file("[pool.udp]\nfiltering = \"endpoint-independent\"\nrefresh = \"both\"",
                               "[nat]\nfiltering = \"address-dependent\"\nrefresh = \"outbound\""))
                        .pools.front();
  CHECK(pool.udp == Behaviour{.filtering = Filtering::endpoint_independent, .refresh = Refresh::both});
  CHECK(pool.icmp == Behaviour{.filtering = Filtering::address_dependent, .refresh = Refresh::outbound});
  CHECK(pool.tcp == Behaviour{.filtering = Filtering::address_dependent, .refresh = Refresh::outbound});
  CHECK(pool.filters());
}

TEST_CASE("one protocol of one pool can filter by endpoint") {
  const auto pool = valid(file("[pool.tcp]\nfiltering = \"address-and-port-dependent\"")).pools.front();
  CHECK(pool.tcp == Behaviour{.filtering = Filtering::address_and_port_dependent, .refresh = Refresh::both});
  CHECK(pool.udp == kQuery);
}

TEST_CASE("a pool's TCP connections may share ports, and then need no permissions", "[RFC7857-3]") {
  const auto pool =
      valid(file("[pool.tcp]\nmapping = \"connection-dependent\"\nfiltering = \"address-dependent\"")).pools.front();
  CHECK(pool.overloads());
  CHECK_FALSE(pool.filters());
  CHECK_FALSE(valid(file("[pool.tcp]\nmapping = \"endpoint-independent\"")).pools.front().overloads());
  const auto again = valid(to_toml(valid(file("[pool.tcp]\nmapping = \"connection-dependent\"")))).pools.front();
  CHECK(again.overloads());
}

TEST_CASE("nothing but a pool's TCP can share ports, and whoever asks for it is told so") {
  const auto in_pool =
      GENERATE("[pool.udp]\nmapping = \"connection-dependent\"", "[pool.icmp]\nmapping = \"connection-dependent\"", "");
  const std::string in_nat = *in_pool == '\0' ? "[nat]\nmapping = \"connection-dependent\"" : "";
  CHECK_THAT(only_complaint(file(in_pool, in_nat)),
             Contains("only the TCP connections of a pool can share a port") && Contains("[pool.tcp]"));
  CHECK_THAT(only_complaint(file("[pool.tcp]\nmapping = \"symmetric\"")), Contains("connection-dependent"));
}

TEST_CASE("pooling may be arbitrary") {
  CHECK(valid(file("pooling = \"arbitrary\"")).pools.front().pooling == Pooling::arbitrary);
}

TEST_CASE("the limits of permissions can be set", "[RFC6888-REQ-5]") {
  const auto limits = valid(file("", "[limits]\npermissions = 5000\npermissions_per_mapping = 50")).limits;
  CHECK(limits.permissions == 5000);
  CHECK(limits.permissions_per_mapping == 50);
}

TEST_CASE("what a file says of filtering, refresh and pooling it says again when written out") {
  const auto first =
      valid(file("pooling = \"arbitrary\"\n[pool.udp]\nfiltering = \"address-dependent\"\nrefresh = \"both\"",
                 "[nat]\nrefresh = \"outbound\"\n[limits]\npermissions_per_mapping = 7"));
  const auto again = valid(to_toml(first));
  CHECK(again.nat.refresh == Refresh::outbound);
  CHECK(again.pools.front().udp == first.pools.front().udp);
  CHECK(again.pools.front().tcp == first.pools.front().tcp);
  CHECK(again.pools.front().icmp == first.pools.front().icmp);
  CHECK(again.pools.front().pooling == Pooling::arbitrary);
  CHECK(again.limits.permissions_per_mapping == 7);
}

TEST_CASE("an unknown word or key of a protocol is named where it stands") {
  CHECK_THAT(only_complaint(file("[pool.udp]\nfiltering = \"cone\"")),
             Contains("'filtering'") && Contains("cgn.toml:11:"));
  CHECK_THAT(only_complaint(file("[pool.tcp]\nrefesh = \"both\"")),
             Contains("unknown key 'refesh' in [pool.tcp] (did you mean 'refresh'?)"));
  CHECK_THAT(only_complaint(file("[pool.icmp]\nmapping = \"address-dependent\"")),
             Contains("in [pool.icmp] is not supported"));
  CHECK_THAT(only_complaint(file("", "[nat]\nrefresh = \"inbound\"")), Contains("'refresh'"));
}

}  // namespace cgn::config
