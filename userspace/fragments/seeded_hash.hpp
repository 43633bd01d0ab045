// SPDX-License-Identifier: Apache-2.0
// A hash that nobody can aim at without its seed.
//
// What        Strangers choose most bits of a datagram's key, so two words are spread with a secret before each (the
//             finaliser of MurmurHash3). The tables are bounded besides, so that even a lucky aim costs little.
#pragma once

#include <cstdint>

namespace cgn::fragments {

[[nodiscard]] constexpr std::uint64_t spread(std::uint64_t k) {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccdU;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53U;
  return k ^ (k >> 33);
}

[[nodiscard]] constexpr std::uint64_t seeded_hash(std::uint64_t seed, std::uint64_t first, std::uint64_t second) {
  return spread(spread(first ^ seed) ^ second ^ spread(~seed));
}

}  // namespace cgn::fragments
