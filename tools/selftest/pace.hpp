// SPDX-License-Identifier: Apache-2.0
// How long a second of a row is.
//
// What        Rows race timers of seconds, and wait seconds for what must come. On a processor that is emulated both are
//             too short. CGN_PATIENCE=N (1 unless given) makes a second of a row N seconds of the world, timers of the
//             device included, so that rows and device stay in step and no row has to know.
// Ownership   Reads the environment; holds nothing.
// Failure     What is no number from 1 to 60 counts as 1.
#pragma once

#include <chrono>
#include <cstdlib>

namespace cgn::selftest {

[[nodiscard]] inline int pace() {
  const char* wanted = std::getenv("CGN_PATIENCE");
  const int factor = wanted == nullptr ? 1 : std::atoi(wanted);
  return factor >= 1 && factor <= 60 ? factor : 1;
}

// A row's time, in the world's.
template <class Rep, class Period>
[[nodiscard]] std::chrono::duration<Rep, Period> paced(std::chrono::duration<Rep, Period> time) {
  return time * pace();
}

}  // namespace cgn::selftest
