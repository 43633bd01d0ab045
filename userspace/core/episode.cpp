// SPDX-License-Identifier: Apache-2.0
#include "core/episode.hpp"

namespace cgn::core {
namespace {

std::uint64_t key_of(Verdict v, const Prefix& p) {
  return std::uint64_t{p.address().host()} << 32 | std::uint64_t{p.length()} << 8 | static_cast<std::uint8_t>(v);
}

}  // namespace

bool Episodes::begins(Verdict verdict, const Prefix& subscriber, Monotonic now) {
  forget_quiet(now);
  const auto key = key_of(verdict, subscriber);
  if (const auto known = last_refusal_.find(key); known != last_refusal_.end()) {
    const bool anew = now - known->second >= kQuiet;
    known.value() = now;
    return anew;
  }
  if (last_refusal_.size() >= kMost) return false;
  last_refusal_.emplace(key, now);
  watches_.push_back({now + kQuiet, key});
  return true;
}

// A few at a time: each refusal pays for the ends of at most two episodes.
void Episodes::forget_quiet(Monotonic now) {
  for (int i = 0; i < 2 && !watches_.empty() && watches_.front().look_at <= now; ++i) {
    const auto watch = watches_.front();
    watches_.pop_front();
    const auto last = last_refusal_.at(watch.key);
    if (now - last >= kQuiet) {
      last_refusal_.erase(watch.key);
    } else {
      watches_.push_back({now + kQuiet, watch.key});
    }
  }
}

}  // namespace cgn::core
