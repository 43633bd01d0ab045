// SPDX-License-Identifier: Apache-2.0
// The subscribers that hold blocks: where each is paired, what it holds, how fast it may go on.
//
// Life-cycle  A record begins with its first block and ends with its last. Strangers leave no trace here, so a scan of
//             unused internal addresses costs no memory.
// Ownership   A record is named by its slot. Slots are used again.
// RFC         4787 REQ-2 (paired) · 6888 REQ-2, REQ-4
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "cgn/realm.hpp"
#include "cgn/time.hpp"
#include "core/hash.hpp"
#include "core/per_proto.hpp"

namespace cgn::core {

using BlockSlot = std::uint32_t;
using SubscriberSlot = std::uint32_t;
inline constexpr SubscriberSlot kNobody = ~SubscriberSlot{0};

// New mappings per second (RFC 6888 REQ-4C), with a burst of one second's worth. The time at which the bucket would be
// full again is all that it must remember. A rate of 0 allows everything.
class RateLimit {
 public:
  [[nodiscard]] bool allows(unsigned per_second, Monotonic now) const;
  void spend(unsigned per_second, Monotonic now);

 private:
  Monotonic full_at_{};
};

struct Subscriber {
  SubscriberId id{{}, kNowhere};
  std::uint32_t pool = 0;
  std::uint32_t address = 0;        // index in the pool: of its first block, and, paired, of all its blocks
  std::vector<BlockSlot> blocks{};  // in the order of their loans
  PerProto<unsigned> mappings{};
  unsigned anchors = 0;
  std::uint64_t refused = 0;  // packets, since the record began
  RateLimit rate{};
  bool live = false;  // the hands were told that it holds a durable block
  // For reclaiming (remedies.cpp): mappings that were closing when they were looked at, the oldest last; where the next
  // look begins, and when it is allowed.
  std::vector<std::uint32_t> closing{};
  std::size_t look_from = 0;
  Monotonic look_at{};
};

class SubscriberTable {
 public:
  [[nodiscard]] Subscriber& operator[](SubscriberSlot s) { return slots_[s]; }
  [[nodiscard]] const Subscriber& operator[](SubscriberSlot s) const { return slots_[s]; }
  [[nodiscard]] std::optional<SubscriberSlot> find(const SubscriberId&) const;
  [[nodiscard]] std::size_t size() const { return index_.size(); }

  SubscriberSlot add(Subscriber);
  void remove(SubscriberSlot);

 private:
  std::deque<Subscriber> slots_;
  std::vector<SubscriberSlot> free_;
  tsl::robin_map<std::uint64_t, SubscriberSlot, MixHash> index_;  // by id
};

}  // namespace cgn::core
