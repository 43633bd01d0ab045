// SPDX-License-Identifier: Apache-2.0
// How keys are spread over the core's hash tables.
//
// What        The tables mask the low bits, and consecutive addresses and ports are the rule, so every bit of the key must
//             reach the low ones (the finaliser of MurmurHash3). Where strangers choose the keys, a secret salt goes in
//             first, so that nobody can aim at one bucket.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cgn::core {

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t k) {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccdU;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53U;
  return k ^ (k >> 33);
}

struct MixHash {
  [[nodiscard]] std::size_t operator()(std::uint64_t k) const { return mix(k); }
};

}  // namespace cgn::core
