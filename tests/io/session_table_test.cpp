// SPDX-License-Identifier: Apache-2.0
// Entries that serve one remote only: each under the key that it names itself, safe orders, the walk.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>
#include <map>

#include "bench_network.hpp"
#include "io/fd.hpp"
#include "io/session_table.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

io::Fd make_map(std::uint32_t capacity) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
  return io::Fd{
      bpf_map_create(BPF_MAP_TYPE_HASH, "sessions", sizeof(cgn_session_key), sizeof(cgn_entry), capacity, &options)};
}

// The map as bpf/maps.h shapes it, without the program.
struct Table {
  io::Fd map;
  io::SessionTable sessions;
  explicit Table(std::uint32_t capacity) : map{make_map(capacity)}, sessions{map.get()} { REQUIRE(map); }
};

cgn_entry half(std::uint32_t number, unsigned realm) {
  cgn_entry entry{};
  entry.key = {.addr = Ipv4::from_host(0xcb007101u).net(),
               .port = htons(443),
               .proto = IPPROTO_TCP,
               .realms = static_cast<__u8>(realm)};
  entry.remote_addr = Ipv4::from_host(0xc6336400u + (number >> 8)).net();
  entry.remote_port = htons(static_cast<std::uint16_t>(number & 0xff));
  entry.mapping_id = number;
  return entry;
}
cgn_entry inbound(std::uint32_t number) { return half(number, CGN_REALM_EXTERNAL | CGN_REALM_DEFAULT); }
cgn_entry outbound(std::uint32_t number) { return half(number, CGN_REALM_DEFAULT); }

}  // namespace

TEST_CASE("entries that differ in their remote alone stand side by side", "[sessions]") {
  Bench bench;
  Table table{100};
  REQUIRE(table.sessions.install(inbound(1), outbound(1)));
  REQUIRE(table.sessions.install(inbound(2), outbound(2)));
  REQUIRE(table.sessions.install(inbound(0x101), outbound(0x101)));
  for (const auto number : {1u, 2u, 0x101u}) {
    const auto found = table.sessions.read(io::SessionTable::key_of(outbound(number)));
    REQUIRE(found);
    CHECK(found->mapping_id == number);
  }
  const auto removed = table.sessions.remove(io::SessionTable::key_of(inbound(1)));
  REQUIRE(removed);
  CHECK(removed->mapping_id == 1);
  CHECK_FALSE(table.sessions.remove(io::SessionTable::key_of(inbound(1))));
  CHECK_FALSE(table.sessions.read(io::SessionTable::key_of(inbound(1))));
  CHECK(table.sessions.read(io::SessionTable::key_of(inbound(2))));
}

TEST_CASE("an entry of a key that is taken replaces the other", "[sessions]") {
  Bench bench;
  Table table{100};
  auto entry = outbound(1);
  REQUIRE(table.sessions.insert(entry));
  entry.mapping_id = 7;
  REQUIRE(table.sessions.insert(entry));
  CHECK(table.sessions.read(io::SessionTable::key_of(entry))->mapping_id == 7);
  CHECK(table.sessions.all()->size() == 1);
}

TEST_CASE("a full table of sessions refuses one whole: no half is left, and the error is E2BIG", "[sessions]") {
  Bench bench;
  Table table{3};
  REQUIRE(table.sessions.install(inbound(1), outbound(1)));
  const auto refused = table.sessions.install(inbound(2), outbound(2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == E2BIG);
  CHECK_FALSE(table.sessions.read(io::SessionTable::key_of(inbound(2))));
  CHECK_FALSE(table.sessions.read(io::SessionTable::key_of(outbound(2))));
}

TEST_CASE("a walk shows each session exactly once, in batches of any size", "[sessions]") {
  Bench bench;
  Table table{10'000};
  CHECK(table.sessions.all()->empty());
  for (std::uint32_t i = 0; i < 3000; ++i) REQUIRE(table.sessions.install(inbound(i), outbound(i)));
  CHECK(table.sessions.all()->size() == 6000);
  for (const std::size_t most : {1u, 1000u, 100'000u}) {
    CAPTURE(most);
    std::map<std::pair<std::uint32_t, unsigned>, int> seen;
    io::SessionTable::Cursor cursor;
    while (!cursor.done()) {
      const auto batch = table.sessions.next(cursor, most);
      REQUIRE(batch);
      for (const auto& entry : *batch) ++seen[{entry.mapping_id, cgn_key_of(&entry).realm}];
    }
    REQUIRE(seen.size() == 6000);
    CHECK(std::ranges::all_of(seen, [](const auto& each) { return each.second == 1; }));
  }
}

TEST_CASE("a walk over what is no table of sessions ends with an error", "[sessions]") {
  const io::SessionTable nothing{-1};
  CHECK_FALSE(nothing.all());
}
