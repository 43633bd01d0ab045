// SPDX-License-Identifier: Apache-2.0
// The record followed by number, what a stream repeats, and the place that is kept.
#include <catch2/catch.hpp>

#include <fstream>

#include "unit/export_node.hpp"
#include "journal/export/position.hpp"
#include "journal/export/window.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

}  // namespace

TEST_CASE("the cursor hands out every row once and in order, across files and whatever the batch", "[export]") {
  Node node;
  node.start();
  node.allocate(50);
  node.roll_to(25h);
  node.allocate(30);
  node.roll_to(50h);
  node.allocate(5);
  const auto last = node.last();
  for (const std::size_t most : {1UL, 7UL, 1000UL}) {
    Cursor cursor{node.log(), 1};
    CHECK(read_all(cursor, last, most) == from_to(1, last));
    CHECK(cursor.next() == last + 1);
    cursor.seek(40);
    CHECK(read_all(cursor, 60, most) == from_to(40, 60));
  }
  node.stop();
  Cursor cursor{node.log(), 1};
  CHECK(read_all(cursor, UINT64_MAX, 100).size() > last);  // heartbeats and the stop row
}

TEST_CASE("the cursor follows a file that grows, and no row beyond what is durable", "[export]") {
  Node node;
  node.start();
  node.allocate(3);
  const auto first = node.last();
  Cursor cursor{node.log(), 1};
  CHECK(read_all(cursor, first - 1, 10) == from_to(1, first - 1));
  node.allocate(3);
  CHECK(read_all(cursor, node.last(), 10) == from_to(first, node.last()));
}

TEST_CASE("rows that retention took away are passed over and counted", "[export]") {
  Node node;
  node.start();
  node.allocate(20);
  const auto old = *fs::directory_iterator{node.log()};
  const auto name = (node.log() / "2026-11-20.cgnlog");
  REQUIRE(fs::exists(name));
  node.roll_to(25h);
  node.allocate(2);
  Cursor probe{node.log(), 1};
  const auto all = read_all(probe, node.last(), 1000);
  fs::remove(name);
  fs::remove(name.string() + "-wal");
  fs::remove(name.string() + "-shm");
  Cursor cursor{node.log(), 1};
  std::uint64_t missing = 0;
  const auto rest = read_all(cursor, node.last(), 1000, &missing);
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.front() == missing + 1);
  CHECK(rest.back() >= all.back());
}

TEST_CASE("an event carries node, boot and number, the boot that wrote it", "[export]") {
  Node node;
  node.start("boot-1");
  node.allocate(1);
  const auto last = node.last();
  node.stop();
  node.start("boot-2");
  node.allocate(1);
  Cursor cursor{node.log(), last};
  const auto batch = cursor.read(100, node.last());
  REQUIRE(batch);
  CHECK(batch->events.front().mark.boot == "boot-1");
  CHECK(batch->events.back().mark.boot == "boot-2");
  CHECK(batch->events.back().mark.node_id == 7);
  CHECK(batch->events.back().mark.node_name == "n7");
  CHECK(batch->events.back().kind == EventKind::block_allocated);
}

TEST_CASE("a row counts as received once acknowledged for the whole window", "[export]") {
  Window window{10, 10s};
  window.sent(12, 300);
  window.sent(15, 600);
  window.acknowledged(599, Monotonic{100s});
  window.acknowledged(600, Monotonic{104s});
  CHECK(window.next() == 10);
  window.acknowledged(600, Monotonic{110s});
  CHECK(window.next() == 13);
  window.acknowledged(600, Monotonic{113s});
  CHECK(window.next() == 13);
  window.broke();
  window.acknowledged(900, Monotonic{200s});  // of another connection
  CHECK(window.next() == 13);
}

TEST_CASE("a place on disk is read back; one that cannot be understood is the beginning", "[export]") {
  Node node;
  const Position place{node.state() / "export" / "a"};
  CHECK_FALSE(place.read());
  REQUIRE(place.write(42));
  CHECK(place.read() == 42);
  std::ofstream{node.state() / "export" / "a"} << "rubbish";
  CHECK(place.read() == 1);
  std::ofstream{node.state() / "export" / "a"} << "";
  CHECK(place.read() == 1);
}
