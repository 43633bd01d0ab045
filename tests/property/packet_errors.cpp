// SPDX-License-Identifier: Apache-2.0
// Random ICMP errors: a restored quote is the packet that its sender sent, and no damage makes the parser or the rewriter
// look beyond the bytes (SANITIZE=ON watches).
#include <catch2/catch.hpp>

#include <memory>

#include "packet/icmp.hpp"
#include "packet/identification.hpp"
#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packets/random_errors.hpp"

namespace cgn::test {
namespace {

std::uint32_t seed_of_run() { return Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}(); }

}  // namespace

TEST_CASE("an error's quote is restored to what the sender sent, whole or cut", "[property][RFC5508-REQ-4][RFC1624]") {
  const auto seed = seed_of_run();
  CAPTURE(seed);
  RandomErrors errors{seed};
  unsigned with_sum = 0, without_sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Words of all zeros and all ones are where ones' complement is treacherous.
    const auto word = [&]() -> unsigned {
      const auto kind = errors.below(8);
      return kind == 0 ? 0 : kind == 1 ? 0xffff : static_cast<unsigned>(errors.below(0x10000));
    };
    const Endpoint inside = at_port(Ipv4::from_host(word() << 16 | word()), word());
    auto [frame, expected] = errors.whole(inside);
    const auto told = frame;
    const auto view = packet::read(frame);
    INFO("step " << i << "\nin\n" << hex(told));
    REQUIRE(view.has_value());
    REQUIRE(view->quote.has_value());
    const auto offset = packet::identification_offset(kErrorSource, view->quote->proto, kSeed);
    packet::translate(frame, *view, {.source = {}, .destination = inside, .identification_offset = offset});
    if (frame != expected) {
      INFO("expected\n" << hex(expected) << "\nsent\n" << hex(frame));
      REQUIRE(frame == expected);
    }
    ++(view->quote->check != 0 ? with_sum : without_sum);
  }
  CHECK(with_sum > 5'000);
  CHECK(without_sum > 1'000);
}

TEST_CASE("no damaged error makes the parser look beyond it, and the quote it reads lies inside", "[property]") {
  const auto seed = seed_of_run();
  CAPTURE(seed);
  RandomErrors errors{seed};
  unsigned read = 0, refused = 0;
  for (int i = 0; i < 40'000; ++i) {
    const auto bytes = errors.damaged();
    const auto size = bytes.size();
    const auto exact = std::make_unique<std::byte[]>(size);  // the sanitizer sees one byte beyond
    std::ranges::copy(bytes, exact.get());
    const std::span<std::byte> frame{exact.get(), size};
    const auto view = packet::read(frame);
    if (!view || !view->quote) {
      ++refused;
      continue;
    }
    ++read;
    const auto& quote = *view->quote;
    REQUIRE(view->l4 + 8 == quote.l3);
    REQUIRE(quote.l3 + 20 <= quote.l4);
    REQUIRE(quote.l4 + 8 <= view->end);
    REQUIRE((quote.check == 0 || quote.check + 2 <= view->end));
    REQUIRE_FALSE(packet::may_answer(frame, *view));
    packet::translate(frame, *view, {.source = at_port(kBob, 1), .destination = at_port(kAlice, 2)});
    REQUIRE(packet::read(frame).has_value() == (quote.source.address == kErrorSource.address));
  }
  CHECK(read > 5'000);
  CHECK(refused > 5'000);
}

}  // namespace cgn::test
