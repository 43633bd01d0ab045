// SPDX-License-Identifier: Apache-2.0
// The slow path's own verdict counters.
//
// What        One writer (the brain's thread), any readers. `held` counts beside a frame's final verdict, so that
//             sum - held - (frames waiting now) = frames taken from AF_XDP.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "cgn/verdict.hpp"

namespace cgn::daemon {

class SlowPathCounters {
 public:
  void count(Verdict v) { counts_[v].fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::array<std::uint64_t, CGN_VERDICT_COUNT> read() const {
    std::array<std::uint64_t, CGN_VERDICT_COUNT> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = counts_[i].load(std::memory_order_relaxed);
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, CGN_VERDICT_COUNT> counts_{};
};

}  // namespace cgn::daemon
