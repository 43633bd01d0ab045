// SPDX-License-Identifier: Apache-2.0
// The core's only source of chance: ChaCha with 8 rounds, run as a generator.
//
// What        Ports must be hard to guess (RFC 6888 REQ-15), also for one who sees many of them. The state of xoshiro or a
//             Mersenne twister follows from a few outputs; the key of a stream cipher does not.
// Life-cycle  Seeded once by the daemon (from the kernel's entropy) or by a test (from a printed number): equal seeds
//             give equal streams.
#pragma once

#include <array>
#include <cstdint>

namespace cgn::core {

class Random {
 public:
  explicit Random(std::uint64_t seed);

  [[nodiscard]] std::uint64_t next();
  // Uniform in [0, count), without modulo bias. count > 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t count);

 private:
  void refill();

  std::array<std::uint32_t, 16> input_{};
  std::array<std::uint32_t, 16> output_{};
  unsigned used_ = 16;  // words of output_ that were given
};

}  // namespace cgn::core
