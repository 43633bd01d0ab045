// SPDX-License-Identifier: Apache-2.0
// Frames that wait for ARP: bounded, probed once a second, given up after their patience.
#include "daemon/next_hops.hpp"

#include <catch2/catch.hpp>

using namespace cgn;
using namespace std::chrono_literals;
using daemon::NextHop;
using daemon::NextHops;

namespace {
const NextHop kRouter{3, Ipv4::from_host(0xC0000202)};
const NextHop kOther{3, Ipv4::from_host(0xC0000203)};
}  // namespace

TEST_CASE("the first frame of a next hop asks for it, further ones only once a second") {
  NextHops hops;
  const auto first = hops.hold(kRouter, {}, at(0s).mono);
  CHECK(first.kept);
  CHECK(first.probe);
  CHECK_FALSE(hops.hold(kRouter, {}, at(500ms).mono).probe);
  CHECK(hops.hold(kRouter, {}, at(1s).mono).probe);
  CHECK(hops.hold(kOther, {}, at(1s).mono).probe);
}

TEST_CASE("16 frames wait for one next hop and all leave when it answers") {
  NextHops hops;
  for (int i = 0; i < 16; ++i) REQUIRE(hops.hold(kRouter, {}, at(0s).mono).kept);
  CHECK_FALSE(hops.hold(kRouter, {}, at(0s).mono).kept);
  CHECK(hops.resolved(kRouter).size() == 16);
  CHECK(hops.resolved(kRouter).empty());
  CHECK(hops.size() == 0);
}

TEST_CASE("a silent next hop ends its frames after three seconds and nobody else's") {
  NextHops hops;
  REQUIRE(hops.hold(kRouter, {}, at(0s).mono).kept);
  REQUIRE(hops.hold(kOther, {}, at(2s).mono).kept);
  CHECK(hops.expire(at(2999ms).mono) == 0);
  CHECK(hops.expire(at(3s).mono) == 1);
  CHECK(hops.size() == 1);
}

TEST_CASE("1024 frames wait in all") {
  NextHops hops;
  unsigned kept = 0;
  for (std::uint32_t hop = 0; hop < 80; ++hop) {
    for (int i = 0; i < 16; ++i) {
      if (hops.hold({1, Ipv4::from_host(hop)}, {}, at(0s).mono).kept) ++kept;
    }
  }
  CHECK(kept == NextHops::kTotal);
}
