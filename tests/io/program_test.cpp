// SPDX-License-Identifier: Apache-2.0
// The life of the maps: made, pinned, adopted, refused, taken down.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>
#include <set>
#include <unistd.h>

#include "bench_network.hpp"
#include "io/entry_table.hpp"
#include "io/pin_directory.hpp"
#include "io/program.hpp"
#include "io/session_table.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

constexpr io::ProgramSizes kSizes{.entries = 1000, .subscribers = 100, .permissions = 100, .sessions = 100};

io::Program open_program(const Bench& bench) {
  auto program = io::Program::open(bench.pins(), kSizes);
  INFO((program ? "" : program.error().what + " / " + program.error().hint));
  REQUIRE(program);
  return std::move(*program);
}

cgn_entry entry_of(std::uint32_t number, std::uint8_t realm) {
  cgn_entry entry{};
  entry.key = {
      .addr = Ipv4::from_host(0x64400000u + number).net(), .port = htons(5000), .proto = IPPROTO_UDP, .realms = realm};
  entry.mapping_id = number;
  return entry;
}

std::set<std::uint32_t> map_ids(const std::filesystem::path& pins) {
  std::set<std::uint32_t> ids;
  for (const auto& pin : std::filesystem::directory_iterator{pins}) {
    const io::Fd object{bpf_obj_get(pin.path().c_str())};
    bpf_map_info info{};
    __u32 size = sizeof info;
    if (object && bpf_obj_get_info_by_fd(object.get(), &info, &size) == 0) ids.insert(info.id);
  }
  return ids;
}

bool map_lives(std::uint32_t id) { return bool{io::Fd{bpf_map_get_fd_by_id(id)}}; }

}  // namespace

TEST_CASE("the first daemon makes and pins every map, the second adopts them with their content", "[program]") {
  Bench bench;
  const auto inbound = entry_of(1, CGN_REALM_EXTERNAL | CGN_REALM_DEFAULT), outbound = entry_of(1, CGN_REALM_DEFAULT);
  std::set<std::uint32_t> ids;
  {
    auto first = open_program(bench);
    CHECK_FALSE(first.adopted());
    CHECK(first.entries_capacity() == 1000);
    io::EntryTable table{first.entries_fd(), first.entries_capacity()};
    REQUIRE(table.install(inbound, outbound));
    REQUIRE(io::SessionTable{first.sessions_fd()}.insert(outbound));
    ids = map_ids(bench.pins());
    CHECK(ids.size() == 18);
  }
  for (const auto id : ids) CHECK(map_lives(id));

  auto second = open_program(bench);
  CHECK(second.adopted());
  CHECK(map_ids(bench.pins()) == ids);
  const io::EntryTable table{second.entries_fd(), second.entries_capacity()};
  const auto found = table.read(cgn_key_of(&outbound));
  REQUIRE(found);
  CHECK(found->mapping_id == 1);
  CHECK(io::SessionTable{second.sessions_fd()}.read(io::SessionTable::key_of(outbound)));
}

TEST_CASE("pinned maps of another ABI version are refused, naming both versions and the way out", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  const auto ids = map_ids(bench.pins());
  {
    const io::Fd version{bpf_obj_get((bench.pins() / "abi_version").c_str())};
    const std::uint32_t key = 0, other = CGN_ABI_VERSION + 6;
    REQUIRE(bpf_map_update_elem(version.get(), &key, &other, BPF_ANY) == 0);
  }
  const auto second = io::Program::open(bench.pins(), kSizes);
  REQUIRE_FALSE(second);
  CHECK(second.error().what.find("version " + std::to_string(CGN_ABI_VERSION + 6)) != std::string::npos);
  CHECK(second.error().what.find("this daemon has " + std::to_string(CGN_ABI_VERSION)) != std::string::npos);
  CHECK(second.error().hint.find("cgnctl detach") != std::string::npos);
  CHECK(map_ids(bench.pins()) == ids);  // nothing was touched
}

TEST_CASE("pinned maps of another size are refused, naming both sizes", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  const auto entries =
      io::Program::open(bench.pins(), {.entries = 2000, .subscribers = 100, .permissions = 100, .sessions = 100});
  REQUIRE_FALSE(entries);
  CHECK(entries.error().what == "the pinned map entries has room for 1000 elements, this daemon asks for 2000");
  const auto subscribers =
      io::Program::open(bench.pins(), {.entries = 1000, .subscribers = 101, .permissions = 100, .sessions = 100});
  REQUIRE_FALSE(subscribers);
  CHECK(subscribers.error().what.find("live_subscribers") != std::string::npos);
  CHECK(open_program(bench).adopted());
}

