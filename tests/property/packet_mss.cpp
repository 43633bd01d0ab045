// SPDX-License-Identifier: Apache-2.0
// A lowered MSS at any place: the segment is the one that its sender would have sent with the smaller value, checksum
// and all.
#include <catch2/catch.hpp>

#include <random>

#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {

TEST_CASE("a segment with its MSS lowered is the segment with the lower MSS", "[property][RFC1624][RFC9293-3.2]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const auto frame = [](const Bytes& options, std::uint32_t sequence, std::uint8_t ttl) {
    return received_by(Link::internal)
        .ipv4(kAlice, kWeb)
        .ttl(ttl)
        .tcp(5000, 80, kSyn)
        .sequence(sequence)
        .tcp_options(options);
  };
  const auto with_mss = [](std::size_t before, unsigned mss) {
    Bytes out(before, std::byte{1});
    for (const auto v : {2u, 4u, mss >> 8, mss & 0xff}) out.push_back(static_cast<std::byte>(v));
    out.resize((out.size() + 3) / 4 * 4, std::byte{1});
    return out;
  };
  unsigned lowered = 0, odd = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto at = below(37);
    // Words of all zeros and all ones are where ones' complement is treacherous.
    const auto mss = below(4) == 0 ? 0xffff : below(0x10000);
    const auto most = static_cast<std::uint16_t>(below(4) == 0 ? 0xff00 : 88 + below(65'408));
    const auto sequence = static_cast<std::uint32_t>(random());
    Bytes translated = frame(with_mss(at, mss), sequence, 64);
    packet::translate(translated, packet::read(translated).value(),
                      {.source = std::nullopt, .destination = std::nullopt, .mss_clamp = most});
    const Bytes expected = frame(with_mss(at, std::min<unsigned>(mss, most)), sequence, 63);
    if (translated != expected) {
      INFO("step " << i << "\nexpected\n" << hex(expected) << "\nsent\n" << hex(translated));
      REQUIRE(translated == expected);
    }
    if (mss > most) ++lowered;
    if (mss > most && at % 2 == 1) ++odd;
  }
  CHECK(lowered > 5'000);
  CHECK(odd > 2'000);
}

}  // namespace cgn::test
