// SPDX-License-Identifier: Apache-2.0
// What the kernel saw of a mapping, from its two entries.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cgn/time.hpp"

namespace cgn::core {

// One direction. `present` false: no such entry.
struct Seen {
  bool present = false;
  std::uint8_t bits = 0;  // CGN_SEEN_*
  Stamp last_seen = 0;
  Stamp last_data = 0;
  Stamp closed_at = 0;
};

struct SeenBoth {
  Seen outbound{};
  Seen inbound{};

  [[nodiscard]] std::uint8_t either() const { return outbound.bits | inbound.bits; }
  [[nodiscard]] std::uint8_t both() const { return outbound.bits & inbound.bits; }
  [[nodiscard]] Stamp last_seen() const { return std::max(outbound.last_seen, inbound.last_seen); }
  [[nodiscard]] Stamp last_data() const { return std::max(outbound.last_data, inbound.last_data); }
  [[nodiscard]] Stamp closed_at() const { return std::max(outbound.closed_at, inbound.closed_at); }
};

}  // namespace cgn::core
