// SPDX-License-Identifier: Apache-2.0
// Before a refusal: what else may be done for the packet, by option.
//
// What        Reclaiming takes the port of a TCP mapping of the same subscriber whose session has ended both ways and only
//             waits out tcp_closing: nobody uses it, and RFC 6888 REQ-8A lets its port go at once. What is established,
//             opening, or no TCP is never taken (REQ-11D). Waiting keeps the first packet for some milliseconds where a
//             rest or a life is about to end; it is a guess from deadlines, so a packet may wait in vain, and is then
//             refused for the reason it had.
// Failure     Both are bounded: a subscriber's mappings are looked at kLooks at a time and, when none was closing, once a
//             second; of the deadlines, kDeadlines are looked at.
// RFC         6888 REQ-8A, REQ-11A, REQ-11D
#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace cgn::core {
namespace {

constexpr std::size_t kDeadlines = 256;
constexpr Duration kLookAgain = std::chrono::seconds{1};

}  // namespace

Decision Translator::State::fall_short(Verdict verdict, const Attempt& attempt, const Now& now, Effects& effects) {
  if (attempt.tried < Remedy::reclaim && may_reclaim(verdict, attempt, now.mono)) {
    return {.verdict = verdict, .remedy = Remedy::reclaim};
  }
  if (attempt.tried < Remedy::wait && comes_free(verdict, attempt, now.mono)) {
    return {.verdict = verdict, .remedy = Remedy::wait};
  }
  return refuse(verdict, attempt.match, now, effects);
}

// --- reclaiming ------------------------------------------------------------------------------------------------------

bool Translator::State::may_reclaim(Verdict verdict, const Attempt& attempt, Monotonic now) const {
  if (!nat.reclaim_closing) return false;
  const auto slot = subscribers.find(attempt.match.subscriber);
  if (!slot) return false;
  const auto& subscriber = subscribers[*slot];
  if (subscriber.mappings[Proto::tcp] == 0 || (subscriber.closing.empty() && now < subscriber.look_at)) return false;
  switch (verdict) {
    case CGN_VERDICT_BLOCK_LIMIT:
    case CGN_VERDICT_POOL_FULL:
    case CGN_VERDICT_PORT_LIMIT: return attempt.flow.proto == Proto::tcp;  // protocols have ports of their own
    case CGN_VERDICT_MAPPING_LIMIT:
    case CGN_VERDICT_TABLE_FULL: return true;
    default: return false;
  }
}

// For a packet to this remote: a connection leaves its port free for connections with its own remote.
bool Translator::State::makes_room(MappingId id, Endpoint remote) const {
  return !mappings[id].session || mappings[id].remote() == remote;
}

// Notes which of the next kLooks TCP mappings are closing. The window moves on, so that every mapping has its turn.
void Translator::State::look_for_closing(Subscriber& subscriber, Endpoint remote, const Look& look, Monotonic now) {
  std::vector<std::pair<Stamp, MappingId>> found;
  std::size_t index = 0;
  const auto begin = subscriber.look_from;
  for (const auto slot : subscriber.blocks) {
    const auto& block = blocks[slot];
    block.ports.each_taken(Proto::tcp, [&](Port port) {
      const auto here = index++;
      if (here < begin || here >= begin + kLooks) return;
      const Endpoint external{block.external, port};
      auto id = mappings.find_external(Proto::tcp, external);
      if (!id) id = mappings.find_session_outside(external, remote);
      if (!id || mappings[*id].state != MappingState::live) return;
      const auto seen = look(view(*id));
      if (lifetime(*id, seen).state == SessionState::closing) found.emplace_back(seen.closed_at(), *id);
    });
  }
  subscriber.look_from = begin + kLooks < index ? begin + kLooks : 0;
  subscriber.look_at = now + kLookAgain;
  std::ranges::sort(found, std::greater{});
  for (const auto& [closed_at, id] : found) subscriber.closing.push_back(id);
}

