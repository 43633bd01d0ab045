// SPDX-License-Identifier: Apache-2.0
// The one place that reads clocks.
//
// What        now() takes the three clocks of a decision together. The monotonic one is the COARSE clock, because that is
//             what the kernel program stamps entries with: a finer one here would make fresh stamps look like the future.
#pragma once

#include "cgn/time.hpp"

namespace cgn::daemon {

[[nodiscard]] Now now();

}  // namespace cgn::daemon
