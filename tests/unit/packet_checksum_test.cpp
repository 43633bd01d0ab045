// SPDX-License-Identifier: Apache-2.0
// The worked examples of the RFCs, and the edges of ones' complement.
#include <catch2/catch.hpp>

#include <array>

#include "packet/checksum.hpp"

namespace cgn::packet {
namespace {

template <class... Values>
constexpr std::array<std::byte, sizeof...(Values)> bytes(Values... values) {
  return {static_cast<std::byte>(values)...};
}

}  // namespace

TEST_CASE("the example of RFC 1071 section 3 sums to ddf2") {
  static_assert(sum(bytes(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)) == 0xddf2);
  CHECK(checksum(bytes(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)) == 0x220d);
}

TEST_CASE("an odd last byte is the high half of a word") {
  CHECK(sum(bytes(0x12, 0x34, 0x56)) == 0x1234 + 0x5600);
  CHECK(sum(bytes(0x56)) == 0x5600);
  CHECK(sum({}) == 0);
}

TEST_CASE("the examples of RFC 1624 section 4 come out as equation 3 says") {
  CHECK(update(0xdd2f, 0x5555, 0x3285) == 0x0000);
  // Equation 1 of RFC 1141 gave 0xffff here, which was the bug.
  CHECK(update(0x0000, 0x3285, 0x5555) == 0xdd2f);
}

TEST_CASE("a change of 32 bits is two changes of 16") {
  CHECK(update32(0xdd2f, 0x64400007, 0xcb007101) == update(update(0xdd2f, 0x6440, 0xcb00), 0x0007, 0x7101));
}

TEST_CASE("changing nothing changes nothing") {
  for (const auto check : std::to_array<std::uint16_t>({0x0000, 0x0001, 0x7fff, 0x8000, 0xfffe})) {
    for (const auto word : std::to_array<std::uint16_t>({0x0000, 0x1234, 0xffff}))
      CHECK(update(check, word, word) == check);
  }
}

TEST_CASE("carries beyond sixteen bits are folded however many there are") {
  std::array<std::byte, 65534> ones{};
  ones.fill(std::byte{0xff});
  CHECK(sum(ones) == 0xffff);
  CHECK(sum(ones, 0xffffffff) == 0xffff);
}

}  // namespace cgn::packet
