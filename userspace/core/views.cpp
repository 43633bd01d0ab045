// SPDX-License-Identifier: Apache-2.0
// What operators see.
#include <algorithm>

#include "core/state.hpp"

namespace cgn::core {
namespace {

BlockState shown(LoanState s) {
  switch (s) {
    case LoanState::pending: return BlockState::pending;
    case LoanState::held: return BlockState::held;
    case LoanState::lingering: return BlockState::lingering;
    case LoanState::releasing: return BlockState::releasing;
    case LoanState::resting: break;  // has no ticket, so nobody asks
  }
  return BlockState::releasing;
}

// Of the transports that few people use; `count` says it of one.
template <class Count>
auto of_others(Count count) {
  return count(Proto::udplite) + count(Proto::dccp) + count(Proto::sctp);
}

}  // namespace

BlockView Translator::State::block_view(BlockSlot slot) const {
  const auto& b = blocks[slot];
  return {.ticket = b.ticket,
          .subscriber = subscribers[b.subscriber].id,
          .external = b.external,
          .ports = b.ports.ports(),
          .pool = pools[b.pool].policy().name,
          .state = shown(b.state),
          .first = b.first,
          .computed = b.computed,
          .allocated_at = b.computed ? computed_since : b.allocated_at,
          .used_tcp = b.ports.used(Proto::tcp),
          .used_udp = b.ports.used(Proto::udp),
          .used_icmp = b.ports.used(Proto::icmp),
          .resting_tcp = b.ports.resting(Proto::tcp),
          .resting_udp = b.ports.resting(Proto::udp),
          .resting_icmp = b.ports.resting(Proto::icmp),
          .used_other = of_others([&](Proto p) { return b.ports.used(p); }),
          .resting_other = of_others([&](Proto p) { return b.ports.resting(p); })};
}

std::vector<BlockView> Translator::blocks(BlockTicket after, std::size_t most) const {
  std::vector<BlockView> out;
  state_->blocks.each_loan(after, most, [&](BlockSlot slot) { out.push_back(state_->block_view(slot)); });
  const auto given = state_->statics.blocks(after, most - out.size());
  out.insert(out.end(), given.begin(), given.end());
  return out;
}

std::vector<BlockView> Translator::blocks_of(InternalAddress internal) const {
  const auto& s = *state_;
  auto out = s.statics.blocks_of(internal);
  const auto match = s.rules.find(internal);
  const auto subscriber = match ? s.subscribers.find(match->subscriber) : std::nullopt;
  if (const auto own = s.unused_block_of(internal)) out.push_back(*own);
  if (!subscriber) return out;
  for (const auto slot : s.subscribers[*subscriber].blocks) out.push_back(s.block_view(slot));
  return out;
}

std::vector<StaticView> Translator::statics() const { return state_->statics.views(); }

std::optional<SubscriberView> Translator::subscriber(InternalAddress internal) const {
  const auto& s = *state_;
  const auto match = s.rules.find(internal);
  if (!match) return std::nullopt;
  const auto& pool = s.pools[match->pool];
  SubscriberView view{
      .id = match->subscriber, .pool = pool.policy().name, .max_blocks = pool.policy().max_blocks_per_subscriber};
  if (const auto own = s.computed_for(*match)) view.external = own->external;
  const auto slot = s.subscribers.find(match->subscriber);
  if (!slot) return view;
  const auto& subscriber = s.subscribers[*slot];
  view.external = pool.address({subscriber.address, 0});
  view.blocks = static_cast<unsigned>(subscriber.blocks.size());
  view.tcp = subscriber.mappings[Proto::tcp];
  view.udp = subscriber.mappings[Proto::udp];
  view.icmp = subscriber.mappings[Proto::icmp];
  view.other = of_others([&](Proto p) { return subscriber.mappings[p]; });
  view.refused = subscriber.refused;
  return view;
}

std::vector<PoolView> Translator::pools() const {
  const auto& s = *state_;
  std::vector<PoolView> out;
  for (std::size_t i = 0; i < s.pools.size(); ++i) {
    const auto& pool = s.pools[i];
    const auto& use = s.pool_use[i];
    out.push_back({.name = pool.policy().name,
                   .addresses = pool.policy().address_count(),
                   .block_size = pool.policy().block_size,
                   .extension_block_size = pool.policy().extension_block_size,
                   .first_blocks = pool.first_blocks(),
                   .first_held = use.first_held,
                   .first_resting = use.first_resting,
                   .extension_blocks = pool.extension_blocks(),
                   .extension_held = use.extension_held,
                   .extension_resting = use.extension_resting,
                   .subscribers = use.subscribers,
                   .max_subscribers = pool.max_subscribers(),
                   .ratio = s.plans[i] ? s.plans[i]->parameters().ratio() : 0});
  }
  return out;
}

std::size_t Translator::mapping_count() const { return state_->mapping_counts.sum(); }
std::size_t Translator::mapping_count(Proto proto) const { return state_->mapping_counts[proto]; }
std::size_t Translator::subscriber_count() const { return state_->subscribers.size(); }

}  // namespace cgn::core
