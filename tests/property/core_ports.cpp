// SPDX-License-Identifier: Apache-2.0
// Ports: all of them are used, none can be guessed, and a full pool is no slower to ask.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "core/port_block.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

TEST_CASE("every configured port of every address is in use before the pool refuses", "[property][RFC6888-REQ-13]") {
  const auto layout = GENERATE(Layout{.addresses = "203.0.113.0/30",
                                      .ports = "1024-2100",
                                      .block = 100,
                                      .extension = 30,
                                      .most_blocks = 64,
                                      .subscribers = 12},
                               Layout{.addresses = "203.0.113.10",
                                      .ports = "1024-8191",
                                      .block = 512,
                                      .extension = 256,
                                      .most_blocks = 64,
                                      .subscribers = 7},
                               Layout{.addresses = "203.0.113.10/31",
                                      .ports = "40000-40999",
                                      .block = 333,
                                      .extension = 7,
                                      .most_blocks = 200,
                                      .subscribers = 2});
  const auto proto = GENERATE(Proto::udp, Proto::tcp, Proto::icmp);
  auto config = config_of(layout);
  config.limits.mappings = 20'000;
  Node node{config, 11};
  std::set<Endpoint> used;
  std::set<Ipv4> addresses;
  for (unsigned s = 0; s < layout.subscribers; ++s) {
    const auto who = Ipv4::from_host(ip("100.64.0.0").host() + s);
    for (unsigned i = 0;; ++i) {
      const auto decision =
          node.out({.proto = proto, .internal = on(who, i), .remote = server, .tcp = {.syn = true}}, 0s);
      if (decision.verdict != CGN_VERDICT_TRANSLATED) {
        CHECK(decision.verdict == CGN_VERDICT_POOL_FULL);
        break;
      }
      REQUIRE(used.insert(decision.mapping->external).second);
      addresses.insert(decision.mapping->external.address);
    }
  }
  const auto range = parse_port_range(layout.ports).value();
  CHECK(used.size() == range.count() * addresses.size());
  CHECK(addresses.size() == node.translator.pools().at(0).addresses);
  for (const auto& e : used) REQUIRE(range.contains(e.port));
}

// Pearson's statistic of these counts against the uniform distribution.
double chi_square(const std::vector<unsigned>& counts) {
  double total = 0;
  for (const auto c : counts) total += c;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const auto c : counts) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

// Ports that one subscriber's flows get, one after the other, in a block kept `used` full.
std::vector<unsigned> draw_ports(unsigned size, unsigned used, unsigned draws, std::uint64_t seed) {
  PortBlock block{{Port{1024}, Port{static_cast<std::uint16_t>(1024 + size - 1)}}};
  Random random{seed};
  std::vector<Port> held;
  for (unsigned i = 0; i < used; ++i) held.push_back(block.take(Proto::udp, random).value());
  std::vector<unsigned> drawn;
  for (unsigned i = 0; i < draws; ++i) {
    const auto port = block.take(Proto::udp, random).value();
    drawn.push_back(port.value() - 1024U);
    // A random earlier one goes, so that every port is free now and then.
    if (!held.empty()) {
      auto& gone = held[random.below(static_cast<std::uint32_t>(held.size()))];
      block.give_back(Proto::udp, gone);
      gone = port;
    } else {
      block.give_back(Proto::udp, port);
    }
  }
  return drawn;
}

TEST_CASE("the port of a new mapping is uniform in the block, empty or nearly full", "[property][RFC6888-REQ-15]") {
  const unsigned size = 512;
  const auto used = GENERATE(0U, 256U, 500U);
  CAPTURE(used);
  std::vector<unsigned> counts(size, 0);
  for (const auto port : draw_ports(size, used, 200'000, 77)) ++counts[port];
  // 511 degrees of freedom: mean 511, deviation 32; below 0.1 % of honest streams leave 511 +- 110. A nearly full
  // block's draws depend on one another through what is free, so only the upper side is telling there.
  const auto chi = chi_square(counts);
  CAPTURE(chi);
  CHECK(chi < 621);
  if (used == 0) CHECK(chi > 401);
}

TEST_CASE("one port tells nothing of the next", "[property][RFC6888-REQ-15]") {
  const auto ports = draw_ports(512, 0, 100'000, 78);
  double mean = 0;
  for (const auto p : ports) mean += p;
  mean /= static_cast<double>(ports.size());
  double variance = 0;
  double covariance = 0;
  for (std::size_t i = 0; i + 1 < ports.size(); ++i) {
    variance += (ports[i] - mean) * (ports[i] - mean);
    covariance += (ports[i] - mean) * (ports[i + 1] - mean);
  }
  // The deviation of an honest stream's serial correlation is 1 / sqrt(n) = 0.003.
  CHECK(std::abs(covariance / variance) < 0.012);
}

TEST_CASE("the first ports of a thousand subscribers are spread over their blocks", "[property][RFC6888-REQ-15]") {
  auto config = config_of({.addresses = "203.0.113.0/24",
                           .ports = "1024-5119",
                           .block = 512,
                           .extension = 512,
                           .most_blocks = 1,
                           .subscribers = 2048});
  Node node{config, 79};
  std::vector<unsigned> offsets(16, 0);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto who = Ipv4::from_host(ip("100.64.0.0").host() + i);
    const auto decision = node.out(udp(on(who, 5000)), 0s);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    ++offsets[(decision.mapping->external.port.value() - 1024U) % 512 / 32];
  }
  CHECK(chi_square(offsets) < 38);  // 15 degrees of freedom, 0.1 %
}

TEST_CASE("a nearly full block gives every request a port until the very last is gone", "[property][RFC6888-REQ-11D]") {
  auto config = config_of({.ports = "1024-5119", .block = 4096, .extension = 4096, .most_blocks = 1, .subscribers = 1});
  config.pools.front().port_hold_down = 0s;
  Node node{config, 80};
  unsigned next = 0;
  std::vector<InternalEndpoint> live;
  for (; live.size() < 4095; ++next) {
    live.push_back(on(alice, next));
    REQUIRE(node.verdict(udp(live.back()), 0s) == CGN_VERDICT_TRANSLATED);
  }
  // At 99.98 % fill: one in, one refused, one out, over and over; nothing that lives is touched by a refusal.
  for (unsigned round = 0; round < 2000; ++round, ++next) {
    const auto fresh = on(alice, next);
    REQUIRE(node.verdict(udp(fresh), 0s) == CGN_VERDICT_TRANSLATED);
    REQUIRE(node.verdict(udp(on(alice, 65'000)), 0s) == CGN_VERDICT_BLOCK_LIMIT);
    REQUIRE(node.kernel.size() == 4096);
    auto& victim = live[round % live.size()];
    Effects effects;
    REQUIRE(node.translator.clear_mapping(Proto::udp, std::exchange(victim, fresh), at(0s), effects));
    node.apply(effects, 0s);
  }
  CHECK(node.translator.mapping_count() == 4095);
}

}  // namespace
}  // namespace cgn::core::test
