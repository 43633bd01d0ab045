// SPDX-License-Identifier: Apache-2.0
// Anchors: what has no port, a tunnel, stays in a block of its subscriber's all the same.
//
// What        The log says who had which ports of which address. Of a packet without ports it can say no more than who had
//             any of that address, so a tunnel must never use an address that its subscriber does not hold a block of. An
//             anchor keeps the block lent, and the first one is lent for it if there is none.
#include <algorithm>

#include "core/state.hpp"

namespace cgn::core {

// A durable one first: who has it need not wait.
std::optional<BlockSlot> Translator::State::block_to_anchor(const Subscriber& subscriber) const {
  std::optional<BlockSlot> pending;
  for (const auto slot : subscriber.blocks) {
    if (blocks[slot].durable()) return slot;
    if (blocks[slot].state == LoanState::pending && !pending) pending = slot;
  }
  return pending;
}

Anchor Translator::anchor(InternalAddress internal, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (s.awaits_start) return {.verdict = CGN_VERDICT_NO_JOURNAL};
  const auto match = s.rules.find(internal);
  if (!match) return {.verdict = CGN_VERDICT_NO_RULE};
  const auto known = s.subscribers.find(match->subscriber);
  const auto refuse = [&](Verdict v) { return Anchor{.verdict = s.refuse(v, *match, now, effects).verdict}; };
  if (const auto over = s.limit(known, now.mono); over != CGN_VERDICT_CONTINUE) return refuse(over);
  auto slot = known ? s.block_to_anchor(s.subscribers[*known]) : std::nullopt;
  if (!slot) {
    const auto loan = s.lend(*match, Proto::udp, now, effects);
    if (loan.verdict != CGN_VERDICT_CONTINUE) return refuse(loan.verdict);
    slot = loan.block;
  }
  auto& block = s.blocks[*slot];
  auto& subscriber = s.subscribers[block.subscriber];
  ++block.anchors;
  ++subscriber.anchors;
  ++s.anchor_count;
  subscriber.rate.spend(s.limits.new_mappings_per_second, now.mono);
  if (block.durable()) s.keep(*slot);
  return {.verdict = block.durable() ? CGN_VERDICT_TRANSLATED : CGN_VERDICT_HELD,
          .external = block.external,
          .ticket = block.ticket};
}

void Translator::State::lift_anchors(BlockSlot slot, unsigned count) {
  auto& block = blocks[slot];
  count = std::min(count, block.anchors);
  block.anchors -= count;
  subscribers[block.subscriber].anchors -= count;
  anchor_count -= count;
  if (count > 0) ++freed;
}

void Translator::lift_anchor(BlockTicket ticket, const Now& now, Effects& effects) {
  auto& s = *state_;
  const auto slot = s.blocks.find(ticket);
  if (!slot) return;
  s.lift_anchors(*slot, 1);
  s.emptied(*slot, now, effects);
}

std::optional<BlockTicket> Translator::adopt_anchor(InternalAddress internal, Ipv4 external) {
  auto& s = *state_;
  const auto match = s.rules.find(internal);
  auto known = match ? s.subscribers.find(match->subscriber) : std::nullopt;
  if (const auto own = match && !known ? s.computed_for(*match) : std::nullopt; own && own->external == external) {
    if (s.raise_computed(*match)) known = s.subscribers.find(match->subscriber);
  }
  if (!known) return std::nullopt;
  auto& subscriber = s.subscribers[*known];
  for (const auto slot : subscriber.blocks) {
    auto& block = s.blocks[slot];
    if (!block.durable() || block.external != external) continue;
    ++block.anchors;
    ++subscriber.anchors;
    ++s.anchor_count;
    return block.ticket;
  }
  return std::nullopt;
}

}  // namespace cgn::core
