// SPDX-License-Identifier: Apache-2.0
// Which requests were answered lately.
#include "radius/replies.hpp"

namespace cgn::radius {

void Replies::forget(Monotonic now) {
  while (!ages_.empty() && (ages_.size() > kMost || now - ages_.front().first >= kLife)) {
    const auto known = known_.find(ages_.front().second);
    // One that was dropped and came again is younger than this.
    if (known != known_.end() && known->second.since == ages_.front().first) known_.erase(known);
    ages_.pop_front();
  }
}

Replies::What Replies::take(const Key& key, Monotonic now) {
  forget(now);
  const auto [place, fresh] = known_.try_emplace(key, Known{.since = now});
  if (!fresh) return place->second.answer.empty() ? What::in_the_works : What::answered;
  ages_.emplace_back(now, key);
  return What::fresh;
}

void Replies::answered(const Key& key, std::vector<std::byte> answer) {
  if (const auto known = known_.find(key); known != known_.end()) known->second.answer = std::move(answer);
}

void Replies::dropped(const Key& key) { known_.erase(key); }

const std::vector<std::byte>* Replies::answer(const Key& key) const {
  const auto known = known_.find(key);
  return known == known_.end() || known->second.answer.empty() ? nullptr : &known->second.answer;
}

}  // namespace cgn::radius
