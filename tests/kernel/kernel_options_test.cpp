// SPDX-License-Identifier: Apache-2.0
// TCP options at random, through the program and through the slow path: the same bytes must leave both, and the same
// window scale must be read.
#include <catch2/catch.hpp>

#include <random>

#include "packet/rewrite.hpp"
#include "packet/tcp_options.hpp"
#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

class Options {
 public:
  explicit Options(std::uint32_t seed) : random_{seed} {}

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  // Mostly options that mean something, at any place, whole or broken.
  Bytes any() {
    Bytes out;
    const auto size = 4 * below(11);
    while (out.size() < size) add(out);
    out.resize(size);
    return out;
  }

 private:
  void add(Bytes& out) {
    const auto put = [&](std::initializer_list<unsigned> values) {
      for (const auto v : values) out.push_back(static_cast<std::byte>(v));
    };
    switch (below(8)) {
      case 0:
      case 1: return put({2, 4, below(256), below(256)});
      case 2:
      case 3: return put({1});
      case 4: return put({3, 3, below(20)});
      case 5: return put({4, 2});
      case 6: return put({below(256), below(12)});
      default: return put({below(8)});
    }
  }
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("kernel and slow path lower the same MSS and read the same window scale of random options", "[property]") {
  CGN_NEEDS_KERNEL();
  World world;
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Options options{seed};
  const auto m = alice_tcp();
  const auto ingress = world.network().ifindex(facts(Link::internal).port);
  auto settings = world.settings();
  settings.mss_clamp = 1452;
  world.set(settings);
  unsigned lowered = 0, kept = 0, scaled = 0;
  Bytes out;
  for (int i = 0; i < 20'000; ++i) {
    const Bytes in = from_alice(kSyn).tcp_options(options.any());
    world.install(m);
    static_cast<void>(world.run(ingress, in, out));
    const auto view = packet::read(in).value();
    const auto read = packet::tcp_options(in, view);
    auto translated = in;
    packet::translate(translated, view,
                      {.source = m.external,
                       .destination = {},
                       .mss_clamp = 1452,
                       .identification_offset = identification_offset(m.external, m.proto)});
    translated.erase(translated.begin(), translated.begin() + 14);
    const Bytes sent{out.begin() + 14, out.end()};
    if (sent != translated) {
      INFO("step " << i << "\nin\n" << hex(in) << "\nslow path\n" << hex(translated) << "\nkernel\n" << hex(sent));
      REQUIRE(sent == translated);
    }
    REQUIRE(int{world.entry(outbound_key(m)).window_scale} == int{read.window_scale});
    (read.mss > 1452 ? lowered : kept) += 1;
    if (read.window_scale > 1) ++scaled;
  }
  CHECK(lowered > 2'000);
  CHECK(kept > 2'000);
  CHECK(scaled > 2'000);
}

}  // namespace cgn::test