TEST_CASE("a pinned map of another shape is refused by name", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  const auto pin = bench.pins() / "settings";
  REQUIRE(::unlink(pin.c_str()) == 0);
  const io::Fd strange{bpf_map_create(BPF_MAP_TYPE_ARRAY, "settings", 4, 8, 1, nullptr)};
  REQUIRE(bpf_obj_pin(strange.get(), pin.c_str()) == 0);
  const auto second = io::Program::open(bench.pins(), kSizes);
  REQUIRE_FALSE(second);
  CHECK(second.error().what.find("settings has another shape") != std::string::npos);
}

TEST_CASE("what a daemon left that died between two pins is swept and made anew", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  const auto ids = map_ids(bench.pins());
  // abi_version is pinned last: without it the set was never finished.
  REQUIRE(::unlink((bench.pins() / "abi_version").c_str()) == 0);
  REQUIRE(::unlink((bench.pins() / "verdicts").c_str()) == 0);
  const auto second = open_program(bench);
  CHECK_FALSE(second.adopted());
  for (const auto id : map_ids(bench.pins())) CHECK_FALSE(ids.contains(id));
}

TEST_CASE("a set of maps with a hole is refused, and never adopted in part", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  REQUIRE(::unlink((bench.pins() / "entries").c_str()) == 0);
  const auto second = io::Program::open(bench.pins(), kSizes);
  REQUIRE_FALSE(second);
  CHECK(second.error().what.find("entries is gone") != std::string::npos);
}

TEST_CASE("a directory that is not on a BPF filesystem is refused with the command to mount one", "[program]") {
  Bench bench;
  const auto plain = std::filesystem::temp_directory_path() / ("cgn-io-test-" + std::to_string(::getpid()));
  const auto program = io::Program::open(plain, kSizes);
  REQUIRE_FALSE(program);
  CHECK(program.error().what.find("is not on a BPF filesystem") != std::string::npos);
  CHECK(program.error().hint.starts_with("mount -t bpf bpf "));
  CHECK_FALSE(std::filesystem::exists(plain));
}

TEST_CASE("taking all down leaves no map, no link, no directory, with the daemon dead or alive", "[program]") {
  const bool alive = GENERATE(false, true);
  CAPTURE(alive);
  Bench bench;
  const Wire a{"a"}, b{"b"};
  std::optional<io::Program> program = open_program(bench);
  REQUIRE(program->attach(a.near, index_of(a.near), io::AttachMode::native));
  REQUIRE(program->attach(b.near, index_of(b.near), io::AttachMode::generic));
  const auto ids = map_ids(bench.pins());
  if (!alive) program.reset();
  CHECK_FALSE(xdp_on(a.near).empty());

  REQUIRE(io::Program::detach_all(bench.pins()));
  CHECK_FALSE(std::filesystem::exists(bench.pins()));
  CHECK(xdp_on(a.near).empty());
  CHECK(xdp_on(b.near).empty());
  program.reset();
  for (const auto id : ids) CHECK(eventually([&] { return !map_lives(id); }));
  CHECK(io::Program::detach_all(bench.pins()));  // nothing there is fine
}

TEST_CASE("taking down leaves the pins of others alone", "[program]") {
  Bench bench;
  { const auto first = open_program(bench); }
  const auto foreign = bench.pins() / "somebody";
  const io::Fd map{bpf_map_create(BPF_MAP_TYPE_ARRAY, "somebody", 4, 8, 1, nullptr)};
  REQUIRE(bpf_obj_pin(map.get(), foreign.c_str()) == 0);
  CHECK(io::Program::detach_all(bench.pins()));
  CHECK(std::filesystem::exists(foreign));
  CHECK(map_ids(bench.pins()).size() == 1);
}

TEST_CASE("pins of interfaces whose names differ only where a BPF filesystem is strict stay apart", "[program]") {
  const io::PinDirectory pins{"/sys/fs/bpf/cgn"};
  CHECK(pins.link("eth0") == "/sys/fs/bpf/cgn/link_eth0");
  CHECK(pins.link("eth0.100") == "/sys/fs/bpf/cgn/link_eth0%2E100");
  CHECK(pins.link("eth0%2E100") == "/sys/fs/bpf/cgn/link_eth0%252E100");
}
