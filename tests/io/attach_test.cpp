// SPDX-License-Identifier: Apache-2.0
// The life of the links: attached, kept over a restart, severed, refused.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <linux/if_link.h>
#include <sched.h>

#include "bench_network.hpp"
#include "bench_program.hpp"
#include "io/pin_directory.hpp"
#include "io/program.hpp"

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

bpf_link_info info_of_link(const Bench& bench, const std::string& interface) {
  const io::Fd link{bpf_obj_get(io::PinDirectory{bench.pins()}.link(interface).c_str())};
  REQUIRE(link);
  bpf_link_info info{};
  __u32 size = sizeof info;
  REQUIRE(bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0);
  return info;
}

std::uint32_t program_id(const io::Program& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  REQUIRE(bpf_obj_get_info_by_fd(program.program_fd(), &info, &size) == 0);
  return info.id;
}

}  // namespace

TEST_CASE("attach() says which mode is in force", "[attach]") {
  using enum io::AttachMode;
  Bench bench;
  const Wire a{"a"};
  auto program = open_program(bench);

  SECTION("native where the driver can") {
    const auto mode = GENERATE(automatic, native);
    const auto attached = program.attach(a.near, index_of(a.near), mode);
    REQUIRE(attached);
    CHECK(attached->native);
    CHECK(attached->ifindex == index_of(a.near));
    CHECK(xdp_on(a.near).find("\"mode\":1") != std::string::npos);
  }
  SECTION("generic where it is asked for") {
    const auto attached = program.attach(a.near, index_of(a.near), generic);
    REQUIRE(attached);
    CHECK_FALSE(attached->native);
    CHECK(xdp_on(a.near).find("\"mode\":2") != std::string::npos);
  }
  SECTION("automatic falls back, native refuses and says why") {
    // The loopback driver has no native XDP.
    const auto refused = program.attach("lo", index_of("lo"), native);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.starts_with("attach cgn_xdp to lo: native mode: "));
    CHECK(refused.error().hint.find("automatic") != std::string::npos);
    const auto attached = program.attach("lo", index_of("lo"), automatic);
    REQUIRE(attached);
    CHECK_FALSE(attached->native);
  }
  SECTION("an interface that is not there") { CHECK_FALSE(program.attach("gone", 9999, automatic)); }
}

TEST_CASE("a restart replaces the program of the same link, in the same mode, and the port never lacks one",
          "[attach]") {
  const auto mode = GENERATE(io::AttachMode::native, io::AttachMode::generic);
  Bench bench;
  const Wire a{"a"};
  std::optional<io::Program> first = open_program(bench);
  REQUIRE(first->attach(a.near, index_of(a.near), mode));
  const auto before = info_of_link(bench, a.near);
  CHECK(before.prog_id == program_id(*first));
  first.reset();
  CHECK(info_of_link(bench, a.near).prog_id == before.prog_id);  // it goes on without the daemon

  auto second = open_program(bench);
  CHECK(second.severed(a.near, index_of(a.near)));  // not held yet by this daemon
  const auto attached = second.attach(a.near, index_of(a.near), io::AttachMode::automatic);
  REQUIRE(attached);
  CHECK(attached->native == (mode == io::AttachMode::native));
  const auto after = info_of_link(bench, a.near);
  CHECK(after.id == before.id);
  CHECK(after.prog_id == program_id(second));
  CHECK(after.prog_id != before.prog_id);
  CHECK_FALSE(second.severed(a.near, index_of(a.near)));

  // The other mode cannot be had without a moment of no program at all.
  const auto other = mode == io::AttachMode::native ? io::AttachMode::generic : io::AttachMode::native;
  const auto refused = second.attach(a.near, index_of(a.near), other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().hint.find("cgnctl detach") != std::string::npos);
  CHECK(info_of_link(bench, a.near).prog_id == program_id(second));
}

