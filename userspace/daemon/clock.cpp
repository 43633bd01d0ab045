// SPDX-License-Identifier: Apache-2.0
// The one place that reads clocks.
#include "daemon/clock.hpp"

#include <ctime>

namespace cgn::daemon {
namespace {

Duration read(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

}  // namespace

Now now() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return Now{.mono = Monotonic{read(CLOCK_MONOTONIC_COARSE)},
             .wall = WallTime{duration_cast<milliseconds>(read(CLOCK_REALTIME))},
             .boot = duration_cast<milliseconds>(read(CLOCK_BOOTTIME))};
}

}  // namespace cgn::daemon
