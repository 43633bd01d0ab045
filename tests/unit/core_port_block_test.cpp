// SPDX-License-Identifier: Apache-2.0
// One block of ports: every port reachable, each as likely as any other, rests kept.
#include "core/port_block.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <vector>

namespace cgn::core {
namespace {

PortRange range(unsigned first, unsigned last) {
  return {Port{static_cast<std::uint16_t>(first)}, Port{static_cast<std::uint16_t>(last)}};
}

TEST_CASE("every port of a block is given before it is full, whatever its size", "[RFC6888-REQ-13]") {
  const unsigned size = GENERATE(1U, 2U, 63U, 64U, 65U, 512U, 1000U, 64512U);
  CAPTURE(size);
  Random random{7};
  PortBlock block{range(1024, 1024 + size - 1)};
  for (const auto proto : kProtos) {
    std::set<Port> given;
    for (unsigned i = 0; i < size; ++i) {
      const auto port = block.take(proto, random);
      REQUIRE(port);
      REQUIRE(block.ports().contains(*port));
      given.insert(*port);
    }
    CHECK(given.size() == size);
    CHECK(block.free(proto) == 0);
    CHECK_FALSE(block.take(proto, random));
  }
}

TEST_CASE("the protocols of a block are independent of one another") {
  Random random{7};
  PortBlock block{range(2000, 2001)};
  REQUIRE(block.take(Proto::udp, Port{2000}));
  CHECK_FALSE(block.take(Proto::udp, Port{2000}));
  CHECK(block.take(Proto::tcp, Port{2000}));
  CHECK(block.free(Proto::icmp) == 2);
  CHECK(block.used() == 2);
}

TEST_CASE("a nearly full block finds its last free port every time", "[RFC6888-REQ-13]") {
  Random random{7};
  PortBlock block{range(1024, 1535)};
  while (block.free(Proto::udp) > 0) REQUIRE(block.take(Proto::udp, random));
  for (unsigned i = 0; i < 512; ++i) {
    const Port port{static_cast<std::uint16_t>(1024 + i)};
    block.give_back(Proto::udp, port);
    CHECK(block.take(Proto::udp, random) == port);
  }
}

TEST_CASE("a resting port is neither used nor free until its rest ends") {
  Random random{7};
  PortBlock block{range(2000, 2001)};
  REQUIRE(block.take(Proto::udp, Port{2000}));
  block.rest(Proto::udp, Port{2000});
  CHECK(block.used(Proto::udp) == 0);
  CHECK(block.resting(Proto::udp) == 1);
  CHECK(block.take(Proto::udp, random) == Port{2001});
  CHECK_FALSE(block.take(Proto::udp, random));
  SECTION("the endpoint that had it may have it back") {
    block.resume(Proto::udp, Port{2000});
    CHECK(block.used(Proto::udp) == 2);
    CHECK(block.resting(Proto::udp) == 0);
  }
  SECTION("or it becomes free") {
    block.end_rest(Proto::udp, Port{2000});
    CHECK(block.take(Proto::udp, random) == Port{2000});
  }
}

TEST_CASE("after a restart the free ports rest, and what was used goes on") {
  Random random{7};
  PortBlock block{range(2000, 2099)};
  REQUIRE(block.take(Proto::udp, Port{2050}));
  block.rest_free_ports();
  for (const auto proto : kProtos) CHECK_FALSE(block.take(proto, random));
  CHECK(block.resting(Proto::udp) == 99);
  CHECK(block.used(Proto::udp) == 1);
  block.give_back(Proto::udp, Port{2050});
  CHECK(block.free(Proto::udp) == 1);
  REQUIRE(block.take(Proto::udp, random) == Port{2050});
  block.end_rest_of_free_ports();
  CHECK(block.free(Proto::udp) == 99);
  CHECK(block.used(Proto::udp) == 1);
  CHECK(block.taken(Proto::udp, Port{2050}));
  CHECK(block.free(Proto::tcp) == 100);
  CHECK_FALSE(block.all_free());
  block.give_back(Proto::udp, Port{2050});
  CHECK(block.all_free());
}

TEST_CASE("the taken ports are visited, all of them and no other") {
  const unsigned size = GENERATE(1U, 64U, 70U, 512U);
  PortBlock block{range(1024, 1024 + size - 1)};
  Random random{size};
  std::set<Port> taken;
  for (unsigned i = 0; i < (size + 1) / 2; ++i) taken.insert(block.take(Proto::icmp, random).value());
  std::vector<Port> visited;
  block.each_taken(Proto::icmp, [&](Port p) { visited.push_back(p); });
  CHECK(visited == std::vector<Port>(taken.begin(), taken.end()));
  block.each_taken(Proto::tcp, [](Port) { FAIL("nothing is taken there"); });
}

}  // namespace
}  // namespace cgn::core
