// SPDX-License-Identifier: Apache-2.0
// Deadlines: never early, at most a second late, bounded work per call.
#include "core/expiry.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace cgn::core {
namespace {

using namespace std::chrono_literals;

Stamp after(Duration t) { return stamp_of(at(t).mono); }

std::vector<Expiry::Id> take(Expiry& expiry, unsigned kind, Duration t, std::size_t most = 1000) {
  std::vector<Expiry::Id> out;
  expiry.take(kind, after(t), most, out);
  std::ranges::sort(out);
  return out;
}

using Ids = std::vector<Expiry::Id>;

TEST_CASE("an id is taken after its deadline, within a second, and once") {
  Expiry expiry{2, 300s};
  expiry.set(0, 5, after(120s));
  CHECK(take(expiry, 0, 0s).empty());
  CHECK(take(expiry, 0, 120s).empty());
  CHECK(take(expiry, 0, 121s) == Ids{5});
  CHECK(take(expiry, 0, 500s).empty());
}

TEST_CASE("setting again replaces, cancelling forgets, of whatever kind it was") {
  Expiry expiry{2, 300s};
  expiry.set(0, 1, after(10s));
  expiry.set(0, 2, after(10s));
  expiry.set(0, 3, after(10s));
  expiry.set(1, 2, after(20s));
  expiry.cancel(3);
  expiry.cancel(77);
  CHECK(take(expiry, 0, 30s) == Ids{1});
  CHECK(take(expiry, 1, 30s) == Ids{2});
}

TEST_CASE("a call takes no more than it may, and the rest comes with the next") {
  Expiry expiry{1, 300s};
  for (Expiry::Id id = 0; id < 100; ++id) expiry.set(0, id, after(10s));
  Ids all;
  for (int i = 0; i < 10; ++i) {
    const auto some = take(expiry, 0, 30s, 10);
    CHECK(some.size() == 10);
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all);
  CHECK(std::ranges::adjacent_find(all) == all.end());
  CHECK(take(expiry, 0, 30s).empty());
}

TEST_CASE("a deadline already past is taken at the next call") {
  Expiry expiry{1, 300s};
  CHECK(take(expiry, 0, 100s).empty());
  expiry.set(0, 9, after(50s));
  CHECK(take(expiry, 0, 101s) == Ids{9});
}

TEST_CASE("a deadline beyond the wheel's turn is neither early nor lost") {
  Expiry expiry{1, 60s};
  expiry.set(0, 1, after(1000s));
  expiry.set(0, 2, after(30s));
  for (Duration t = 0s; t <= 1000s; t += 7s) {
    const auto taken = take(expiry, 0, t);
    if (!taken.empty()) CHECK((taken == Ids{2} && t > 30s && t <= 38s));
  }
  CHECK(take(expiry, 0, 1001s) == Ids{1});
}

TEST_CASE("after a pause longer than the wheel everything due comes, nothing else") {
  Expiry expiry{1, 60s};
  for (Expiry::Id id = 0; id < 200; ++id) expiry.set(0, id, after(std::chrono::seconds{id}));
  expiry.set(0, 999, after(100'000s));
  CHECK(take(expiry, 0, 5000s).size() == 200);
  CHECK(take(expiry, 0, 100'000s).empty());
  CHECK(take(expiry, 0, 100'001s) == Ids{999});
}

}  // namespace
}  // namespace cgn::core
