// SPDX-License-Identifier: Apache-2.0
// Frames through a Hand, in native and generic mode, on one and two ports.
#include <poll.h>

#include <catch2/catch.hpp>
#include <set>

#include "bench_network.hpp"
#include "bench_program.hpp"
#include "io/xsk.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

io::HandPort port_of(const Wire& wire, unsigned index, bool native) {
  return {.interface = wire.near, .ifindex = index_of(wire.near), .port = index, .native = native};
}

io::Hand open_hand(std::vector<io::HandPort> ports) {
  auto hand = io::Hand::open(0, ports, io::CopyMode::automatic);
  INFO((hand ? "" : hand.error().what));
  REQUIRE(hand);
  return std::move(*hand);
}

void connect(const Redirector& redirector, const io::Hand& hand) {
  for (const auto& end : hand.descriptors()) redirector.set_socket(end.port, end.fd);
}

}  // namespace

TEST_CASE("a hand receives what the program redirects, byte by byte, and says by which port", "[hand]") {
  const bool native = GENERATE(true, false);
  CAPTURE(native);
  Bench bench;
  const Wire a{"a"}, b{"b"};
  Redirector redirector;
  redirector.attach(a.near, 3, native);
  redirector.attach(b.near, 5, native);
  auto hand = open_hand({port_of(a, 3, native), port_of(b, 5, native)});
  connect(redirector, hand);

  const FarEnd from_a{a.far}, from_b{b.far};
  const auto first = numbered_frame(1, 60), second = numbered_frame(2, 1514);
  from_a.send(first);
  from_b.send(second);

  std::size_t seen = 0;
  REQUIRE(eventually([&] {
    for (const auto& frame : hand.receive(64)) {
      const auto& expected = frame.port == 3 ? first : second;
      CHECK((frame.port == 3 || frame.port == 5));
      CHECK(Bytes(frame.bytes.begin(), frame.bytes.end()) == expected);
      ++seen;
    }
    return seen == 2;
  }));
  CHECK(hand.statistics().rx_dropped == 0);
}

TEST_CASE("a hand sends each frame on the port it is told, once and in order", "[hand]") {
  const bool native = GENERATE(true, false);
  CAPTURE(native);
  Bench bench;
  const Wire a{"a"}, b{"b"};
  auto hand = open_hand({port_of(a, 0, native), port_of(b, 1, native)});
  const FarEnd at_a{a.far}, at_b{b.far};

  // More than the 32 that one system call of the kernel takes.
  constexpr std::uint32_t kCount = 200;
  for (std::uint32_t i = 0; i < kCount; ++i) REQUIRE(hand.send(i % 2, numbered_frame(i)));
  hand.flush();
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto frame = (i % 2 == 0 ? at_a : at_b).receive(kTestEtherType);
    REQUIRE(frame);
    REQUIRE(*frame == numbered_frame(i));
  }
  CHECK(at_a.drain(kTestEtherType) == 0);
  CHECK(at_b.drain(kTestEtherType) == 0);
}

TEST_CASE("frames go round many times more than there are", "[hand]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  Redirector redirector;
  redirector.attach(a.near, 0, true);
  auto hand = open_hand({port_of(a, 0, true), port_of(b, 1, true)});
  connect(redirector, hand);
  const FarEnd from_a{a.far}, at_b{b.far};

  // Three times the frames of a port, in and out again by the other one.
  constexpr std::uint32_t kCount = 6144;
  constexpr std::uint32_t kBatch = 256;
  std::uint32_t expected = 0;
  for (std::uint32_t sent = 0; sent < kCount; sent += kBatch) {
    for (std::uint32_t i = 0; i < kBatch; ++i) from_a.send(numbered_frame(sent + i));
    REQUIRE(eventually([&] {
      for (const auto& frame : hand.receive(100)) {
        REQUIRE(number_of(frame.bytes) == expected++);
        REQUIRE(hand.send(1, frame.bytes));
      }
      hand.flush();
      return expected == sent + kBatch;
    }));
  }
  std::size_t arrived = 0;
  REQUIRE(eventually([&] { return (arrived += at_b.drain(kTestEtherType)) == kCount; }));
  CHECK(hand.statistics().rx_dropped == 0);
  CHECK(hand.statistics().tx_invalid == 0);
}

TEST_CASE("what receive() lends stays unchanged until the next call, whatever arrives meanwhile", "[hand]") {
  Bench bench;
  const Wire a{"a"};
  Redirector redirector;
  redirector.attach(a.near, 0, true);
  auto hand = open_hand({port_of(a, 0, true)});
  connect(redirector, hand);
  const FarEnd from_a{a.far};

  from_a.send(numbered_frame(7));
  std::span<const io::ReceivedFrame> lent;
  REQUIRE(eventually([&] { return !(lent = hand.receive(1)).empty(); }));
  // Every frame of the receive half comes by, and none of them is the one lent.
  for (std::uint32_t i = 0; i < 3000; ++i) from_a.send(numbered_frame(1000 + i));
  REQUIRE(eventually([&] { return hand.statistics().rx_dropped > 0; }));
  CHECK(number_of(lent[0].bytes) == 7);
}

TEST_CASE("frames lost before receive() are all in the statistics", "[hand]") {
  const bool native = GENERATE(true, false);
  CAPTURE(native);
  Bench bench;
  const Wire a{"a"};
  Redirector redirector;
  redirector.attach(a.near, 0, native);
  auto hand = open_hand({port_of(a, 0, native)});
  connect(redirector, hand);
  const FarEnd from_a{a.far};

  constexpr std::uint32_t kCount = 5000;  // the ring holds 2048
  for (std::uint32_t i = 0; i < kCount; ++i) from_a.send(numbered_frame(i));
  std::set<std::uint32_t> taken;
  REQUIRE(eventually([&] {
    for (const auto& frame : hand.receive(512)) taken.insert(number_of(frame.bytes));
    return taken.size() + hand.statistics().rx_dropped == kCount;
  }));
  CHECK(taken.size() >= 2048);
  CHECK(hand.statistics().rx_dropped > 0);
}

TEST_CASE("a busy port does not keep another waiting", "[hand]") {
  const auto most = GENERATE(std::size_t{1}, std::size_t{10});
  CAPTURE(most);
  Bench bench;
  const Wire a{"a"}, b{"b"};
  Redirector redirector;
  redirector.attach(a.near, 0, true);
  redirector.attach(b.near, 1, true);
  auto hand = open_hand({port_of(a, 0, true), port_of(b, 1, true)});
  connect(redirector, hand);
  const FarEnd from_a{a.far}, from_b{b.far};

  for (std::uint32_t i = 0; i < 1000; ++i) from_a.send(numbered_frame(i));
  from_b.send(numbered_frame(5000));
  for (const auto& end : hand.descriptors()) {
    pollfd arrival{.fd = end.fd, .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&arrival, 1, 10'000) == 1);
  }
  // A batch is shared, and the first turn wanders: the quiet port's only frame is in one of the first two.
  bool quiet_seen = false;
  std::size_t batches = 0;
  REQUIRE(eventually([&] {
    const auto frames = hand.receive(most);
    if (frames.empty()) return false;
    CHECK(frames.size() <= most);
    for (const auto& frame : frames) quiet_seen = quiet_seen || frame.port == 1;
    return ++batches == 2;
  }));
  CHECK(quiet_seen);
}
