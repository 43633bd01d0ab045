// SPDX-License-Identifier: Apache-2.0
#include "core/episode.hpp"

namespace cgn::core {
namespace {

std::uint64_t key_of(Verdict v, const SubscriberId& s) { return word_of(s) << 8 | static_cast<std::uint8_t>(v); }

}  // namespace

bool Episodes::refused(Verdict verdict, const SubscriberId& subscriber, std::uint32_t pool, const Now& now) {
  const auto key = key_of(verdict, subscriber);
  if (const auto known = running_.find(key); known != running_.end()) {
    known.value().last = now.mono;
    ++known.value().refused;
    return false;
  }
  if (running_.size() >= kMost) return false;
  running_.emplace(key, Episode{verdict, subscriber, pool, now.wall, now.mono, 1});
  watches_.push_back({now.mono + kQuiet, key});
  return true;
}

void Episodes::over(Monotonic now, std::size_t most, std::vector<Episode>& out) {
  for (; most > 0 && !watches_.empty() && watches_.front().look_at <= now; --most) {
    const auto watch = watches_.front();
    watches_.pop_front();
    const auto episode = running_.at(watch.key);
    if (now - episode.last >= kQuiet) {
      running_.erase(watch.key);
      out.push_back(episode);
    } else {
      watches_.push_back({now + kQuiet, watch.key});
    }
  }
}

}  // namespace cgn::core
