// SPDX-License-Identifier: Apache-2.0
// Another customer behind an address: nobody inherits a mapping, a port or a block.
//
// What        What the former one had ends at once and for good: mappings as by an operator's order, packets that wait for a
//             block are dropped with it, and the blocks go back without linger. Until the log has said so they are
//             *former*: nobody gets ports of them. At rest they are nobody's home, so the address of the former holder takes none
//             of them back either: 120 s as for every other subscriber. A computed block is the address's for ever; it
//             rests as long, without a row. What the config gives stays (statics.cpp).
#include <algorithm>

#include "core/state.hpp"

namespace cgn::core {

std::size_t Translator::end_customer(const SubscriberId& id, const Now& now, Effects& effects) {
  auto& s = *state_;
  s.forget_home(id);
  const auto subscriber = s.subscribers.find(id);
  if (!subscriber) return 0;
  std::size_t ended = 0;
  const auto held = s.subscribers[*subscriber].blocks;
  for (const auto slot : held) {
    auto& block = s.blocks[slot];
    block.former = true;
    if (block.state == LoanState::releasing) continue;
    if (block.computed) {
      ended += s.end_mappings(slot, effects);
      block.state = LoanState::releasing;
      s.rest_if_former(slot, now, effects);
      continue;
    }
    ended += block.state == LoanState::pending ? s.abandon(slot, effects) : s.end_mappings(slot, effects);
    s.release(slot, now, effects);
  }
  return ended;
}

// A block at rest that this subscriber could have come home to.
void Translator::State::forget_home(const SubscriberId& id) {
  const auto home = homes.find(word_of(id));
  if (home == homes.end()) return;
  blocks[home->second].last_holder.reset();
  homes.erase(home);
}

std::size_t Translator::State::end_mappings(BlockSlot slot, Effects& effects) {
  std::size_t ended = 0;
  for (const auto id : mappings_in(slot)) {
    if (mappings[id].state != MappingState::live) continue;
    clear(id, effects);
    ++ended;
  }
  return ended;
}

// Of a block whose row is not yet synced: nothing was sent on it, and nothing will be.
std::size_t Translator::State::abandon(BlockSlot slot, Effects& effects) {
  const auto pending = mappings_in(slot);
  for (const auto id : pending) undo_mapping(id);
  lift_anchors(slot, blocks[slot].anchors);
  effects.emplace_back(ReleaseHeld{.ticket = blocks[slot].ticket, .verdict = CGN_VERDICT_NO_MAPPING});
  --pending_loans;
  return pending.size();
}

// Whatever it still holds is on its way back: it is as good as a stranger.
bool Translator::State::is_new_customer(const Subscriber& subscriber) const {
  return std::ranges::all_of(subscriber.blocks, [&](BlockSlot slot) { return blocks[slot].former; });
}

}  // namespace cgn::core
