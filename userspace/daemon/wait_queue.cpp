// SPDX-License-Identifier: Apache-2.0
// First packets that wait for a port.
#include "daemon/wait_queue.hpp"

#include <algorithm>

namespace cgn::daemon {

bool WaitQueue::wait(PortWaiter frame) {
  if (frames_.size() >= kTotal || flows_.contains({frame.proto, frame.internal})) return false;
  const auto of_subscriber = per_subscriber_.find(frame.internal.host());
  if (of_subscriber != per_subscriber_.end() && of_subscriber->second >= kPerSubscriber) return false;
  ++per_subscriber_[frame.internal.host()];
  flows_.emplace(frame.proto, frame.internal);
  frames_.push_back(std::move(frame));
  return true;
}

std::vector<PortWaiter> WaitQueue::take_all() {
  flows_.clear();
  per_subscriber_.clear();
  return std::exchange(frames_, {});
}

std::size_t WaitQueue::forget(const SubscriberId& internal) {
  const auto gone = std::erase_if(frames_, [&](const PortWaiter& f) { return internal.contains(f.internal.host()); });
  std::erase_if(flows_, [&](const auto& flow) { return internal.contains(flow.second.host()); });
  std::erase_if(per_subscriber_, [&](const auto& entry) { return internal.contains(entry.first); });
  return gone;
}

bool WaitQueue::due(Monotonic now) const {
  return std::ranges::any_of(frames_, [now](const PortWaiter& f) { return f.until <= now; });
}

}  // namespace cgn::daemon
