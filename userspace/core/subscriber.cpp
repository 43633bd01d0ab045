// SPDX-License-Identifier: Apache-2.0
#include "core/subscriber.hpp"

#include <algorithm>
#include <utility>

namespace cgn::core {
namespace {

constexpr Duration kBurst = std::chrono::seconds{1};

// What one mapping takes of the bucket.
Duration step(unsigned per_second) { return kBurst / per_second; }

}  // namespace

bool RateLimit::allows(unsigned per_second, Monotonic now) const {
  if (per_second == 0) return true;
  return full_at_ + step(per_second) <= now + kBurst;
}

void RateLimit::spend(unsigned per_second, Monotonic now) {
  if (per_second == 0) return;
  full_at_ = std::max(full_at_, now) + step(per_second);
}

std::optional<SubscriberSlot> SubscriberTable::find(const SubscriberId& id) const {
  const auto found = index_.find(word_of(id));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

SubscriberSlot SubscriberTable::add(Subscriber s) {
  SubscriberSlot slot;
  if (free_.empty()) {
    slot = static_cast<SubscriberSlot>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  index_.emplace(word_of(s.id), slot);
  slots_[slot] = std::move(s);
  return slot;
}

void SubscriberTable::remove(SubscriberSlot slot) {
  index_.erase(word_of(slots_[slot].id));
  slots_[slot] = {};
  free_.push_back(slot);
}

}  // namespace cgn::core