TEST_CASE("a severed link is seen, and attach() makes a new one", "[attach]") {
  const bool dropped_first = GENERATE(true, false);
  Bench bench;
  const Wire a{"a"};
  auto program = open_program(bench);
  const unsigned was = index_of(a.near);
  REQUIRE(program.attach(a.near, was, io::AttachMode::automatic));
  REQUIRE_FALSE(program.severed(a.near, was));

  SECTION("interface deleted") {
    a.unmake();
    CHECK(program.severed(a.near, was));
    a.make();
  }
  SECTION("interface made anew with the same number") {
    a.unmake();
    run("ip link add " + a.near + " index " + std::to_string(was) + " type veth peer name " + a.far);
    REQUIRE(index_of(a.near) == was);
    CHECK(program.severed(a.near, was));
  }
  SECTION("bpftool link detach") {
    run("bpftool link detach pinned " + (bench.pins() / ("link_" + a.near)).string());
    CHECK(program.severed(a.near, was));
  }
  if (dropped_first) program.drop_link(a.near);
  const auto attached = program.attach(a.near, index_of(a.near), io::AttachMode::automatic);
  INFO((attached ? "" : attached.error().what));
  REQUIRE(attached);
  CHECK_FALSE(program.severed(a.near, index_of(a.near)));
  CHECK(info_of_link(bench, a.near).xdp.ifindex == index_of(a.near));
}

TEST_CASE("a daemon finds the links of ports that left the configuration while none ran", "[attach]") {
  Bench bench;
  run("ip link add d.0 type veth peer name d.1");
  {
    auto first = open_program(bench);
    CHECK(first.linked_interfaces().empty());
    REQUIRE(first.attach("d.0", index_of("d.0"), io::AttachMode::automatic));
  }
  auto second = open_program(bench);
  REQUIRE(second.linked_interfaces() == std::vector<std::string>{"d.0"});
  second.drop_link("d.0");
  CHECK(second.linked_interfaces().empty());
  CHECK(xdp_on("d.0").empty());
}

TEST_CASE("drop_link() takes program and pin from a port that left the configuration", "[attach]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  auto program = open_program(bench);
  REQUIRE(program.attach(a.near, index_of(a.near), io::AttachMode::automatic));
  REQUIRE(program.attach(b.near, index_of(b.near), io::AttachMode::automatic));
  program.drop_link(a.near);
  CHECK(xdp_on(a.near).empty());
  CHECK_FALSE(xdp_on(b.near).empty());
  CHECK(program.severed(a.near, index_of(a.near)));
  program.drop_link(a.near);  // nothing there is fine
}

TEST_CASE("a foreign program is never replaced, and its id is named", "[attach]") {
  Bench bench;
  const Wire a{"a"};
  const auto foreign = passing_program();
  const bool native = GENERATE(true, false);
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const io::Fd link{bpf_link_create(foreign.get(), static_cast<int>(index_of(a.near)), BPF_XDP, &options)};
  REQUIRE(link);

  auto program = open_program(bench);
  const auto mode = GENERATE(io::AttachMode::automatic, io::AttachMode::native, io::AttachMode::generic);
  const auto refused = program.attach(a.near, index_of(a.near), mode);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what ==
        a.near + " already runs XDP program id " + std::to_string(id_of(foreign)) + ", which is not ours");
  CHECK(xdp_on(a.near).find("\"id\":" + std::to_string(id_of(foreign)) + ",") != std::string::npos);
}

TEST_CASE("an interface number of another network namespace is not taken for ours", "[attach]") {
  Bench bench;
  const Wire a{"a"};
  auto program = open_program(bench);
  REQUIRE(program.attach(a.near, index_of(a.near), io::AttachMode::automatic));
  const unsigned number = index_of(a.near);

  // Held open, so that the first namespace and the link in it stay.
  const io::Fd first_namespace{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  REQUIRE(first_namespace);
  REQUIRE(::unshare(CLONE_NEWNET) == 0);
  run("ip link add " + a.near + " index " + std::to_string(number) + " type veth peer name " + a.far);
  const auto refused = program.attach(a.near, number, io::AttachMode::automatic);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("another network namespace") != std::string::npos);
  CHECK(xdp_on(a.near).empty());
}
