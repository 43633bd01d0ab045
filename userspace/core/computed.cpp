// SPDX-License-Identifier: Apache-2.0
// Computed blocks: the first blocks of deterministic pools, which nobody lends (RFC 7422, docs/deterministic.md).
//
// What        Its first block is its subscriber's for good: it neither lingers nor is released, and no row tells of it. The
//             record of it comes up with its first packet, or with what a start finds of it, and stays. All else is as
//             in any pool: ports rest, and further blocks are lent on the same address, from behind the first blocks.
// Failure     After a change of parameters a block that was another's rests; until then its subscriber gets extensions.
#include <algorithm>
#include <cassert>

#include "core/state.hpp"

namespace cgn::core {

std::optional<ComputedBlock> Translator::State::computed_for(const RuleBook::Match& match) const {
  const auto& plan = plans[match.pool];
  if (!plan) return std::nullopt;
  return plan->forward(config::log_name(realms, match.subscriber.realm), match.subscriber.address());
}

// Whose the block at this spot is by today's parameters.
std::optional<ComputedBlock> Translator::State::computed_at(std::uint32_t pool, Spot spot) const {
  const auto& plan = plans[pool];
  return plan ? plan->reverse({pools[pool].address(spot), pools[pool].ports(spot).first}).block : std::nullopt;
}

// Its own first block. nullopt: the pool computes none, it has it already, its limit is reached, or the block rests.
std::optional<BlockSlot> Translator::State::take_computed(const RuleBook::Match& match, const Now& now,
                                                          Effects& effects) {
  if (!plans[match.pool]) return std::nullopt;
  const auto known = subscribers.find(match.subscriber);
  if (known && holds_first(subscribers[*known])) return std::nullopt;
  if (may_hold(match, known) != CGN_VERDICT_CONTINUE) return std::nullopt;
  const auto slot = raise_computed(match);
  if (!slot) return std::nullopt;
  const auto rest = pools[match.pool].policy().port_hold_down;
  if (rests_unknown_since && rest > Duration::zero() && now.mono < *rests_unknown_since + rest) {
    blocks[*slot].ports.rest_free_ports();
    const std::pair until{stamp_of(*rests_unknown_since) + ticks(rest), *slot};
    resting_anew.insert(std::ranges::upper_bound(resting_anew, until), until);
  }
  go_live(*slot, effects);
  // Of no use yet: let an extension serve.
  return blocks[*slot].ports.free(Proto::udp) > 0 ? slot : std::nullopt;
}

// The record of a block that has none. nullopt: it rests.
std::optional<BlockSlot> Translator::State::raise_computed(const RuleBook::Match& match) {
  const auto own = computed_for(match);
  const auto spot = own ? pools[match.pool].find(own->external, own->ports) : std::nullopt;
  assert(spot.has_value());
  if (!spot || !pools[match.pool].take(*spot)) return std::nullopt;
  const auto slot = new_block(match.pool, *spot);
  begin_loan(slot, match, computed_since);
  --pending_loans;
  blocks[slot].state = LoanState::held;
  blocks[slot].computed = true;
  return slot;
}

// Nobody else can have it, so it stays where it is; but the next customer behind its address must wait for it. No row said that
// it was given, and none may say that it was taken.
void Translator::State::rest_if_former(BlockSlot slot, const Now& now, Effects& effects) {
  const auto& block = blocks[slot];
  if (!block.former || block.ports.used() > 0 || block.anchors > 0) return;
  end_loan(slot, now, effects);
  put_to_rest(slot, stamp_of(now.mono) + ticks(hold_down(slot)));
}

// The block that has this port, if need be the subscriber's own, which no row of the log told of.
std::optional<BlockSlot> Translator::State::adopted_block(const RuleBook::Match& match, Endpoint external) {
  if (const auto slot = block_of(external)) return slot;
  const auto own = computed_for(match);
  const bool inside = own && own->external == external.address && own->ports.contains(external.port);
  return inside ? raise_computed(match) : std::nullopt;
}

// An extension for who cannot have its own block yet.
std::optional<Spot> Translator::State::take_overflow(const RuleBook::Match& match) {
  auto& pool = pools[match.pool];
  return pool.take_extension_at(*pool.index_of(computed_for(match)->external), random);
}

void Translator::compute_since(WallTime since) { state_->computed_since = since; }

void Translator::rest_former(const DeterministicPlan& former, Monotonic until, Duration rest) {
  auto& s = *state_;
  const auto end = stamp_of(until) + ticks(rest);
  for (std::uint64_t n = 0; n < former.subscribers(); ++n) {
    const auto was = former.block(n);
    for (std::uint32_t i = 0; i < s.pools.size(); ++i) {
      for (const auto spot : s.pools[i].overlapping(was.external, was.ports)) {
        const auto holder = s.computed_at(i, spot);
        if (holder && holder->subscriber == was.subscriber && holder->realm == was.realm) continue;
        s.rest_spot(i, spot, end);
        if (!s.plans[i]) s.offer_home(*s.blocks.at(was.external, s.pools[i].ports(spot).first), was);
      }
    }
  }
}

// Where first blocks are lent now, who had this one may have it back at once, unless two had it.
void Translator::State::offer_home(BlockSlot slot, const ComputedBlock& was) {
  auto& block = blocks[slot];
  const auto realm = config::find_realm(realms, was.realm);
  const bool same = block.first && block.ports.ports() == was.ports;
  if (!realm || !same || block.state != LoanState::resting) return;
  const SubscriberId holder{was.subscriber, *realm};
  if (block.last_holder == holder) return;
  if (block.last_holder) {
    homes.erase(word_of(*block.last_holder));
    block.last_holder.reset();
    return;
  }
  block.last_holder = holder;
  homes[word_of(holder)] = slot;
}

// What operators are shown of a block that has no record yet.
std::optional<BlockView> Translator::State::unused_block_of(InternalAddress internal) const {
  const auto match = rules.find(internal);
  const auto own = match ? computed_for(*match) : std::nullopt;
  const auto known = match ? subscribers.find(match->subscriber) : std::nullopt;
  if (!own || (known && holds_first(subscribers[*known]))) return std::nullopt;
  return BlockView{.subscriber = match->subscriber,
                   .external = own->external,
                   .ports = own->ports,
                   .pool = pools[match->pool].policy().name,
                   .state = BlockState::held,
                   .computed = true,
                   .allocated_at = computed_since};
}

}  // namespace cgn::core
