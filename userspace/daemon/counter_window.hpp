// SPDX-License-Identifier: Apache-2.0
// The verdict counters of the last seconds, so that a question can be answered with a rate.
//
// What        The daemon's housekeeping adds a sample every second; before() is the oldest of the last ten.
// Ownership   A passive value with a bound. Whoever shares it between threads locks it.
#pragma once

#include <deque>

#include "cgn/time.hpp"
#include "io/program.hpp"

namespace cgn::daemon {

struct CounterSample {
  Monotonic at{};
  io::Counters kernel{};
  io::Counters slow_path{};
};

class CounterWindow {
 public:
  static constexpr std::size_t kSamples = 11;  // ten intervals

  void add(const CounterSample& sample) {
    if (samples_.size() == kSamples) samples_.pop_front();
    samples_.push_back(sample);
  }
  // The oldest sample held; all zero before the first.
  [[nodiscard]] CounterSample before() const { return samples_.empty() ? CounterSample{} : samples_.front(); }

 private:
  std::deque<CounterSample> samples_;
};

}  // namespace cgn::daemon
