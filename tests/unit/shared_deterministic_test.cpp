// SPDX-License-Identifier: Apache-2.0
// The published algorithm: the worked example of its page, its edges, and that forward and reverse agree.
#include <catch2/catch.hpp>

#include <set>

#include "cgn/deterministic.hpp"

namespace cgn {
namespace {

Ipv4 ip(const char* text) { return Ipv4::parse(text).value(); }
Prefix prefix(const char* text) { return Prefix::parse(text).value(); }
Endpoint end(const char* text) { return parse_endpoint(text).value(); }

// docs/deterministic.md
DeterministicParameters worked_example() {
  return {.pool = "res-1",
          .internal = {{"", prefix("100.64.0.0/24"), 32}, {"", prefix("100.64.8.0/22"), 30}},
          .external = {prefix("203.0.113.0/30"), prefix("203.0.113.8/30")},
          .ports = {Port{1024}, Port{65535}},
          .block_size = 1000,
          .max_subscribers = 512};
}

std::string text_of(const ComputedBlock& b) {
  return to_string(b.subscriber) + " " + to_string(b.external) + " " + to_string(b.ports);
}

using Kind = DeterministicPlan::Kind;

}  // namespace

TEST_CASE("the worked example of the page", "[RFC7422]") {
  const auto p = worked_example();
  CHECK(p.subscribers() == 512);
  CHECK(p.addresses() == 8);
  CHECK(p.ratio() == 64);
  CHECK(p.fit());
  const DeterministicPlan plan{p};
  CHECK(text_of(plan.forward("", ip("100.64.9.77")).value()) == "100.64.9.76/30 203.0.113.3 43024-44023");
  CHECK(text_of(plan.reverse(end("203.0.113.3:43500")).block.value()) == "100.64.9.76/30 203.0.113.3 43024-44023");
  CHECK(plan.reverse(end("203.0.113.3:65100")).kind == Kind::overflow);
}

TEST_CASE("what the parameters do not hold has no block and no holder", "[RFC7422]") {
  const DeterministicPlan plan{worked_example()};
  CHECK_FALSE(plan.forward("", ip("100.64.1.0")));
  CHECK_FALSE(plan.forward("", ip("100.63.255.255")));
  CHECK_FALSE(plan.forward("", ip("100.64.12.0")));
  CHECK_FALSE(plan.forward("blue", ip("100.64.0.1")));
  CHECK(plan.reverse(end("203.0.113.4:2000")).kind == Kind::none);   // between the prefixes
  CHECK(plan.reverse(end("203.0.113.12:2000")).kind == Kind::none);  // behind them
  CHECK(plan.reverse(end("203.0.112.255:2000")).kind == Kind::none);
  CHECK(plan.reverse(end("203.0.113.3:1023")).kind == Kind::none);
}

TEST_CASE("forward and reverse agree on every port, and no port is two subscribers'", "[RFC7422]") {
  DeterministicParameters p{.pool = "p",
                            .internal = {{"", prefix("100.64.3.0/28"), 30},
                                         {"blue", prefix("100.64.3.0/30"), 32},
                                         {"", prefix("100.64.0.7/32"), 32}},
                            .external = {prefix("203.0.113.2/32"), prefix("203.0.113.0/31")},
                            .ports = {Port{2000}, Port{2099}},
                            .block_size = 17,
                            .max_subscribers = 13};
  REQUIRE(p.ratio() == 5);
  REQUIRE(p.fit());
  const DeterministicPlan plan{p};
  std::set<std::pair<std::string, Prefix>> met;
  unsigned overflow = 0, none = 0;
  for (const auto* address : {"203.0.113.0", "203.0.113.1", "203.0.113.2"}) {
    for (unsigned port = 1990; port < 2110; ++port) {
      const auto holder = plan.reverse({ip(address), Port{static_cast<std::uint16_t>(port)}});
      overflow += holder.kind == Kind::overflow;
      none += holder.kind == Kind::none;
      if (!holder.block) continue;
      CHECK(holder.block->ports.contains(Port{static_cast<std::uint16_t>(port)}));
      CHECK(plan.forward(holder.block->realm, holder.block->subscriber.address()) == holder.block);
      met.emplace(holder.block->realm, holder.block->subscriber);
    }
  }
  CHECK(met.size() == 9);
  CHECK(overflow == 3 * 15);
  CHECK(none == 3 * 20 + (3 * 5 - 9) * 17);
}

TEST_CASE("subscribers that are appended change nobody's block while the ratio stays", "[RFC7422]") {
  auto p = worked_example();
  p.internal.pop_back();
  const DeterministicPlan before{p};
  const DeterministicPlan after{worked_example()};
  for (std::uint64_t n = 0; n < before.subscribers(); ++n) CHECK(before.block(n) == after.block(n));
}

TEST_CASE("what lies in a range, and whose it was") {
  const DeterministicPlan plan{worked_example()};
  const PortRange range{Port{2023}, Port{4024}};
  CHECK(plan.overlapping(ip("203.0.113.0"), range).size() == 4);  // 1024, 2024, 3024, 4024
  CHECK(plan.overlapping(ip("203.0.113.0"), {Port{65024}, Port{65535}}).empty());
  CHECK(plan.overlapping(ip("203.0.113.4"), range).empty());
  CHECK(plan.within(prefix("100.64.8.0/29")).size() == 2);
  CHECK(plan.within(prefix("100.64.8.1/32")).size() == 1);
  CHECK(plan.within(prefix("100.64.0.0/10")).size() == 512);
  CHECK(plan.within(prefix("100.64.0.0/10"), "blue").empty());
  const auto own = plan.forward("", ip("100.64.0.0")).value();
  CHECK_FALSE(belongs_to_another(plan, own.external, own.ports, own));
  CHECK(belongs_to_another(plan, own.external, own.ports, std::nullopt));
  CHECK(belongs_to_another(plan, own.external, {own.ports.first, Port{2024}}, own));
}

TEST_CASE("parameters that do not fit say so") {
  auto p = worked_example();
  p.block_size = 1009;  // 64 x 1009 > 64512
  CHECK_FALSE(p.fit());
  p = worked_example();
  p.max_subscribers = 511;
  CHECK_FALSE(p.fit());
  p = worked_example();
  p.external.clear();
  CHECK_FALSE(p.fit());
  p = worked_example();
  p.internal.clear();
  CHECK_FALSE(p.fit());
}

}  // namespace cgn
