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

TEST_CASE("a block comes with the customer it was lent to, in every file and wherever one begins to read", "[export]") {
  Node node;
  node.start();
  const auto alice = Prefix::of(Ipv4::from_host(0x64400001), 32);
  const auto block = [&](BlockEventKind kind, Duration when, std::uint16_t first, Duration lent) {
    node.set(when);
    node.append({.kind = kind,
                 .subscriber = alice,
                 .external = Ipv4::from_host(0xcb007101),
                 .ports = {Port{first}, Port{static_cast<std::uint16_t>(first + 255)}},
                 .pool = "res-1",
                 .allocated_at = at(lent).wall,
                 .at = at(when)});
  };
  using enum BlockEventKind;
  const auto wall = [](Duration d) { return Span::at(at(d).wall); };
  block(allocated, 10s, 1024, 10s);
  node.set(20s);
  node.tell(alice, {.event = IdentityEvent::set, .id = "C-1", .from = wall(20s)});
  block(allocated, 30s, 1280, 30s);
  node.roll_to(25h);
  block(allocated, 26h, 1536, 26h);
  block(released, 27h, 1280, 30s);  // the address passes on: its blocks end first
  node.tell(alice, {.event = IdentityEvent::end, .id = "C-1", .from = wall(20s), .to = wall(27h)});
  node.tell(alice, {.event = IdentityEvent::set, .id = "C-2", .from = wall(27h)});
  block(released, 28h, 1536, 26h);
  block(released, 28h, 1024, 10s);
  block(allocated, 29h, 1792, 29h);
  const auto told = [&](std::uint64_t from, std::size_t most) {
    std::vector<std::string> users;
    Cursor cursor{node.log(), from};
    for (;;) {
      const auto batch = cursor.read(most, node.last());
      REQUIRE(batch);
      if (batch->events.empty()) return users;
      for (const auto& e : batch->events) {
        if (e.kind == EventKind::block_allocated || e.kind == EventKind::block_released) users.push_back(e.user);
      }
    }
  };
  const std::vector<std::string> all{"", "C-1", "C-1", "C-1", "C-1", "", "C-2"};
  for (const std::size_t most : {1UL, 4UL, 1000UL}) CHECK(told(1, most) == all);
  for (std::uint64_t from = 1; from <= node.last(); ++from) {
    const auto rest = told(from, 3);
    REQUIRE(rest.size() <= all.size());
    CHECK(std::equal(rest.rbegin(), rest.rend(), all.rbegin()));
  }
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
