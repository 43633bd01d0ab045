// SPDX-License-Identifier: Apache-2.0
// The queue of frames that wait for their block's row: its bounds, its order, its emptiness afterwards.
#include "daemon/hold_queue.hpp"

#include <catch2/catch.hpp>

using namespace cgn;
using daemon::HeldFrame;
using daemon::HoldQueue;

namespace {

HeldFrame frame(std::uint32_t subscriber, core::MappingId mapping, int mark) {
  const Endpoint internal{Ipv4::from_host(0x64400000u + subscriber), {}};
  HeldFrame held{.mapping = {.id = mapping, .internal = {internal, kDefaultRealm}}};
  held.bytes.assign(1, static_cast<std::byte>(mark));
  return held;
}

}  // namespace

TEST_CASE("held frames leave in the order they came, once") {
  HoldQueue queue;
  REQUIRE(queue.hold(7, frame(1, 1, 10)));
  REQUIRE(queue.hold(7, frame(1, 2, 11)));
  REQUIRE(queue.hold(8, frame(2, 3, 12)));
  const auto first = queue.take(7);
  REQUIRE(first.size() == 2);
  CHECK(first[0].bytes[0] == std::byte{10});
  CHECK(first[1].bytes[0] == std::byte{11});
  CHECK(queue.take(7).empty());
  CHECK(queue.size() == 1);
}

TEST_CASE("a mapping holds 4 frames, a subscriber 16, and taking them makes room again") {
  HoldQueue queue;
  for (core::MappingId mapping = 1; mapping <= 4; ++mapping) {
    for (int i = 0; i < 4; ++i) REQUIRE(queue.hold(7, frame(1, mapping, i)));
    CHECK_FALSE(queue.hold(7, frame(1, mapping, 4)));
  }
  CHECK_FALSE(queue.hold(7, frame(1, 5, 0)));
  CHECK_FALSE(queue.hold(9, frame(1, 6, 0)));  // another block of the same subscriber
  CHECK(queue.hold(9, frame(2, 7, 0)));
  CHECK(queue.take(7).size() == 16);
  CHECK(queue.hold(10, frame(1, 8, 0)));
}

TEST_CASE("4096 frames are held in all") {
  HoldQueue queue;
  for (std::uint32_t i = 0; i < HoldQueue::kTotal; ++i) REQUIRE(queue.hold(i, frame(i, i, 0)));
  CHECK_FALSE(queue.hold(99999, frame(99999, 99999, 0)));
  CHECK(queue.size() == HoldQueue::kTotal);
}
