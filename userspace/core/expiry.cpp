// SPDX-License-Identifier: Apache-2.0
#include "core/expiry.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace cgn::core {
namespace {

constexpr std::uint64_t kMostBuckets = 1U << 20;  // 12 days, 4 MiB a kind

std::uint32_t second_of(Stamp s) { return s / CGN_TICKS_PER_SECOND; }

}  // namespace

Expiry::Expiry(unsigned kinds, Duration longest)
    : buckets_{std::bit_ceil(std::clamp<std::uint64_t>(
          static_cast<std::uint64_t>(longest / std::chrono::seconds{1}) + 2, 64, kMostBuckets))},
      mask_{static_cast<std::uint32_t>(buckets_ - 1)},
      heads_(kinds * buckets_, kNone),
      cursors_(kinds, 0) {
  assert(kinds <= kIdle);
}

void Expiry::set(unsigned kind, Id id, Stamp deadline) {
  if (id >= timers_.size()) timers_.resize(id + 1);
  if (timers_[id].kind != kIdle) unlink(id);
  // The second after the deadline's own: when it begins, the deadline has passed. What is overdue goes to the bucket
  // that is taken next, because the wheel does not look back.
  const auto second = std::max(second_of(deadline) + 1, cursors_[kind]);
  auto& first = head(kind, second);
  auto& timer = timers_[id];
  timer.previous = kNone;
  timer.next = first;
  timer.second = second & 0x3fffffffU;
  timer.kind = kind & 3U;
  if (first != kNone) timers_[first].previous = id;
  first = id;
}

void Expiry::cancel(Id id) {
  if (id < timers_.size() && timers_[id].kind != kIdle) unlink(id);
}

void Expiry::unlink(Id id) {
  auto& timer = timers_[id];
  if (timer.previous == kNone) {
    head(timer.kind, timer.second) = timer.next;
  } else {
    timers_[timer.previous].next = timer.next;
  }
  if (timer.next != kNone) timers_[timer.next].previous = timer.previous;
  timer.kind = kIdle;
}

void Expiry::take(unsigned kind, Stamp now, std::size_t most, std::vector<Id>& out) {
  const auto current = second_of(now);
  auto& cursor = cursors_[kind];
  // After a long pause one turn of the wheel shows every bucket; more turns would show them again.
  if (current >= buckets_) cursor = std::max(cursor, static_cast<std::uint32_t>(current - buckets_ + 1));
  const auto limit = out.size() + most;
  for (; cursor <= current; ++cursor) {
    if (!take_bucket(kind, limit, out)) return;
  }
}

// False: `limit` ids are out and the bucket may hold more.
bool Expiry::take_bucket(unsigned kind, std::size_t limit, std::vector<Id>& out) {
  const auto cursor = cursors_[kind];
  for (Id id = head(kind, cursor); id != kNone;) {
    const Id next = timers_[id].next;
    if (timers_[id].second <= cursor) {
      if (out.size() >= limit) return false;
      unlink(id);
      out.push_back(id);
    }
    id = next;
  }
  return true;
}

}  // namespace cgn::core
