// SPDX-License-Identifier: Apache-2.0
// The two entries of a mapping: safe orders, no half left, and the walk that sees each entry once.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "bench_network.hpp"
#include "io/entry_table.hpp"
#include "io/fd.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

// The map as bpf/maps.h shapes it, without the program.
struct Table {
  io::Fd map;
  io::EntryTable entries;
  explicit Table(std::uint32_t capacity)
      : map{bpf_map_create(BPF_MAP_TYPE_HASH, "entries", sizeof(cgn_key), sizeof(cgn_entry), capacity, nullptr)},
        entries{map.get(), capacity} {
    REQUIRE(map);
  }
};

cgn_entry half(std::uint32_t number, unsigned realm) {
  cgn_entry entry{};
  entry.key = {.addr = Ipv4::from_host(0xcb007100u + (number >> 16)).net(),
               .port = htons(static_cast<std::uint16_t>(number)),
               .proto = IPPROTO_UDP,
               .realms = static_cast<__u8>(realm)};
  entry.mapping_id = number;
  return entry;
}
cgn_key key_of(const cgn_entry& e) { return cgn_key_of(&e); }
cgn_entry inbound(std::uint32_t number) { return half(number, CGN_REALM_EXTERNAL | CGN_REALM_DEFAULT); }
cgn_entry outbound(std::uint32_t number) { return half(number, CGN_REALM_DEFAULT); }

// How often a whole walk shows each (mapping, realm).
std::map<std::pair<std::uint32_t, unsigned>, int> walk(const io::EntryTable& table, std::size_t most) {
  std::map<std::pair<std::uint32_t, unsigned>, int> seen;
  io::EntryTable::Cursor cursor;
  while (!cursor.done()) {
    const auto batch = table.next(cursor, most);
    REQUIRE(batch);
    for (const auto& entry : *batch) ++seen[{entry.mapping_id, cgn_key_of(&entry).realm}];
  }
  return seen;
}

}  // namespace

TEST_CASE("an installed mapping has both entries, and each is removed with its last content", "[entries]") {
  Bench bench;
  Table table{100};
  auto back = inbound(1);
  back.packets = 17;
  REQUIRE(table.entries.install(back, outbound(1)));
  REQUIRE(table.entries.read(key_of(outbound(1))));
  const auto removed_outbound = table.entries.remove(key_of(outbound(1)));
  REQUIRE(removed_outbound);
  CHECK(removed_outbound->mapping_id == 1);
  const auto removed_inbound = table.entries.remove(key_of(back));
  REQUIRE(removed_inbound);
  CHECK(removed_inbound->packets == 17);
  CHECK_FALSE(table.entries.remove(key_of(back)));
  CHECK_FALSE(table.entries.read(key_of(outbound(1))));
}

TEST_CASE("a mapping that begins anew replaces both entries", "[entries]") {
  Bench bench;
  Table table{100};
  REQUIRE(table.entries.install(inbound(1), outbound(1)));
  auto back = inbound(1), out = outbound(1);
  back.mapping_id = out.mapping_id = 2;
  REQUIRE(table.entries.install(back, out));
  CHECK(table.entries.read(key_of(back))->mapping_id == 2);
  CHECK(table.entries.read(key_of(out))->mapping_id == 2);
  CHECK(walk(table.entries, 10).size() == 2);
}

TEST_CASE("a full table refuses a mapping whole: no half is left, and the error is E2BIG", "[entries]") {
  Bench bench;
  // Odd: the last mapping's first half still fits.
  Table table{101};
  for (std::uint32_t i = 0; i < 50; ++i) REQUIRE(table.entries.install(inbound(i), outbound(i)));
  const auto refused = table.entries.install(inbound(50), outbound(50));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == E2BIG);
  CHECK(refused.error().what.find("outbound entry") != std::string::npos);
  CHECK_FALSE(table.entries.read(key_of(inbound(50))));
  CHECK_FALSE(table.entries.read(key_of(outbound(50))));
  CHECK(walk(table.entries, 10).size() == 100);

  REQUIRE(table.entries.remove(key_of(outbound(7))));
  REQUIRE(table.entries.remove(key_of(inbound(7))));
  CHECK(table.entries.install(inbound(50), outbound(50)));
}

TEST_CASE("a walk shows each entry exactly once, in batches of any size", "[entries]") {
  Bench bench;
  Table table{20'000};
  CHECK(walk(table.entries, 100).empty());
  constexpr std::uint32_t kMappings = 7000;
  for (std::uint32_t i = 0; i < kMappings; ++i) REQUIRE(table.entries.install(inbound(i), outbound(i)));
  for (const std::size_t most : {1u, 64u, 1000u, 100'000u}) {
    CAPTURE(most);
    const auto seen = walk(table.entries, most);
    REQUIRE(seen.size() == 2 * kMappings);
    CHECK(std::ranges::all_of(seen, [](const auto& each) { return each.second == 1; }));
  }
}

TEST_CASE("a walk amid inserts and removals still shows each entry that stays exactly once", "[entries]") {
  Bench bench;
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  Table table{20'000};
  constexpr std::uint32_t kStaying = 3000;
  for (std::uint32_t i = 0; i < kStaying; ++i) REQUIRE(table.entries.install(inbound(i), outbound(i)));
  for (std::uint32_t i = kStaying; i < kStaying + 1000; ++i) REQUIRE(table.entries.install(inbound(i), outbound(i)));

  std::map<std::pair<std::uint32_t, unsigned>, int> seen;
  io::EntryTable::Cursor cursor;
  std::uint32_t changed = 0;
  while (!cursor.done()) {
    const auto batch = table.entries.next(cursor, 64);
    REQUIRE(batch);
    for (const auto& entry : *batch) ++seen[{entry.mapping_id, cgn_key_of(&entry).realm}];
    const auto leaving = static_cast<std::uint32_t>(kStaying + random() % 1000);
    if (table.entries.remove(key_of(outbound(leaving))) && table.entries.remove(key_of(inbound(leaving)))) ++changed;
    REQUIRE(table.entries.install(inbound(10'000 + changed), outbound(10'000 + changed)));
  }
  CHECK(changed > 20);  // or the walk was never disturbed
  for (std::uint32_t i = 0; i < kStaying; ++i) {
    CHECK(seen[{i, CGN_REALM_EXTERNAL}] == 1);
    CHECK(seen[{i, CGN_REALM_DEFAULT}] == 1);
  }
}

TEST_CASE("a walk over what is no table ends with an error", "[entries]") {
  const io::EntryTable nothing{-1, 10};
  io::EntryTable::Cursor cursor;
  CHECK_FALSE(nothing.next(cursor, 10));
}
