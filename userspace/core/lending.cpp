// SPDX-License-Identifier: Apache-2.0
// Blocks: lent on demand, journalled before use, taken back after their linger, rested before another gets them.
//
// What        The first block goes last: while a subscriber holds any other, its first block stays, so that no subscriber
//             is ever paired with an address that has no first block for it (decision 0010).
#include <algorithm>
#include <cassert>
#include <utility>

#include "core/state.hpp"

namespace cgn::core {
namespace {

// How long a release that the log refused waits for its next try.
constexpr Duration kReleaseRetry = std::chrono::seconds{10};

}  // namespace

// --- finding one -----------------------------------------------------------------------------------------------------

// A durable block before a pending one, and old ones first: so the young ones run empty and go back.
std::optional<BlockSlot> Translator::State::block_with_free_port(const Subscriber& subscriber, Proto proto) const {
  std::optional<BlockSlot> pending;
  for (const auto slot : subscriber.blocks) {
    const auto& block = blocks[slot];
    if (block.ports.free(proto) == 0) continue;
    if (block.durable()) return slot;
    if (block.state == LoanState::pending && !pending) pending = slot;
  }
  return pending;
}

unsigned Translator::State::blocks_held(const Subscriber& s) const {
  return static_cast<unsigned>(
      std::ranges::count_if(s.blocks, [&](BlockSlot slot) { return blocks[slot].state != LoanState::releasing; }));
}

bool Translator::State::holds_first(const Subscriber& s) const {
  return std::ranges::any_of(
      s.blocks, [&](BlockSlot slot) { return blocks[slot].first && blocks[slot].state != LoanState::releasing; });
}

Verdict Translator::State::may_lend(const RuleBook::Match& match, std::optional<SubscriberSlot> subscriber) const {
  if (const auto verdict = may_hold(match, subscriber); verdict != CGN_VERDICT_CONTINUE) return verdict;
  return journal_fails && pending_loans > 0 ? CGN_VERDICT_NO_JOURNAL : CGN_VERDICT_CONTINUE;
}

// One block more, or its first.
Verdict Translator::State::may_hold(const RuleBook::Match& match, std::optional<SubscriberSlot> subscriber) const {
  const auto& pool = pools[match.pool];
  if (subscriber) {
    const auto most = std::max(1U, pool.policy().max_blocks_per_subscriber);
    if (blocks_held(subscribers[*subscriber]) >= most) return CGN_VERDICT_BLOCK_LIMIT;
  } else {
    const bool all = limits.subscribers > 0 && subscribers.size() >= limits.subscribers;
    if (all || pool_use[match.pool].subscribers >= pool.max_subscribers()) return CGN_VERDICT_SUBSCRIBER_LIMIT;
  }
  return CGN_VERDICT_CONTINUE;
}

// A block with a free port of this protocol.
Translator::State::Loan Translator::State::lend(const RuleBook::Match& match, Proto proto, const Now& now,
                                                Effects& effects) {
  if (const auto own = take_computed(match, now, effects)) return {.block = *own};
  const auto known = subscribers.find(match.subscriber);
  if (const auto verdict = may_lend(match, known); verdict != CGN_VERDICT_CONTINUE) return {.verdict = verdict};
  const auto* subscriber = known && !is_new_customer(subscribers[*known]) ? &subscribers[*known] : nullptr;
  auto block = take_home(match, proto, subscriber);
  if (!block) block = take_free(match, subscriber);
  if (!block) return {.verdict = CGN_VERDICT_POOL_FULL};
  begin_loan(*block, match, now.wall);
  journal(BlockEventKind::allocated, *block, now, effects);
  return {.block = *block};
}

// Its own first block back out of its rest: a full pool must not refuse the very subscriber it guarantees a block.
std::optional<BlockSlot> Translator::State::take_home(const RuleBook::Match& match, Proto proto,
                                                      const Subscriber* subscriber) {
  const auto home = homes.find(word_of(match.subscriber));
  if (home == homes.end()) return std::nullopt;
  const auto slot = home->second;
  const auto& block = blocks[slot];
  const bool elsewhere =
      subscriber != nullptr && (holds_first(*subscriber) || !may_have(*subscriber, block.pool, block.spot));
  // Its ports may all be at rest themselves, if an operator cleared it a moment ago.
  if (elsewhere || block.pool != match.pool || block.ports.free(proto) == 0) return std::nullopt;
  leave_rest(slot);
  return slot;
}

std::optional<BlockSlot> Translator::State::take_free(const RuleBook::Match& match, const Subscriber* subscriber) {
  auto& pool = pools[match.pool];
  std::optional<Spot> spot;
  const bool computed = plans[match.pool].has_value();
  if (subscriber == nullptr) {
    spot = computed ? take_overflow(match) : pool.take_first(random);
  } else {
    if (!holds_first(*subscriber) && !computed) spot = pool.take_first_at(subscriber->address, random);
    if (!spot) spot = pool.take_extension_at(subscriber->address, random);
    if (!spot && pool.policy().pooling == config::Pooling::arbitrary) spot = pool.take_extension(random);
  }
  if (!spot) return std::nullopt;
  return new_block(match.pool, *spot);
}

BlockSlot Translator::State::new_block(std::uint32_t index, Spot spot) {
  const auto& pool = pools[index];
  return blocks.add({.ports = PortBlock{pool.ports(spot)},
                     .external = pool.address(spot),
                     .pool = index,
                     .spot = spot,
                     .first = pool.is_first(spot)});
}

// Paired: only on its own address (RFC 4787 REQ-2).
bool Translator::State::may_have(const Subscriber& subscriber, std::uint32_t pool, Spot spot) const {
  return subscriber.address == spot.address || pools[pool].policy().pooling == config::Pooling::arbitrary;
}

// --- a loan's life ---------------------------------------------------------------------------------------------------

// A pending loan of a block that is in nobody's hands.
void Translator::State::begin_loan(BlockSlot slot, const RuleBook::Match& match, WallTime allocated_at) {
  auto& block = blocks[slot];
  auto subscriber = subscribers.find(match.subscriber);
  if (!subscriber) {
    subscriber = subscribers.add({.id = match.subscriber, .pool = match.pool, .address = block.spot.address});
    ++pool_use[match.pool].subscribers;
  }
  assert(is_new_customer(subscribers[*subscriber]) || may_have(subscribers[*subscriber], block.pool, block.spot));
  if (block.first) subscribers[*subscriber].address = block.spot.address;
  for (const auto other : subscribers[*subscriber].blocks) {
    if (blocks[other].first) keep(other);
  }
  subscribers[*subscriber].blocks.push_back(slot);
  block.subscriber = *subscriber;
  block.state = LoanState::pending;
  block.allocated_at = allocated_at;
  blocks.begin_loan(slot);
  count(slot, +1);
  ++pending_loans;
}

void Translator::State::count(BlockSlot slot, int direction) {
  const auto& block = blocks[slot];
  auto& use = pool_use[block.pool];
  auto& held = block.first ? use.first_held : use.extension_held;
  auto& resting = block.first ? use.first_resting : use.extension_resting;
  (block.state == LoanState::resting ? resting : held) += static_cast<std::uint64_t>(direction);
}

void Translator::State::journal(BlockEventKind kind, BlockSlot slot, const Now& now, Effects& effects) const {
  const auto& block = blocks[slot];
  effects.emplace_back(Journal{.ticket = block.ticket,
                               .event = {.kind = kind,
                                         .subscriber = subscribers[block.subscriber].id,
                                         .realm = config::log_name(realms, subscribers[block.subscriber].id.realm),
                                         .external = block.external,
                                         .ports = block.ports.ports(),
                                         .pool = pools[block.pool].policy().name,
                                         .allocated_at = block.allocated_at,
                                         .at = now}});
}

void Translator::block_recorded(BlockTicket ticket, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (s.statics.recorded(ticket, now, effects)) return;
  const auto slot = s.blocks.find(ticket);
  if (!slot || s.blocks[*slot].state != LoanState::pending) return;
  s.journal_fails = false;
  --s.pending_loans;
  auto& block = s.blocks[*slot];
  block.state = LoanState::held;
  for (const auto id : s.mappings_in(*slot)) s.install(id, now.mono, effects);
  s.go_live(*slot, effects);
  effects.emplace_back(ReleaseHeld{.ticket = ticket, .verdict = CGN_VERDICT_TRANSLATED});
  s.emptied(*slot, now, effects);
}

void Translator::block_unrecorded(BlockTicket ticket, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (s.statics.unrecorded(ticket, now, effects)) return;
  const auto slot = s.blocks.find(ticket);
  if (!slot || s.blocks[*slot].state != LoanState::pending) return;
  s.journal_fails = true;
  --s.pending_loans;
  for (const auto id : s.mappings_in(*slot)) s.undo_mapping(id);
  s.lift_anchors(*slot, s.blocks[*slot].anchors);
  effects.emplace_back(ReleaseHeld{.ticket = ticket, .verdict = CGN_VERDICT_NO_JOURNAL});
  // It rests although nothing was sent: should its row become durable after all, it must not name a block of another's.
  // Nor may its holder come home to it, whose new row would stand beside the late one.
  s.end_loan(*slot, now, effects);
  s.put_to_rest(*slot, stamp_of(now.mono) + ticks(s.hold_down(*slot)));
}

// Durable, and so far unknown to the hands.
void Translator::State::go_live(BlockSlot slot, Effects& effects) {
  auto& block = blocks[slot];
  auto& subscriber = subscribers[block.subscriber];
  if (!std::exchange(subscriber.live, true)) {
    effects.emplace_back(SubscriberLive{.subscriber = subscriber.id, .live = true});
  }
  block.announced = true;
  effects.emplace_back(AddressLent{.external = block.external, .lent = true});
}

// Nothing was installed and nothing sent, so the port needs no rest.
void Translator::State::undo_mapping(MappingId id) {
  const auto& m = mappings[id];
  --subscribers[blocks[m.block].subscriber].mappings[m.proto];
  --mapping_counts[m.proto];
  free_port(id);
  ++freed;
  sessions.end(id);
  mappings.remove(id);
}

std::vector<MappingId> Translator::State::mappings_in(BlockSlot slot) const {
  const auto& block = blocks[slot];
  std::vector<MappingId> found;
  for (const auto proto : kProtos) {
    block.ports.each_taken(proto, [&](Port port) {
      for (const auto id : mappings_at(block, proto, port)) found.push_back(id);
    });
  }
  return found;
}

// It is wanted again: it lingers no more.
void Translator::State::keep(BlockSlot slot) {
  auto& block = blocks[slot];
  block.no_linger = false;
  if (block.state != LoanState::lingering) return;
  block.state = LoanState::held;
  block_deadlines.cancel(slot);
}

void Translator::State::emptied(BlockSlot slot, const Now& now, Effects& effects) {
  auto& block = blocks[slot];
  if (block.computed) return rest_if_former(slot, now, effects);
  if (block.state != LoanState::held || block.ports.used() > 0 || block.anchors > 0) return;
  if (block.first && subscribers[block.subscriber].blocks.size() > 1) return;
  block.state = LoanState::lingering;
  const auto linger = pools[block.pool].policy().block_linger;
  if (block.no_linger || linger == Duration::zero()) return release(slot, now, effects);
  block_deadlines.set(kBlockEmpty, slot, stamp_of(now.mono) + ticks(linger));
}

void Translator::State::release(BlockSlot slot, const Now& now, Effects& effects) {
  block_deadlines.cancel(slot);
  blocks[slot].state = LoanState::releasing;
  journal(BlockEventKind::released, slot, now, effects);
}

void Translator::release_recorded(BlockTicket ticket, const Now& now, Effects& effects) {
  auto& s = *state_;
  const auto slot = s.blocks.find(ticket);
  if (!slot || s.blocks[*slot].state != LoanState::releasing) return;
  auto& block = s.blocks[*slot];
  const auto holder = s.subscribers[block.subscriber].id;
  s.block_deadlines.cancel(*slot);
  const bool former = block.former;
  s.end_loan(*slot, now, effects);
  s.put_to_rest(*slot, stamp_of(now.mono) + ticks(s.hold_down(*slot)));
  if (!block.first || former) return;
  block.last_holder = holder;
  s.homes[word_of(holder)] = *slot;
}

void Translator::release_unrecorded(BlockTicket ticket, const Now& now) {
  auto& s = *state_;
  const auto slot = s.blocks.find(ticket);
  if (!slot || s.blocks[*slot].state != LoanState::releasing) return;
  auto& block = s.blocks[*slot];
  const auto most = std::max(1U, s.pools[block.pool].policy().max_blocks_per_subscriber);
  // Of use again, unless its subscriber has got another in its place, or is gone.
  if (!block.former && s.blocks_held(s.subscribers[block.subscriber]) < most) block.state = LoanState::lingering;
  s.block_deadlines.set(State::kBlockEmpty, *slot, stamp_of(now.mono) + ticks(kReleaseRetry));
}

// The block leaves its subscriber, who leaves with its last.
void Translator::State::end_loan(BlockSlot slot, const Now& now, Effects& effects) {
  auto& block = blocks[slot];
  assert(block.ports.used() == 0 && block.anchors == 0);
  count(slot, -1);
  blocks.end_loan(slot);
  if (std::exchange(block.announced, false)) {
    effects.emplace_back(AddressLent{.external = block.external, .lent = false});
  }
  const auto holder = std::exchange(block.subscriber, kNobody);
  auto& subscriber = subscribers[holder];
  std::erase(subscriber.blocks, slot);
  if (subscriber.blocks.size() == 1) emptied(subscriber.blocks.front(), now, effects);
  if (!subscriber.blocks.empty()) return;
  if (subscriber.live) effects.emplace_back(SubscriberLive{.subscriber = subscriber.id, .live = false});
  --pool_use[block.pool].subscribers;
  ++freed;
  subscribers.remove(holder);
}

// --- rest ------------------------------------------------------------------------------------------------------------

Duration Translator::State::hold_down(BlockSlot slot) const {
  return pools[blocks[slot].pool].policy().block_hold_down;
}

void Translator::State::put_to_rest(BlockSlot slot, Stamp until) {
  auto& block = blocks[slot];
  block.state = LoanState::resting;
  block.no_linger = false;
  block.former = false;
  block.rest_over = false;
  block.rest_until = until;
  count(slot, +1);
  block_deadlines.set(kBlockRest, slot, until);
}

// It is in nobody's hands for the moment.
void Translator::State::leave_rest(BlockSlot slot) {
  auto& block = blocks[slot];
  assert(block.state == LoanState::resting);
  count(slot, -1);
  block_deadlines.cancel(slot);
  if (!block.last_holder) return;
  const auto home = homes.find(word_of(*block.last_holder));
  if (home != homes.end() && home->second == slot) homes.erase(home);
  block.last_holder.reset();
}

void Translator::State::free_if_rested(BlockSlot slot) {
  const auto& block = blocks[slot];
  if (block.state != LoanState::resting || !block.rest_over || !block.ports.all_free()) return;
  leave_rest(slot);
  pools[block.pool].give_back(block.spot);
  ++freed;
  blocks.remove(slot);
}

}  // namespace cgn::core
