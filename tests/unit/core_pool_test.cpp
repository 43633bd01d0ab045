// SPDX-License-Identifier: Apache-2.0
// How a pool is cut, and in which order its blocks are lent.
#include "core/pool.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

Pool pool_of(const Layout& layout) { return Pool{config_of(layout).pools.front()}; }

// Takes everything; first blocks, then extensions of every address.
std::vector<Spot> take_all(Pool& pool, std::uint32_t addresses, Random& random) {
  std::vector<Spot> all;
  while (const auto spot = pool.take_first(random)) all.push_back(*spot);
  for (std::uint32_t a = 0; a < addresses; ++a) {
    while (const auto spot = pool.take_extension_at(a, random)) all.push_back(*spot);
  }
  return all;
}

TEST_CASE("the blocks of an address are disjoint and cover every configured port", "[RFC6888-REQ-13]") {
  const auto layout =
      GENERATE(Layout{}, Layout{.ports = "1024-65535", .block = 512, .extension = 256, .subscribers = 63},
               Layout{.ports = "1024-2100", .block = 100, .extension = 30, .subscribers = 3},
               Layout{.ports = "5000-5000", .block = 1, .extension = 1, .most_blocks = 1, .subscribers = 1},
               Layout{.ports = "1024-1123", .block = 30, .extension = 99, .subscribers = 2});
  auto pool = pool_of(layout);
  Random random{3};
  std::set<unsigned> covered;
  for (const auto spot : take_all(pool, 1, random)) {
    const auto ports = pool.ports(spot);
    for (unsigned p = ports.first.value(); p <= ports.last.value(); ++p) REQUIRE(covered.insert(p).second);
  }
  const auto range = parse_port_range(layout.ports).value();
  CHECK(covered.size() == range.count());
  CHECK(*covered.begin() == range.first.value());
  CHECK(*covered.rbegin() == range.last.value());
}

TEST_CASE("a pool may have any addresses, contiguous or not, and uses all of them", "[RFC6888-REQ-3]") {
  auto config = config_of({.subscribers = 24}).pools.front();
  config.addresses = {prefix("203.0.113.64/29"), prefix("192.0.2.1"), prefix("192.0.2.7"), prefix("192.0.2.8/31")};
  Pool pool{config};
  Random random{3};
  std::map<Ipv4, unsigned> used;
  while (const auto spot = pool.take_first(random)) ++used[pool.address(*spot)];
  CHECK(used.size() == 12);
  for (const auto& [address, blocks] : used) {
    CHECK(blocks == 2);
    CHECK(std::ranges::any_of(config.addresses, [&](const Prefix& p) { return p.contains(address); }));
  }
}

TEST_CASE("first blocks and extensions never take from one another") {
  auto pool = pool_of({});
  Random random{3};
  for (int i = 0; i < 2; ++i) CHECK(pool.is_first(pool.take_first(random).value()));
  CHECK_FALSE(pool.take_first(random));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(pool.is_first(pool.take_extension_at(0, random).value()));
  CHECK_FALSE(pool.take_extension_at(0, random));
}

TEST_CASE("the odd remainder is lent last") {
  auto pool = pool_of({.ports = "1024-2100", .block = 100, .extension = 30, .subscribers = 3});
  Random random{9};
  std::vector<unsigned> sizes;
  while (const auto spot = pool.take_extension_at(0, random)) sizes.push_back(pool.ports(*spot).count());
  REQUIRE(sizes.size() == 26);
  CHECK(sizes.back() == 27);
  sizes.pop_back();
  CHECK(std::ranges::all_of(sizes, [](unsigned s) { return s == 30; }));
}

TEST_CASE("what was given back is lent again, address and all") {
  auto pool =
      pool_of({.addresses = "203.0.113.0/30", .ports = "1024-2100", .block = 100, .extension = 30, .subscribers = 12});
  Random random{3};
  const auto all = take_all(pool, 4, random);
  for (const auto spot : all) {
    CHECK_FALSE(pool.take(spot));
    pool.give_back(spot);
    CHECK(pool.take(spot));
    pool.give_back(spot);
  }
  CHECK(take_all(pool, 4, random).size() == all.size());
}

TEST_CASE("a block is found by its exact ports, and its neighbours by overlap") {
  auto pool = pool_of({.ports = "1024-2100", .block = 100, .extension = 30, .subscribers = 3});
  const auto address = ip("203.0.113.10");
  const auto find = [&](const char* ports) { return pool.find(address, parse_port_range(ports).value()); };
  CHECK(find("1024-1123") == Spot{0, 0});
  CHECK(find("1324-1353") == Spot{0, 3});
  CHECK(find("2074-2100") == Spot{0, 28});
  CHECK_FALSE(find("1025-1124"));
  CHECK_FALSE(find("2074-2103"));
  CHECK_FALSE(pool.find(ip("203.0.113.11"), parse_port_range("1024-1123").value()));
  CHECK(pool.overlapping(address, parse_port_range("1120-1330").value()).size() == 4);
  CHECK(pool.overlapping(address, parse_port_range("1-65535").value()).size() == 29);
  CHECK(pool.overlapping(address, parse_port_range("1-1023").value()).empty());
}

TEST_CASE("first blocks come from random addresses") {
  auto pool = pool_of({.addresses = "203.0.113.0/24", .subscribers = 512});
  Random random{3};
  std::set<std::uint32_t> addresses;
  for (int i = 0; i < 64; ++i) addresses.insert(pool.take_first(random)->address);
  // 64 draws from 256 hit about 57 different ones; a pool filled address by address would show 32.
  CHECK(addresses.size() > 45);
}

}  // namespace
}  // namespace cgn::core::test
