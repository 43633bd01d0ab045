// SPDX-License-Identifier: Apache-2.0
// What the core owes under any order of packets, answers, clears, time and crashes.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "property/core_world.hpp"

namespace cgn::core::test {
namespace {

// Small enough that everything runs short all the time.
config::Config scarce() {
  auto config = config_of({.addresses = "203.0.113.10/31",
                           .ports = "1024-1077",
                           .block = 8,
                           .extension = 4,
                           .most_blocks = 3,
                           .subscribers = 6});
  config.pools.front().block_linger = std::chrono::seconds{30};
  config.limits.mappings = 500;
  return config;
}

std::uint64_t first_seed() {
  const char* given = std::getenv("CGN_SEED");
  return given == nullptr ? 20'261 : std::strtoull(given, nullptr, 10);
}

TEST_CASE("no promise of the allocator is broken, whatever happens",
          "[property][RFC4787-REQ-2][RFC4787-REQ-3][RFC5382-REQ-7][RFC6888-REQ-2][RFC6888-REQ-8][RFC6888-REQ-11D]") {
  World::Reached all;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 40; ++seed) {
    CAPTURE(seed);
    World world{scarce(), seed};
    world.run(12'000);
    REQUIRE(world.breach == "");
    const auto& r = world.reached;
    all.installs += r.installs, all.ends += r.ends, all.revivals += r.revivals;
    all.port_moved += r.port_moved, all.port_came_back += r.port_came_back;
    all.block_moved += r.block_moved, all.block_came_home += r.block_came_home;
    all.refused += r.refused, all.unrecorded += r.unrecorded;
    all.restarts += r.restarts, all.adopted += r.adopted;
    all.kept_ports += r.kept_ports;
  }
  // Or the promises were kept for want of occasion.
  CHECK(all.installs > 10'000);
  CHECK(all.ends > 10'000);
  CHECK(all.revivals > 500);
  CHECK(all.port_moved > 2'000);
  CHECK(all.port_came_back > 200);
  CHECK(all.block_moved > 200);
  CHECK(all.block_came_home > 50);
  CHECK(all.refused > 2'000);
  CHECK(all.unrecorded > 200);
  CHECK(all.restarts > 50);
  CHECK(all.adopted > 300);
  CHECK(all.kept_ports > 100);
}

TEST_CASE("reclaiming takes only what the subscriber itself has ended, whatever happens",
          "[property][RFC6888-REQ-8A][RFC6888-REQ-11D]") {
  unsigned reclaimed = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 15; ++seed) {
    CAPTURE(seed);
    auto config = scarce();
    config.nat.reclaim_closing = true;
    config.limits.tcp_ports_per_subscriber = 1;  // its ports alone run short too seldom
    World world{config, seed};
    world.run(12'000);
    REQUIRE(world.breach == "");
    reclaimed += world.reached.reclaimed;
  }
  CHECK(reclaimed > 100);
}

// The promises that pools with other wishes are owed all the same.
TEST_CASE("arbitrary pooling and refreshing by both directions break no other promise",
          "[property][RFC4787-REQ-6][RFC6888-REQ-13]") {
  auto config = scarce();
  auto& pool = config.pools.front();
  pool.pooling = config::Pooling::arbitrary;
  pool.ports = parse_port_range("1024-1055").value();  // two extensions an address: the own ones run out
  pool.max_blocks_per_subscriber = 4;
  pool.udp.refresh = pool.icmp.refresh = config::Refresh::both;
  World::Reached all;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 10; ++seed) {
    CAPTURE(seed);
    World world{config, seed};
    world.run(12'000);
    REQUIRE(world.breach == "");
    all.several_addresses += world.reached.several_addresses;
    all.ends += world.reached.ends;
    all.adopted += world.reached.adopted;
  }
  CHECK(all.several_addresses > 30);
  CHECK(all.ends > 2'000);
  CHECK(all.adopted > 50);
}

}  // namespace
}  // namespace cgn::core::test
