// SPDX-License-Identifier: Apache-2.0
// Ends: which mappings are over, what becomes of their ports, and what operators end by hand.
#include <algorithm>
#include <cassert>

#include "core/state.hpp"

namespace cgn::core {
namespace {

// How soon a mapping comes again that due() named and judge() was not asked about.
constexpr Duration kUnanswered = std::chrono::seconds{10};

}  // namespace

Lifetime Translator::State::lifetime(MappingId id, SeenBoth seen) const {
  const auto& m = mappings[id];
  seen.outbound.bits |= m.seen;
  seen = refreshing(seen, m.features);
  if (m.proto == Proto::tcp) {
    if (const auto shared = sessions.lifetime_of(id, seen)) return *shared;
    // Shared while nobody counted its sessions: the long timer.
    if ((seen.either() & CGN_SEEN_SHARED) != 0) return established(seen, timeouts);
  }
  return lifetime_of(m.proto, m.features, seen, timeouts);
}

// An end of a TCP session is the kernel's knowledge alone until its mapping is looked at. Looked at every tcp_closing, no
// end is found later than the mapping must go; waiting for an established session's own deadline would hold its port for
// two hours.
void Translator::State::look_again(MappingId id, const Lifetime& life, Stamp now) {
  const bool may_end_sooner = mappings[id].proto == Proto::tcp && life.state != SessionState::closing;
  const auto when = may_end_sooner ? std::min(life.deadline, now + ticks(timeouts.tcp_closing)) : life.deadline;
  mapping_deadlines.set(kLife, MappingTable::slot_of(id), when);
}

void Translator::due(const Now& now, std::size_t most, std::vector<MappingView>& out) {
  auto& s = *state_;
  const auto stamp = stamp_of(now.mono);
  s.due.clear();
  s.mapping_deadlines.take(State::kLife, stamp, most, s.due);
  for (const auto slot : s.due) {
    s.mapping_deadlines.set(State::kLife, slot, stamp + ticks(kUnanswered));
    out.push_back(s.view(s.mappings.id_at(slot)));
  }
}

void Translator::judge(MappingId id, const SeenBoth& seen, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (!s.mappings.knows(id) || s.mappings[id].state != MappingState::live) return;
  const auto life = s.lifetime(id, seen);
  if (const auto stamp = stamp_of(now.mono); !life.over(stamp)) return s.look_again(id, life, stamp);
  s.mapping_deadlines.cancel(MappingTable::slot_of(id));
  s.mappings[id].state = MappingState::removing;
  effects.emplace_back(RemoveMapping{.mapping = s.view(id)});
}

void Translator::mapping_removed(MappingId id, const SeenBoth& final, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (!s.mappings.knows(id)) return;
  const auto state = s.mappings[id].state;
  const bool by_order = state == MappingState::clearing;
  const bool reclaimed = state == MappingState::reclaiming;
  if (state != MappingState::removing && !by_order && !reclaimed) return;
  const auto life = s.lifetime(id, final);
  const bool over = life.over(stamp_of(now.mono)) || (reclaimed && life.state == SessionState::closing);
  if (!by_order && !over) {
    s.mappings[id].state = MappingState::live;
    s.look_again(id, life, stamp_of(now.mono));
    effects.emplace_back(InstallMapping{.mapping = s.view(id), .seen_at = now.mono});
    return;
  }
  // Both ends know that the session is over: no stray packet can come (RFC 6888 REQ-8A).
  s.end_mapping(id, life.state != SessionState::closing, now, effects);
}

void Translator::State::end_mapping(MappingId id, bool rest, const Now& now, Effects& effects) {
  const auto& m = mappings[id];
  const auto slot = m.block;
  auto& block = blocks[slot];
  const auto hold_down = pools[block.pool].policy().port_hold_down;
  --subscribers[block.subscriber].mappings[m.proto];
  --mapping_counts[m.proto];
  sessions.end(id);
  ++freed;
  if (rest && hold_down > Duration::zero()) {
    lay_port_to_rest(id);
    mappings.rest(id);
    mapping_deadlines.set(kPortRest, MappingTable::slot_of(id), stamp_of(now.mono) + ticks(hold_down));
  } else {
    free_port(id);
    mappings.remove(id);
  }
  emptied(slot, now, effects);
}

// --- time passes -----------------------------------------------------------------------------------------------------

void Translator::tick(const Now& now, std::size_t most, Effects& effects) {
  const auto stamp = stamp_of(now.mono);
  state_->end_port_rests(stamp, most);
  state_->end_anew_rests(stamp, most);
  state_->end_block_times(now, most, effects);
  state_->end_episodes(now, most, effects);
  state_->check_marks(now, effects);
  state_->statics.tick(now, effects);
}

void Translator::State::end_port_rests(Stamp now, std::size_t most) {
  due.clear();
  mapping_deadlines.take(kPortRest, now, most, due);
  for (const auto slot : due) {
    const auto id = mappings.id_at(slot);
    const auto& m = mappings[id];
    assert(m.state == MappingState::resting);
    const auto block = m.block;
    end_port_rest(id);
    mappings.remove(id);
    ++freed;
    free_if_rested(block);
  }
}

void Translator::State::end_anew_rests(Stamp now, std::size_t most) {
  for (; most > 0 && !resting_anew.empty() && resting_anew.front().first < now; --most) {
    const auto slot = resting_anew.front().second;
    resting_anew.pop_front();
    // No block that rests anew is freed before: the slot is still the same block's.
    blocks[slot].ports.end_rest_of_free_ports();
    ++freed;
    free_if_rested(slot);
  }
}

void Translator::State::end_block_times(const Now& now, std::size_t most, Effects& effects) {
  const auto stamp = stamp_of(now.mono);
  due.clear();
  block_deadlines.take(kBlockRest, stamp, most, due);
  for (const auto slot : due) {
    blocks[slot].rest_over = true;
    free_if_rested(slot);
  }
  due.clear();
  block_deadlines.take(kBlockEmpty, stamp, most, due);
  for (const auto slot : due) release(slot, now, effects);
}

// --- operators -------------------------------------------------------------------------------------------------------

void Translator::State::clear(MappingId id, Effects& effects) {
  mapping_deadlines.cancel(MappingTable::slot_of(id));
  mappings[id].state = MappingState::clearing;
  effects.emplace_back(RemoveMapping{.mapping = view(id)});
}

std::size_t Translator::clear_subscriber(const SubscriberId& id, const Now& now, Effects& effects) {
  auto& s = *state_;
  const auto subscriber = s.subscribers.find(id);
  if (!subscriber) return 0;
  std::size_t cleared = 0;
  const auto held = s.subscribers[*subscriber].blocks;
  for (const auto slot : held) {
    auto& block = s.blocks[slot];
    if (!block.durable()) continue;  // nothing of it lives yet, or any more
    block.no_linger = true;
    if (block.state == LoanState::lingering) s.release(slot, now, effects);
    cleared += s.end_mappings(slot, effects);
  }
  return cleared;
}

bool Translator::clear_mapping(Proto proto, InternalEndpoint internal, const Now&, Effects& effects) {
  auto& s = *state_;
  const auto match = s.rules.find(internal.host());
  const auto subscriber = match ? s.subscribers.find(match->subscriber) : std::nullopt;
  if (!subscriber) return false;
  bool found = false;
  for (const auto slot : s.subscribers[*subscriber].blocks) {
    for (const auto id : s.mappings_in(slot)) {
      const auto& m = s.mappings[id];
      if (m.state != MappingState::live || m.proto != proto || m.internal() != internal) continue;
      s.clear(id, effects);
      found = true;
    }
  }
  return found;
}

}  // namespace cgn::core
