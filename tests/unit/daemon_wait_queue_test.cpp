// SPDX-License-Identifier: Apache-2.0
// The queue of first packets that wait for a port: its bounds, its order.
#include "daemon/wait_queue.hpp"

#include <catch2/catch.hpp>

using namespace cgn;
using daemon::PortWaiter;
using daemon::WaitQueue;

namespace {

PortWaiter waiter(std::uint32_t subscriber, unsigned port, Proto proto = Proto::udp) {
  const Endpoint internal{Ipv4::from_host(0x64400000u + subscriber), Port{static_cast<std::uint16_t>(port)}};
  return {.proto = proto, .internal = {internal, kDefaultRealm}, .until = at(std::chrono::seconds{port}).mono};
}

}  // namespace

TEST_CASE("one packet of a flow waits, in order, until it is taken") {
  WaitQueue queue;
  REQUIRE(queue.wait(waiter(1, 20)));
  CHECK_FALSE(queue.wait(waiter(1, 20)));
  REQUIRE(queue.wait(waiter(1, 20, Proto::tcp)));
  REQUIRE(queue.wait(waiter(1, 10)));
  CHECK_FALSE(queue.due(at(std::chrono::seconds{9}).mono));
  CHECK(queue.due(at(std::chrono::seconds{10}).mono));
  const auto taken = queue.take_all();
  REQUIRE(taken.size() == 3);
  CHECK(taken[1].proto == Proto::tcp);
  CHECK(taken[2].internal.port == Port{10});
  CHECK(queue.size() == 0);
  CHECK(queue.wait(waiter(1, 20)));
}

TEST_CASE("a subscriber and all together have their bounds of waiting packets") {
  WaitQueue queue;
  for (unsigned i = 0; i < WaitQueue::kPerSubscriber; ++i) REQUIRE(queue.wait(waiter(1, i)));
  CHECK_FALSE(queue.wait(waiter(1, 999)));
  for (std::uint32_t s = 2; queue.size() < WaitQueue::kTotal; ++s) REQUIRE(queue.wait(waiter(s, 1)));
  CHECK_FALSE(queue.wait(waiter(5000, 1)));
}
