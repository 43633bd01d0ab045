// SPDX-License-Identifier: Apache-2.0
// Deadlines: what is due at `now`.
//
// What        A hashed timer wheel of one-second buckets, doubly linked through one array of 12 bytes per id. Setting and
//             cancelling cost O(1); taking costs what it yields plus the seconds that passed. An id has one deadline
//             of one kind at a time; each kind has its own buckets, so that one kind's backlog never delays another's.
// Life-cycle  Sized for the longest time-out of the config; a longer deadline is still right, its id is only passed over
//             once in every turn of the wheel.
// Failure     A deadline is never early. It is at most one second late: ageing needs no more, and the bucket's whole
//             second can be taken without comparing stamps.
#pragma once

#include <cstdint>
#include <vector>

#include "cgn/time.hpp"

namespace cgn::core {

// Ticks of the kernel's stamps in a duration, rounded up.
[[nodiscard]] constexpr Stamp ticks(Duration d) { return static_cast<Stamp>((d + kTick - Duration{1}) / kTick); }

class Expiry {
 public:
  using Id = std::uint32_t;

  Expiry(unsigned kinds, Duration longest);

  void reserve(std::size_t ids) { timers_.reserve(ids); }

  // Replaces the id's deadline, of whatever kind it was.
  void set(unsigned kind, Id, Stamp deadline);
  void cancel(Id);

  // Appends ids whose deadline lies before `now`, at most `most`; they have no deadline any more.
  void take(unsigned kind, Stamp now, std::size_t most, std::vector<Id>& out);

  // Whether an id that `wanted` says yes to can be taken by `until`. Looks at `most` ids at most; where there are more, the
  // answer is yes.
  template <class Wanted>
  [[nodiscard]] bool comes(unsigned kind, Stamp until, std::size_t most, Wanted wanted) const {
    const auto last = until / CGN_TICKS_PER_SECOND;
    for (auto second = cursors_[kind]; second <= last && second - cursors_[kind] < buckets_; ++second) {
      for (Id id = heads_[kind * buckets_ + (second & mask_)]; id != kNone; id = timers_[id].next) {
        if (most-- == 0) return true;
        if (timers_[id].second <= last && wanted(id)) return true;
      }
    }
    return false;
  }

 private:
  static constexpr Id kNone = ~Id{0};

  struct Timer {
    Id previous = kNone;  // kNone: first of its bucket
    Id next = kNone;
    std::uint32_t second : 30 = 0;  // when it is due
    std::uint32_t kind : 2 = kIdle;
  };
  static constexpr unsigned kIdle = 3;  // no deadline

  [[nodiscard]] Id& head(unsigned kind, std::uint32_t second) { return heads_[kind * buckets_ + (second & mask_)]; }
  void unlink(Id);
  [[nodiscard]] bool take_bucket(unsigned kind, std::size_t limit, std::vector<Id>& out);

  std::size_t buckets_;
  std::uint32_t mask_;
  std::vector<Id> heads_;
  std::vector<std::uint32_t> cursors_;  // of each kind: the first second not yet taken whole
  std::vector<Timer> timers_;
};

}  // namespace cgn::core
