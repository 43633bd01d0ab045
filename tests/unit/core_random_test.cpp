// SPDX-License-Identifier: Apache-2.0
// The core's source of chance.
#include "core/random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace cgn::core {
namespace {

TEST_CASE("equal seeds give equal streams, other seeds others") {
  Random a{42};
  Random b{42};
  Random c{43};
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const auto value = a.next();
    REQUIRE(value == b.next());
    differs |= value != c.next();
  }
  CHECK(differs);
}

TEST_CASE("the stream does not repeat itself from block to block") {
  Random random{1};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(random.next());
  CHECK(seen.size() == 100'000);
}

TEST_CASE("below() reaches every value and nothing else, as often as any other") {
  Random random{5};
  std::array<unsigned, 7> hits{};
  for (int i = 0; i < 70'000; ++i) {
    const auto value = random.below(7);
    REQUIRE(value < 7);
    ++hits[value];
  }
  for (const auto n : hits) CHECK(n == Approx(10'000).epsilon(0.05));
  for (int i = 0; i < 10; ++i) CHECK(random.below(1) == 0);
}

}  // namespace
}  // namespace cgn::core
