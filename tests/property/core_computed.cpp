// SPDX-License-Identifier: Apache-2.0
// What the core owes with a deterministic pool, under any order of packets, answers, clears, time and crashes.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "property/core_world.hpp"

namespace cgn::core::test {
namespace {

// Eight subscribers in each realm, of whom six speak, on two addresses; overflow runs short all the time.
config::Config scarce() {
  auto config =
      config_of({.addresses = "203.0.113.10/31", .ports = "1024-1109", .block = 8, .extension = 4, .most_blocks = 3});
  config.rules.front().internal = {prefix("100.64.0.0/29")};
  auto& pool = config.pools.front();
  pool.allocation = config::Allocation::deterministic;
  pool.max_subscribers = 0;
  pool.block_linger = std::chrono::seconds{30};
  config.limits.mappings = 500;
  return config;
}

std::uint64_t first_seed() {
  const char* given = std::getenv("CGN_SEED");
  return given == nullptr ? 20'261 : std::strtoull(given, nullptr, 10);
}

TEST_CASE("what is used is what is computed, or lent beside it; no promise is broken, whatever happens",
          "[property][RFC7422][RFC4787-REQ-2][RFC4787-REQ-3][RFC6888-REQ-8]") {
  World::Reached all;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 25; ++seed) {
    CAPTURE(seed);
    World world{scarce(), seed};
    world.run(12'000);
    REQUIRE(world.breach == "");
    const auto& r = world.reached;
    all.computed += r.computed, all.overflow += r.overflow;
    all.ends += r.ends, all.port_moved += r.port_moved;
    all.refused += r.refused, all.unrecorded += r.unrecorded;
    all.restarts += r.restarts, all.adopted += r.adopted;
    all.kept_ports += r.kept_ports;
  }
  CHECK(all.computed > 5'000);
  CHECK(all.overflow > 1'000);
  CHECK(all.ends > 5'000);
  CHECK(all.port_moved > 1'000);
  CHECK(all.refused > 200);
  CHECK(all.unrecorded > 50);
  CHECK(all.restarts > 30);
  CHECK(all.adopted > 200);
  CHECK(all.kept_ports > 50);
}

}  // namespace
}  // namespace cgn::core::test
