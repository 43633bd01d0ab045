// SPDX-License-Identifier: Apache-2.0
// An even stream: how many frames are due.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace cgn::blast {

// Invariant: granted() never runs ahead of rate x time since construction by more than one batch.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::uint64_t per_second) : per_second_{per_second}, begin_{Clock::now()} {}

  // Waits until at least one more is due; grants at most `most`.
  [[nodiscard]] std::uint64_t grant(std::uint64_t most) {
    auto due = due_now();
    while (due <= granted_) {
      std::this_thread::sleep_until(begin_ + std::chrono::nanoseconds{(granted_ + 1) * 1'000'000'000 / per_second_});
      due = due_now();
    }
    const auto now = std::min(most, due - granted_);
    granted_ += now;
    return now;
  }
  [[nodiscard]] Clock::duration elapsed() const { return Clock::now() - begin_; }

 private:
  [[nodiscard]] std::uint64_t due_now() const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed()).count();
    return static_cast<std::uint64_t>(us) * per_second_ / 1'000'000;
  }

  std::uint64_t per_second_;
  Clock::time_point begin_;
  std::uint64_t granted_ = 0;
};

}  // namespace cgn::blast
