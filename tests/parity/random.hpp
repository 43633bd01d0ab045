// SPDX-License-Identifier: Apache-2.0
// Numbers for packets: small, fast and the same on every machine for the same seed.
//
// What        SplitMix64. A chapter has a generator of its own, made of the run's seed and the chapter's number, so that
//             any chapter can be played again without those before it.
// Ownership   A value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cgn::parity {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  std::uint64_t word() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned bound) { return static_cast<unsigned>((word() >> 32) * bound >> 32); }
  unsigned between(unsigned first, unsigned last) { return first + below(last - first + 1); }
  bool one_in(unsigned n) { return below(n) == 0; }
  bool percent(unsigned n) { return below(100) < n; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(word() >> 56); }

  // Words of all zeros and all ones are where ones' complement is treacherous.
  std::uint16_t half_word() {
    if (one_in(16)) return one_in(2) ? 0 : 0xffff;
    return static_cast<std::uint16_t>(word() >> 48);
  }

  template <class List>
  const auto& of(const List& list) {
    return list[below(static_cast<unsigned>(std::size(list)))];
  }

 private:
  std::uint64_t state_;
};

// Of one chapter of a run.
[[nodiscard]] inline Random random_of(std::uint64_t seed, std::uint64_t chapter) {
  Random mixed{seed ^ (chapter * 0xd1342543de82ef95u)};
  return Random{mixed.word()};
}

}  // namespace cgn::parity
