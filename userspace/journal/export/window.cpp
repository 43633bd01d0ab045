// SPDX-License-Identifier: Apache-2.0
// What was sent on a stream and may yet have to be sent again.
#include "journal/export/window.hpp"

namespace cgn::journal {

void Window::acknowledged(std::uint64_t octets, Monotonic now) {
  for (auto& batch : waiting_) {
    if (batch.octets > octets) break;
    if (!batch.acknowledged) batch.since = now;
    batch.acknowledged = true;
  }
  while (!waiting_.empty() && waiting_.front().acknowledged && now - waiting_.front().since >= repeat_) {
    next_ = waiting_.front().seq + 1;
    waiting_.pop_front();
  }
}

}  // namespace cgn::journal
