// SPDX-License-Identifier: Apache-2.0
// Frames that wait for their port block's row.
#include "daemon/hold_queue.hpp"

#include <algorithm>

namespace cgn::daemon {

bool HoldQueue::hold(core::BlockTicket ticket, HeldFrame frame) {
  if (total_ >= kTotal) return false;
  auto& of_subscriber = per_subscriber_[frame.mapping.internal.host()];
  if (of_subscriber >= kPerSubscriber) return false;
  auto& queue = queues_[ticket];
  const auto of_mapping =
      std::ranges::count_if(queue, [&](const HeldFrame& f) { return f.mapping.id == frame.mapping.id; });
  if (static_cast<std::size_t>(of_mapping) >= kPerMapping) return false;
  ++of_subscriber;
  ++total_;
  queue.push_back(std::move(frame));
  return true;
}

std::vector<HeldFrame> HoldQueue::take(core::BlockTicket ticket) {
  auto node = queues_.extract(ticket);
  if (node.empty()) return {};
  for (const auto& frame : node.mapped()) {
    const auto of_subscriber = per_subscriber_.find(frame.mapping.internal.host());
    if (--of_subscriber->second == 0) per_subscriber_.erase(of_subscriber);
  }
  total_ -= node.mapped().size();
  return std::move(node.mapped());
}

}  // namespace cgn::daemon
