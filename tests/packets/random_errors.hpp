// SPDX-License-Identifier: Apache-2.0
// Random ICMP errors from outside about kErrorSource's packets: damaged, and most of them summed again, so that the damage
// gets past the checksums.
//
// Ownership   A generator; one seed, one sequence.
// Failure     None. Independent of the code under test, as the builder is.
#pragma once

#include <random>

#include "packets/icmp_errors.hpp"

namespace cgn::test {

inline constexpr Endpoint kErrorSource = at_port(kPoolAddress, 40000);  // whose packets are quoted, in every protocol

class RandomErrors {
 public:
  explicit RandomErrors(std::uint32_t seed) : random_{seed} {}

  // A packet by way of the error that quotes it: the error, and what it would be if the packet had had another source.
  struct Pair {
    Bytes told, restored;
  };
  [[nodiscard]] Pair whole(Endpoint restored);
  [[nodiscard]] Bytes damaged();

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }

 private:
  struct Recipe;
  [[nodiscard]] Recipe recipe();
  void damage(Bytes& frame);

  std::mt19937 random_;
};

}  // namespace cgn::test
