// SPDX-License-Identifier: Apache-2.0
// An upper and a lower mark on how full something is, with hysteresis between them.
//
// What        Told once when use rises to the upper mark and once when it has fallen to the lower one: what goes up and down
//             between the marks says nothing.
// RFC         8158 natEvent 18 (threshold reached) · 6888 REQ-11C
#pragma once

#include <cstdint>

#include "cgn/time.hpp"

namespace cgn::core {

struct Marks {
  unsigned high = 90;  // percent; 0: never
  unsigned low = 80;
};

class WaterMark {
 public:
  // True: it was just reached, or has just been cleared. Nothing of which there is none (most = 0) is ever full.
  [[nodiscard]] bool moved(std::uint64_t used, std::uint64_t most, Marks marks, WallTime now) {
    const bool above = marks.high > 0 && most > 0 && 100 * used >= std::uint64_t{marks.high} * most;
    const bool below = marks.high == 0 || 100 * used <= std::uint64_t{marks.low} * most;
    if (reached_ ? !below || above : !above) return false;
    reached_ = !reached_;
    since_ = now;
    return true;
  }
  [[nodiscard]] bool reached() const { return reached_; }
  [[nodiscard]] WallTime since() const { return since_; }

 private:
  bool reached_ = false;
  WallTime since_{};
};

}  // namespace cgn::core
