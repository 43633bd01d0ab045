// SPDX-License-Identifier: Apache-2.0
// The control connections that an ALG watches, with a map of the kernel's: bounded, kept, adopted, forgotten.
#include "daemon/control_connections.hpp"

#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include "bench_network.hpp"
#include "io/fd.hpp"
#include "unit/core_node.hpp"

using namespace cgn;
using namespace cgn::core::test;
using cgn::daemon::ControlConnection;
using cgn::daemon::ControlConnections;
using cgn::test::Bench;

namespace {

struct Box {
  explicit Box(std::uint32_t room = 1000)
      : map{bpf_map_create(BPF_MAP_TYPE_HASH, "adjustments", sizeof(cgn_session_key), sizeof(cgn_adjustment), room,
                           nullptr)},
        table{map.get()},
        watched{table} {
    REQUIRE(map);
  }
  // One whose line was rewritten, and not yet acknowledged.
  void change(const ControlConnection& c) {
    auto* const stream = watched.open(c, 1000, at(0s).mono);
    REQUIRE(stream != nullptr);
    stream->change({1005, 1019}, 3);
    REQUIRE(watched.keep(c, stream->adjustment()));
  }

  Node node{config_of({})};
  io::Fd map;
  io::AdjustmentTable table;
  ControlConnections watched;
};

const ControlConnection kFirst{on(alice, 5000), endpoint("198.51.100.1:21")};
const ControlConnection kSecond{on(alice, 5000), endpoint("198.51.100.2:21")};
const ControlConnection kThird{on(alice, 6000), endpoint("198.51.100.1:21")};

}  // namespace

TEST_CASE("what was changed is kept until its mapping ends, with all connections of that mapping and no others",
          "[alg]") {
  Bench bench;
  Box box;
  for (const auto& c : {kFirst, kSecond, kThird}) box.change(c);
  REQUIRE(box.table.all().size() == 3);
  box.watched.mapping_ended({.proto = Proto::udp, .internal = kFirst.internal});
  CHECK(box.table.all().size() == 3);
  box.watched.mapping_ended({.proto = Proto::tcp, .internal = kFirst.internal});
  CHECK(box.watched.find(kFirst) == nullptr);
  CHECK(box.watched.find(kThird) != nullptr);
  CHECK(box.table.all().size() == 1);
  box.watched.forget(kThird);
  CHECK(box.table.empty());
  CHECK(box.watched.empty());
}

TEST_CASE("the next daemon goes on with the connections whose mapping lives, and forgets the others", "[alg]") {
  Bench bench;
  Box box;
  REQUIRE(box.node.out(syn(kFirst.internal, kFirst.remote), 0s).verdict == CGN_VERDICT_TRANSLATED);
  box.change(kFirst);
  box.change(kThird);  // its mapping is gone
  ControlConnections next{box.table};
  CHECK(next.adopt(box.node.translator, at(1s).mono) == 1);
  CHECK(box.table.all().size() == 1);
  auto* const stream = next.find(kFirst);
  REQUIRE(stream != nullptr);
  CHECK(stream->adjustment() == alg::Adjustment{.position = 1019, .length = 14, .before = 0, .after = 3});
  CHECK(stream->outward({1019, 1025}) == 1022);
  CHECK(next.find(kThird) == nullptr);
}

TEST_CASE("one address watches so many and no more, unless some are over; nothing live is forgotten", "[alg]") {
  Bench bench;
  Box box;
  const auto nth = [](std::size_t n) {
    return ControlConnection{on(alice, 5000), on(ip("198.51.100.9"), static_cast<unsigned>(1024 + n))};
  };
  for (std::size_t n = 0; n < ControlConnections::kPerAddress; ++n) {
    REQUIRE(box.watched.open(nth(n), 1, at(0s).mono) != nullptr);
  }
  const auto more = nth(ControlConnections::kPerAddress);
  CHECK(box.watched.open(more, 1, at(1s).mono) == nullptr);
  CHECK(box.watched.open({on(bob, 5000), kFirst.remote}, 1, at(1s).mono) != nullptr);
  box.watched.note(nth(7), true, at(2s).mono);
  CHECK(box.watched.open(more, 1, at(100s).mono) == nullptr);  // its FIN may come again
  CHECK(box.watched.open(more, 1, at(250s).mono) != nullptr);
  CHECK(box.watched.find(nth(7)) == nullptr);
  CHECK(box.watched.size() == ControlConnections::kPerAddress + 1);
  CHECK(box.watched.open(nth(7), 1, at(7000s).mono) == nullptr);
  CHECK(box.watched.open(nth(7), 1, at(7500s).mono) != nullptr);  // all but one are silent for longer than TCP may be
}

TEST_CASE("where the kernel has no room, nothing may leave changed", "[alg]") {
  Bench bench;
  Box box{1};
  box.change(kFirst);
  auto* const stream = box.watched.open(kThird, 1000, at(0s).mono);
  REQUIRE(stream != nullptr);
  CHECK_FALSE(box.watched.keep(kThird, {.position = 1, .length = 1, .before = 0, .after = 1}));
  CHECK(box.watched.keep(kFirst, {.position = 1, .length = 0, .before = 3, .after = 3}));  // in its own place
}
