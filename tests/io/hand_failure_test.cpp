// SPDX-License-Identifier: Apache-2.0
// What a Hand does when ports are missing, busy, or made anew under it.
#include <catch2/catch.hpp>

#include "bench_network.hpp"
#include "bench_program.hpp"
#include "io/xsk.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

io::HandPort port_of(const Wire& wire, unsigned index) {
  return {.interface = wire.near, .ifindex = index_of(wire.near), .port = index, .native = true};
}

// The number of the next frame that the hand receives by this port.
std::uint32_t next_number(io::Hand& hand, unsigned port) {
  std::uint32_t number = 0;
  REQUIRE(eventually([&] {
    for (const auto& frame : hand.receive(1)) {
      CHECK(frame.port == port);
      number = number_of(frame.bytes);
      return true;
    }
    return false;
  }));
  return number;
}

}  // namespace

TEST_CASE("a refused socket names interface, queue and mode", "[hand]") {
  Bench bench;
  const Wire a{"a"};
  const std::vector ports{port_of(a, 0)};

  SECTION("zero-copy, which veth does not have") {
    const auto hand = io::Hand::open(0, ports, io::CopyMode::zerocopy);
    REQUIRE_FALSE(hand);
    CHECK(hand.error().what == "AF_XDP socket on an queue 0: bind in zero-copy mode: Operation not supported");
    CHECK(hand.error().hint.find("copy mode") != std::string::npos);
  }
  SECTION("a queue that the port does not have") {
    const auto hand = io::Hand::open(63, ports, io::CopyMode::copy);
    REQUIRE_FALSE(hand);
    CHECK(hand.error().what.find("on an queue 63") != std::string::npos);
  }
  SECTION("a queue that another process holds") {
    const auto first = io::Hand::open(0, ports, io::CopyMode::copy);
    REQUIRE(first);
    const auto second = io::Hand::open(0, ports, io::CopyMode::copy);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == EBUSY);
  }
  SECTION("two ports with one index") {
    const Wire b{"b"};
    CHECK_FALSE(io::Hand::open(0, std::vector{port_of(a, 1), port_of(b, 1)}, io::CopyMode::copy));
  }
}

TEST_CASE("a hand can be opened again at once after another was closed on the same queues", "[hand]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  const std::vector ports{port_of(a, 0), port_of(b, 1)};
  for (int round = 0; round < 3; ++round) {
    const auto hand = io::Hand::open(0, ports, io::CopyMode::automatic);
    CAPTURE(round, (hand ? "" : hand.error().what));
    REQUIRE(hand);
  }
}

TEST_CASE("send() refuses what cannot go: no such port, a runt, more than a frame, a full ring", "[hand]") {
  Bench bench;
  const Wire a{"a"};
  auto hand = io::Hand::open(0, std::vector{port_of(a, 2)}, io::CopyMode::copy);
  REQUIRE(hand);
  CHECK(hand->send(2, numbered_frame(1)));
  CHECK_FALSE(hand->send(0, numbered_frame(1)));
  CHECK_FALSE(hand->send(1000, numbered_frame(1)));
  CHECK_FALSE(hand->send(2, Bytes(13)));
  CHECK_FALSE(hand->send(2, Bytes(4097)));

  // A port that is down takes nothing: after as many frames as it has, send() says so.
  run("ip link set " + a.near + " down");
  std::size_t queued = 0;
  while (queued < 10'000 && hand->send(2, numbered_frame(2))) ++queued;
  CHECK(queued < 10'000);
  CHECK(queued >= 2000);
}

TEST_CASE("a port whose interface was made anew is reopened, and the others never stop", "[hand]") {
  // Which port goes matters: the first one registered the memory that the other shares.
  const bool first_goes = GENERATE(true, false);
  CAPTURE(first_goes);
  Bench bench;
  const Wire a{"a"}, b{"b"};
  Redirector redirector;
  redirector.attach(a.near, 0, true);
  redirector.attach(b.near, 1, true);
  auto hand = io::Hand::open(0, std::vector{port_of(a, 0), port_of(b, 1)}, io::CopyMode::automatic);
  REQUIRE(hand);
  for (const auto& end : hand->descriptors()) redirector.set_socket(end.port, end.fd);

  const Wire& gone = first_goes ? a : b;
  const Wire& steady = first_goes ? b : a;
  const unsigned gone_port = first_goes ? 0 : 1;
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    gone.unmake();
    gone.make();
    FarEnd{steady.far}.send(numbered_frame(11));
    CHECK(next_number(*hand, 1 - gone_port) == 11);

    const auto reopened = hand->reopen(port_of(gone, gone_port));
    INFO((reopened ? "" : reopened.error().what));
    REQUIRE(reopened);
    redirector.attach(gone.near, gone_port, true);
    for (const auto& end : hand->descriptors()) redirector.set_socket(end.port, end.fd);

    const FarEnd far{gone.far};
    far.send(numbered_frame(12));
    CHECK(next_number(*hand, gone_port) == 12);
    REQUIRE(hand->send(gone_port, numbered_frame(13)));
    hand->flush();
    const auto arrived = far.receive(kTestEtherType);
    REQUIRE(arrived);
    CHECK(number_of(*arrived) == 13);
  }
}

TEST_CASE("a hand whose ports were all made anew is whole again after reopening each", "[hand]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  auto hand = io::Hand::open(0, std::vector{port_of(a, 0), port_of(b, 1)}, io::CopyMode::automatic);
  REQUIRE(hand);
  for (const Wire& wire : {a, b}) {
    wire.unmake();
    wire.make();
  }
  CHECK_FALSE(hand->reopen({.interface = a.near, .ifindex = index_of(a.near), .port = 9, .native = true}));
  REQUIRE(hand->reopen(port_of(a, 0)));
  REQUIRE(hand->reopen(port_of(b, 1)));
  unsigned port = 0;
  for (const Wire& wire : {a, b}) {
    const FarEnd far{wire.far};
    REQUIRE(hand->send(port++, numbered_frame(21)));
    hand->flush();
    CHECK(far.receive(kTestEtherType));
  }
}

TEST_CASE("a failed reopening leaves a port that neither receives nor sends, and can be tried again", "[hand]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  auto hand = io::Hand::open(0, std::vector{port_of(a, 0), port_of(b, 1)}, io::CopyMode::automatic);
  REQUIRE(hand);
  CHECK_FALSE(hand->reopen({.interface = "gone", .ifindex = 9999, .port = 0, .native = true}));
  CHECK(hand->descriptors().size() == 1);
  CHECK_FALSE(hand->send(0, numbered_frame(1)));
  CHECK(hand->send(1, numbered_frame(1)));
  hand->flush();
  CHECK(hand->receive(10).empty());
  REQUIRE(hand->reopen(port_of(a, 0)));
  CHECK(hand->send(0, numbered_frame(1)));
}

TEST_CASE("the statistics go on over a reopening", "[hand]") {
  Bench bench;
  const Wire a{"a"};
  Redirector redirector;
  redirector.attach(a.near, 0, true);
  auto hand = io::Hand::open(0, std::vector{port_of(a, 0)}, io::CopyMode::copy);
  REQUIRE(hand);
  redirector.set_socket(0, hand->descriptors()[0].fd);
  const FarEnd far{a.far};
  for (std::uint32_t i = 0; i < 3000; ++i) far.send(numbered_frame(i));
  REQUIRE(eventually([&] { return hand->statistics().rx_dropped == 3000 - 2048; }));
  REQUIRE(hand->reopen(port_of(a, 0)));
  CHECK(hand->statistics().rx_dropped == 3000 - 2048);
}
