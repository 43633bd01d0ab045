// SPDX-License-Identifier: Apache-2.0
// The truth that a payload carries: who sent it, before any translation.
//
// What        32 bytes (magic, internal endpoint, a check over them, sequence, time) and a filler that follows from the
//             sequence, so that a single changed byte anywhere shows. What a test knows about a packet comes from here
//             and never from cgnd.
// Failure     Bytes without the magic are foreign: somebody else's packet. With it, anything odd is damage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cgn/net.hpp"

namespace cgn::blast {

inline constexpr std::size_t kTruthSize = 32;

struct Truth {
  Endpoint internal{};
  std::uint64_t sequence = 0;
  std::uint64_t sent_ns = 0;  // of the sender's steady clock
};

enum class TruthState { foreign, damaged, whole };

struct Reading {
  TruthState state = TruthState::foreign;
  Truth truth{};
};

// Fills the whole payload, which must have room for kTruthSize bytes.
void write_truth(const Truth&, std::span<std::byte> payload);
[[nodiscard]] Reading read_truth(std::span<const std::byte> payload);

}  // namespace cgn::blast
