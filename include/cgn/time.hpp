// SPDX-License-Identifier: Apache-2.0
// Time is an argument.
//
// What        The three clocks of a decision, taken once per batch by the daemon and handed down (decision 0015):
//             Monotonic for ages (CLOCK_MONOTONIC_COARSE, the clock whose 1/16 s the kernel stamps), WallTime for the
//             legal log (CLOCK_REALTIME, milliseconds), BootTime beside it (CLOCK_BOOTTIME, milliseconds).
// Ownership   Nobody below userspace/daemon/ reads a clock. Tests write at(121s).
#pragma once

#include <chrono>
#include <cstdint>

#include "cgn/abi.h"

namespace cgn {

using Duration = std::chrono::nanoseconds;

struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using Monotonic = MonotonicClock::time_point;

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using BootTime = std::chrono::milliseconds;  // since boot, suspend included

struct Now {
  Monotonic mono{};
  WallTime wall{};
  BootTime boot{};
  friend bool operator==(const Now&, const Now&) = default;
};

// Stamp: 1/16 s of the monotonic clock, as in cgn_entry. 32 bits last 8.5 years of uptime.
using Stamp = std::uint32_t;

inline constexpr Duration kTick = Duration{std::chrono::seconds{1}} / CGN_TICKS_PER_SECOND;
static_assert(kTick == std::chrono::microseconds{62'500});

[[nodiscard]] constexpr Stamp stamp_of(Monotonic t) { return static_cast<Stamp>(t.time_since_epoch() / kTick); }
[[nodiscard]] constexpr Monotonic time_of(Stamp s) { return Monotonic{kTick * s}; }

// For tests: an instant this long after a fixed origin, all clocks moving together.
[[nodiscard]] constexpr Now at(Duration since_origin) {
  using namespace std::chrono;
  const auto ms = duration_cast<milliseconds>(since_origin);
  return Now{.mono = Monotonic{hours{1} + since_origin},
             .wall = WallTime{milliseconds{1'795'158'000'000} + ms},
             .boot = hours{1} + ms};
}

}  // namespace cgn
