// SPDX-License-Identifier: Apache-2.0
// The blocks that are lent or at rest: whose each is, and how far its loan has come.
//
// What        One record per block that is not free, found by slot, by ticket (its present loan) and by place.
// Life-cycle  pending -> held <-> lingering -> releasing -> resting -> free
//             pending: its row is not yet synced. lingering: durable and empty. releasing: the row of its release is not
//             yet synced; nobody gets ports of it. resting: released less than block_hold_down ago, and until the last
//             port's own rest is over; only its last holder may have it back before.
// Ownership   One owner per block, for all protocols (decision 0010).
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "cgn/events.hpp"
#include "core/effects.hpp"
#include "core/hash.hpp"
#include "core/pool.hpp"
#include "core/port_block.hpp"
#include "core/subscriber.hpp"

namespace cgn::core {

enum class LoanState : std::uint8_t { pending, held, lingering, releasing, resting };

struct Block {
  PortBlock ports;
  Ipv4 external{};
  std::uint32_t pool = 0;
  Spot spot{};
  bool first = true;
  bool computed = false;  // the first block of a deterministic pool: held for good, without a row
  LoanState state = LoanState::pending;
  BlockTicket ticket = 0;               // 0 while resting
  SubscriberSlot subscriber = kNobody;  // kNobody while resting
  WallTime allocated_at{};
  unsigned anchors = 0;                       // of what has no port and still needs the address on record
  bool no_linger = false;                     // goes back as soon as it is empty: an operator cleared its subscriber
  bool former = false;                        // on its way back from a customer who is gone: nobody gets ports of it
  bool announced = false;                     // the hands were told that its address is lent
  bool rest_over = false;                     // resting: only ports' own rests still keep it
  Stamp rest_until = 0;                       // resting
  std::optional<SubscriberId> last_holder{};  // resting: who may have it back

  // Mappings may be made in it, which live at once.
  [[nodiscard]] bool durable() const { return state == LoanState::held || state == LoanState::lingering; }
};

class BlockTable {
 public:
  [[nodiscard]] Block& operator[](BlockSlot s) { return *slots_[s]; }
  [[nodiscard]] const Block& operator[](BlockSlot s) const { return *slots_[s]; }

  // The ports must not overlap another record's. No ticket yet.
  BlockSlot add(Block);
  void remove(BlockSlot);
  [[nodiscard]] std::optional<BlockSlot> at(Ipv4 external, Port first) const;

  void begin_loan(BlockSlot);  // a new ticket
  void end_loan(BlockSlot);    // its ticket is not used again
  [[nodiscard]] std::optional<BlockSlot> find(BlockTicket) const;
  // Loans in order of ticket, from `after` on.
  template <class Visit>
  void each_loan(BlockTicket after, std::size_t most, Visit visit) const {
    for (auto loan = loans_.upper_bound(after); loan != loans_.end() && most > 0; ++loan, --most) visit(loan->second);
  }

 private:
  std::deque<std::optional<Block>> slots_;
  std::vector<BlockSlot> free_;
  std::map<BlockTicket, BlockSlot> loans_;
  BlockTicket last_ticket_ = 0;
  tsl::robin_map<std::uint64_t, BlockSlot, MixHash> places_;  // by external address and first port
};

}  // namespace cgn::core
