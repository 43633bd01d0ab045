// SPDX-License-Identifier: Apache-2.0
// After a restart: taking over the blocks that the log shows and the mappings that the kernel kept (decision 0009).
//
// What        Only what fits is adopted: a block must be a cut of today's config, its subscriber must be today's, and every
//             mapping must lie in an adopted block of its own subscriber. Limits are not applied: nothing live is evicted.
#include <algorithm>
#include <utility>

#include "config/statics.hpp"
#include "core/state.hpp"

namespace cgn::core {

std::optional<Translator::State::Place> Translator::State::place_of(const OpenBlock& open) const {
  const auto realm = config::find_realm(realms, open.realm);
  const auto match = realm ? rules.find({open.subscriber.address(), *realm}) : std::nullopt;
  if (!match || match->subscriber != SubscriberId{open.subscriber, *realm}) return std::nullopt;
  const auto& pool = pools[match->pool];
  if (pool.policy().name != open.pool) return std::nullopt;
  const auto spot = pool.find(open.external, open.ports);
  if (!spot) return std::nullopt;
  // Where first blocks are computed, a lent one is an extension on its subscriber's own address.
  const auto own = computed_for(*match);
  if (own && (own->external != open.external || pool.is_first(*spot))) return std::nullopt;
  const auto subscriber = subscribers.find(match->subscriber);
  if (subscriber && !may_have(subscribers[*subscriber], match->pool, *spot)) return std::nullopt;
  return Place{*match, *spot};
}

bool Translator::adopt_block(const OpenBlock& open, const Now& now) {
  auto& s = *state_;
  if (open.pool == config::kStaticPool) return s.statics.adopt_block(open);
  const auto refuse = [&] {
    rest_block(open.external, open.ports, now.mono);
    return false;
  };
  const auto place = s.place_of(open);
  if (!place) return refuse();
  auto slot = s.blocks.at(open.external, open.ports.first);
  if (slot && s.blocks[*slot].state != LoanState::resting) {
    const auto holder = s.subscribers[s.blocks[*slot].subscriber].id;
    return holder == place->match.subscriber || refuse();  // the same row twice
  }
  if (slot) {
    s.leave_rest(*slot);  // released, and lent again since
  } else {
    auto& pool = s.pools[place->match.pool];
    if (!pool.take(place->spot)) return refuse();
    slot = s.new_block(place->match.pool, place->spot);
  }
  s.begin_loan(*slot, place->match, open.allocated_at);
  s.blocks[*slot].state = LoanState::held;
  --s.pending_loans;
  return true;
}

// Cuts may have changed with the config: whatever shares a port with these rests.
void Translator::rest_block(Ipv4 external, PortRange ports, Monotonic since) {
  auto& s = *state_;
  for (std::uint32_t i = 0; i < s.pools.size(); ++i) {
    auto& pool = s.pools[i];
    const auto until = stamp_of(since) + ticks(pool.policy().block_hold_down);
    for (const auto spot : pool.overlapping(external, ports)) s.rest_spot(i, spot, until);
  }
}

// Unless somebody has it.
void Translator::State::rest_spot(std::uint32_t index, Spot spot, Stamp until) {
  auto& pool = pools[index];
  if (pool.take(spot)) return put_to_rest(new_block(index, spot), until);
  const auto slot = blocks.at(pool.address(spot), pool.ports(spot).first);
  const auto& block = blocks[*slot];
  if (block.state != LoanState::resting || block.rest_until >= until) return;
  leave_rest(*slot);
  put_to_rest(*slot, until);
}

std::optional<BlockSlot> Translator::State::block_of(Endpoint external) const {
  for (const auto& pool : pools) {
    for (const auto spot : pool.overlapping(external.address, {external.port, external.port})) {
      return blocks.at(external.address, pool.ports(spot).first);
    }
  }
  return std::nullopt;
}

// The port is the mapping's own, or one that connections share and nobody uses towards this remote.
bool Translator::State::adopt_port(Block& block, const MappingView& found) {
  if (found.session && overloads.shares(found.external)) {
    return !mappings.find_session_outside(found.external, found.remote);
  }
  return block.ports.take(found.proto, found.external.port);
}

std::optional<MappingId> Translator::State::namesake(const MappingView& found) const {
  return found.session ? mappings.find_session(found.internal, found.remote)
                       : mappings.find_internal(found.proto, found.internal);
}

bool Translator::adopt_mapping(const MappingView& found, const SeenBoth& seen, const Now& now) {
  auto& s = *state_;
  if ((found.features & CGN_FEATURE_STATIC) != 0) return s.statics.adopt_mapping(found);
  // Its end has become a static mapping's.
  if (s.statics.find_internal(found.proto, found.internal)) return false;
  const auto match = s.rules.find(found.internal.host());
  const auto slot = match ? s.adopted_block(*match, found.external) : std::nullopt;
  if (!match || !slot || !s.blocks[*slot].durable()) return false;
  auto& block = s.blocks[*slot];
  auto& subscriber = s.subscribers[block.subscriber];
  if (subscriber.id != match->subscriber || s.mappings.full()) return false;
  if (found.session && !s.overloaded(block.pool, found.proto)) return false;  // the kernel would not find it any more
  if (s.namesake(found) || !s.adopt_port(block, found)) return false;
  const auto id = s.mappings.add(Mapping{.internal_address = found.internal.address,
                                         .external_address = found.external.address,
                                         .remote_address = found.remote.address,
                                         .block = *slot,
                                         .internal_port = found.internal.port,
                                         .external_port = found.external.port,
                                         .remote_port = found.remote.port,
                                         .proto = found.proto,
                                         .realm = found.internal.realm,
                                         .features = found.features,
                                         .seen = 0,
                                         .state = MappingState::live,
                                         .session = found.session});
  if (found.session) s.overloads.begin(id, s.mappings[id], block.ports);
  ++subscriber.mappings[found.proto];
  ++s.mapping_counts[found.proto];
  // Its sessions so far went uncounted with the daemon that knew them.
  if (found.proto == Proto::tcp && (seen.either() & CGN_SEEN_SHARED) != 0) s.sessions.begin_incomplete(id);
  // What ended while the daemon was away is judged at the next sweep, not here.
  s.look_again(id, s.lifetime(id, seen), stamp_of(now.mono));
  return true;
}

void Translator::rest_port(const FreedPort& freed, Monotonic since) {
  auto& s = *state_;
  const auto match = s.rules.find(freed.internal.host());
  const auto slot = match ? s.adopted_block(*match, freed.external) : std::nullopt;
  if (!match || !slot || !s.blocks[*slot].durable()) return;
  auto& block = s.blocks[*slot];
  if (s.subscribers[block.subscriber].id != match->subscriber || s.mappings.full()) return;
  const MappingView was{.proto = freed.proto,
                        .internal = freed.internal,
                        .external = freed.external,
                        .remote = freed.remote.value_or(Endpoint{}),
                        .session = freed.remote && s.overloaded(block.pool, freed.proto)};
  if (!s.adopt_port(block, was)) return;  // in use again
  // Its endpoint may have moved on to another port: then this one rests for nobody, under a name no endpoint has.
  const auto other = s.namesake(was);
  const bool live = other && s.mappings[*other].state != MappingState::resting;
  if (other && !live) s.mappings.forget_endpoint(*other);
  const auto owner = live ? InternalEndpoint{was.external, kNowhere} : was.internal;
  const auto id = s.mappings.add(Mapping{.internal_address = owner.address,
                                         .external_address = was.external.address,
                                         .remote_address = was.remote.address,
                                         .block = *slot,
                                         .internal_port = owner.port,
                                         .external_port = was.external.port,
                                         .remote_port = was.remote.port,
                                         .proto = was.proto,
                                         .realm = owner.realm,
                                         .state = MappingState::live,
                                         .session = was.session});
  if (was.session) s.overloads.begin(id, s.mappings[id], block.ports);
  s.lay_port_to_rest(id);
  s.mappings.rest(id);
  if (live) s.mappings.forget_endpoint(id);
  const auto until = stamp_of(since) + ticks(s.pools[block.pool].policy().port_hold_down);
  s.mapping_deadlines.set(State::kPortRest, MappingTable::slot_of(id), until);
}

void Translator::finish_adoption(const Now& now, Effects& effects, Rests rests) {
  auto& s = *state_;
  std::vector<BlockSlot> adopted;
  s.blocks.each_loan(0, ~std::size_t{0}, [&](BlockSlot slot) { adopted.push_back(slot); });
  for (const auto slot : adopted) {
    auto& block = s.blocks[slot];
    if (!block.durable()) continue;
    const auto rest = s.pools[block.pool].policy().port_hold_down;
    if (rests == Rests::unknown && rest > Duration::zero()) {
      block.ports.rest_free_ports();
      s.resting_anew.emplace_back(stamp_of(now.mono) + ticks(rest), slot);
    }
    if (!block.computed) s.journal(BlockEventKind::continued, slot, now, effects);
    s.go_live(slot, effects);
  }
  if (rests == Rests::unknown) s.rests_unknown_since = now.mono;
  std::ranges::sort(s.resting_anew);
  for (const auto slot : adopted) s.emptied(slot, now, effects);
  s.statics.tell(now, effects);
  if (!s.awaits_start) s.statics.begin(now, effects);
}

void Translator::await_start() { state_->awaits_start = true; }
bool Translator::awaits_start() const { return state_->awaits_start; }

void Translator::start_recorded(const Now& now, Effects& effects) {
  if (std::exchange(state_->awaits_start, false)) state_->statics.begin(now, effects);
}

}  // namespace cgn::core
