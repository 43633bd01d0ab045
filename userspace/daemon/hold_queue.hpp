// SPDX-License-Identifier: Apache-2.0
// Frames that wait for their port block's row to be synced to disk (decision 7).
//
// What        A queue per pending block, in order of arrival: at most 4 frames a mapping, 16 a subscriber, 4096 in all.
// Life-cycle  hold() while the block is pending; take() once, when it became durable or was given up.
// Ownership   Owns copies of the frames, punt header included: the UMEM goes back to the kernel at once.
// Failure     hold() that would pass a bound says false and keeps nothing; the caller counts hold_full.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/effects.hpp"

namespace cgn::daemon {

struct HeldFrame {
  core::MappingView mapping;
  unsigned queue = 0;  // of the hand that received it
  unsigned port = 0;   // it came in by
  std::vector<std::byte> bytes{};
};

class HoldQueue {
 public:
  static constexpr std::size_t kPerMapping = 4;
  static constexpr std::size_t kPerSubscriber = 16;
  static constexpr std::size_t kTotal = 4096;

  [[nodiscard]] bool hold(core::BlockTicket, HeldFrame);
  // All frames of the block, in order; the queue forgets them.
  [[nodiscard]] std::vector<HeldFrame> take(core::BlockTicket);
  [[nodiscard]] std::size_t size() const { return total_; }

 private:
  std::unordered_map<core::BlockTicket, std::vector<HeldFrame>> queues_;
  std::map<InternalAddress, std::size_t> per_subscriber_;
  std::size_t total_ = 0;
};

}  // namespace cgn::daemon