bool Translator::reclaim(const Flow& flow, const Look& look, const Now& now, Effects& effects) {
  auto& s = *state_;
  const auto match = s.rules.find(flow.internal.host());
  const auto slot = match ? s.subscribers.find(match->subscriber) : std::nullopt;
  if (!slot) return false;
  auto& subscriber = s.subscribers[*slot];
  if (subscriber.closing.empty()) s.look_for_closing(subscriber, flow.remote, look, now.mono);
  while (!subscriber.closing.empty()) {
    const auto id = subscriber.closing.back();
    subscriber.closing.pop_back();
    // Ended or revived since it was looked at? Its final stamps will tell for sure.
    if (!s.mappings.knows(id) || s.mappings[id].state != MappingState::live) continue;
    if (s.blocks[s.mappings[id].block].subscriber != *slot || !s.makes_room(id, flow.remote)) continue;
    if (s.lifetime(id, look(s.view(id))).state != SessionState::closing) continue;
    s.mapping_deadlines.cancel(MappingTable::slot_of(id));
    s.mappings[id].state = MappingState::reclaiming;
    effects.emplace_back(RemoveMapping{.mapping = s.view(id)});
    return true;
  }
  return false;
}

// --- waiting ---------------------------------------------------------------------------------------------------------

bool Translator::State::comes_free(Verdict verdict, const Attempt& attempt, Monotonic now) const {
  if (nat.wait_for_port == Duration::zero()) return false;
  const auto until = stamp_of(now + nat.wait_for_port);
  const auto slot = subscribers.find(attempt.match.subscriber);
  switch (verdict) {
    case CGN_VERDICT_PORT_LIMIT:
    case CGN_VERDICT_MAPPING_LIMIT: return slot && mapping_ends_by(until, *slot, attempt, verdict);
    case CGN_VERDICT_TABLE_FULL:
      return mapping_deadlines.comes(kLife, until, kDeadlines, [](Expiry::Id) { return true; });
    case CGN_VERDICT_BLOCK_LIMIT:
    case CGN_VERDICT_POOL_FULL:
      if (slot && mapping_ends_by(until, *slot, attempt, verdict)) return true;
      return port_rest_ends_by(until, slot, attempt) ||
             (verdict == CGN_VERDICT_POOL_FULL && block_rest_ends_by(until, slot, attempt));
    default: return false;
  }
}

// A mapping of the subscriber whose end makes room: of its count, or, where its port need not rest, of its ports.
bool Translator::State::mapping_ends_by(Stamp until, SubscriberSlot slot, const Attempt& attempt,
                                        Verdict verdict) const {
  const bool counts = verdict == CGN_VERDICT_PORT_LIMIT || verdict == CGN_VERDICT_MAPPING_LIMIT;
  return mapping_deadlines.comes(kLife, until, kDeadlines, [&](Expiry::Id index) {
    const auto& m = mappings[mappings.id_at(index)];
    const auto& block = blocks[m.block];
    if (!counts && !makes_room(mappings.id_at(index), attempt.flow.remote)) return false;
    if (block.subscriber != slot || (m.proto != attempt.flow.proto && verdict != CGN_VERDICT_MAPPING_LIMIT))
      return false;
    const bool rests = pools[block.pool].policy().port_hold_down > Duration::zero();
    return counts || !rests || m.proto == Proto::tcp;
  });
}

// Of a port in one of its blocks, or of the last one that keeps a block of the pool from being lent again.
bool Translator::State::port_rest_ends_by(Stamp until, std::optional<SubscriberSlot> slot,
                                          const Attempt& attempt) const {
  if (slot && !resting_anew.empty() && resting_anew.front().first <= until &&
      blocks[resting_anew.front().second].subscriber == *slot) {
    return true;
  }
  return mapping_deadlines.comes(kPortRest, until, kDeadlines, [&](Expiry::Id index) {
    const auto& m = mappings[mappings.id_at(index)];
    const auto& block = blocks[m.block];
    if (slot && block.subscriber == *slot) return m.proto == attempt.flow.proto;
    return block.state == LoanState::resting && block.rest_over && block.pool == attempt.match.pool;
  });
}

bool Translator::State::block_rest_ends_by(Stamp until, std::optional<SubscriberSlot> slot,
                                           const Attempt& attempt) const {
  return block_deadlines.comes(kBlockRest, until, kDeadlines, [&](Expiry::Id index) {
    const auto& block = blocks[index];
    if (block.pool != attempt.match.pool) return false;
    return slot ? block.spot.address == subscribers[*slot].address : block.first;
  });
}

}  // namespace cgn::core
