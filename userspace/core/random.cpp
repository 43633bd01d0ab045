// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <bit>
#include <cassert>

namespace cgn::core {
namespace {

// Spreads a 64-bit seed over the cipher's key (the finaliser of SplitMix64).
std::uint64_t spread(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

void quarter_round(std::array<std::uint32_t, 16>& s, std::array<unsigned, 4> at) {
  auto& [a, b, c, d] = at;
  s[a] += s[b], s[d] = std::rotl(s[d] ^ s[a], 16);
  s[c] += s[d], s[b] = std::rotl(s[b] ^ s[c], 12);
  s[a] += s[b], s[d] = std::rotl(s[d] ^ s[a], 8);
  s[c] += s[d], s[b] = std::rotl(s[b] ^ s[c], 7);
}

}  // namespace

Random::Random(std::uint64_t seed) {
  input_ = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (std::size_t word = 4; word < 12; word += 2) {
    const auto key = spread(seed);
    input_[word] = static_cast<std::uint32_t>(key);
    input_[word + 1] = static_cast<std::uint32_t>(key >> 32);
  }
}

void Random::refill() {
  output_ = input_;
  for (int double_round = 0; double_round < 4; ++double_round) {
    for (unsigned i = 0; i < 4; ++i) quarter_round(output_, {i, i + 4, i + 8, i + 12});
    for (unsigned i = 0; i < 4; ++i) quarter_round(output_, {i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4});
  }
  for (std::size_t i = 0; i < output_.size(); ++i) output_[i] += input_[i];
  if (++input_[12] == 0) ++input_[13];
  used_ = 0;
}

std::uint64_t Random::next() {
  if (used_ >= output_.size()) refill();
  const std::uint64_t low = output_[used_];
  const std::uint64_t high = output_[used_ + 1];
  used_ += 2;
  return high << 32 | low;
}

std::uint32_t Random::below(std::uint32_t count) {
  assert(count > 0);
  // Lemire's multiplication: the high half is the answer, the few low halves that would bias it are thrown away.
  const std::uint32_t biased = -count % count;
  for (;;) {
    const std::uint64_t product = (next() >> 32) * count;
    if (static_cast<std::uint32_t>(product) >= biased) return static_cast<std::uint32_t>(product >> 32);
  }
}

}  // namespace cgn::core
