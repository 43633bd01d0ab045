// SPDX-License-Identifier: Apache-2.0
#include "core/shared_session.hpp"

#include <algorithm>
#include <utility>

#include "core/expiry.hpp"

namespace cgn::core {

void SharedSessions::begin(MappingId id, Endpoint first_remote, const SeenBoth& seen) {
  if (has(id)) return;
  Shared shared{.closed_at = seen.closed_at()};
  const bool ended = (seen.both() & CGN_SEEN_FIN) != 0 || (seen.either() & CGN_SEEN_RST) != 0;
  if (!ended || seen.last_data() > seen.closed_at()) {
    // An inbound SYN proves nothing of this session: a scan may have sent it. ACKs both ways do. And payload after the
    // end undoes it; the FINs of old are then no half of a new end.
    shared.live.push_back({.remote = first_remote,
                           .syn_out = true,
                           .syn_in = (seen.both() & CGN_SEEN_ACK) != 0,
                           .fin_out = !ended && (seen.outbound.bits & CGN_SEEN_FIN) != 0,
                           .fin_in = !ended && (seen.inbound.bits & CGN_SEEN_FIN) != 0});
  }
  mappings_.emplace(id, std::move(shared));
}

void SharedSessions::begin_incomplete(MappingId id) { mappings_[id].incomplete = true; }

// Sessions whose SYN nobody answered for as long as a mapping would wait, and those whose hold is over.
void SharedSessions::make_room(Shared& shared, Stamp now) const {
  const auto patience = ticks(timeouts_.tcp_opening);
  const auto hold = ticks(timeouts_.tcp_closing);
  std::erase_if(shared.live, [&](const Session& s) {
    return s.reset_at != 0 ? now - s.reset_at > hold : !s.both_ways() && now - s.last > patience;
  });
}

SharedSessions::Session* SharedSessions::find_or_open(Shared& shared, const Flow& flow, bool outbound,
                                                      Stamp now) const {
  const auto found = std::ranges::find(shared.live, flow.remote, &Session::remote);
  if (found != shared.live.end()) return &*found;
  if (!outbound || !flow.tcp.syn || flow.tcp.rst) return nullptr;
  if (shared.live.size() >= kMostSessions) make_room(shared, now);
  if (shared.live.size() >= kMostSessions) {
    shared.incomplete = true;
    return nullptr;
  }
  // A SYN-ACK from inside answers a SYN that was let in but opened nothing.
  return &shared.live.emplace_back(Session{.remote = flow.remote, .syn_in = flow.tcp.ack});
}

void SharedSessions::note(MappingId id, const Flow& flow, bool outbound, Stamp now) {
  const auto at = mappings_.find(id);
  if (at == mappings_.end()) return;
  auto& shared = at.value();
  auto* session = find_or_open(shared, flow, outbound, now);
  if (session == nullptr) return;  // of no session: translated, but it refreshes nothing
  (outbound ? shared.last_out : shared.last_in) = session->last = now;
  (outbound ? session->syn_out : session->syn_in) |= flow.tcp.syn;
  (outbound ? session->fin_out : session->fin_in) |= flow.tcp.fin;
  // A new SYN on the same pair of endpoints is a new session in the old one's place.
  if (outbound && flow.tcp.opens()) {
    session->fin_out = session->fin_in = false;
    session->reset_at = 0;
  }
  if (!flow.tcp.rst && !(session->fin_out && session->fin_in)) return;
  shared.closed_at = std::max(shared.closed_at, now);
  if (!outbound && flow.tcp.rst) {
    session->reset_at = now;
    return;
  }
  *session = shared.live.back();
  shared.live.pop_back();
}

std::optional<Lifetime> SharedSessions::lifetime_of(MappingId id, SeenBoth seen) const {
  const auto at = mappings_.find(id);
  if (at == mappings_.end()) return std::nullopt;
  const auto& shared = at->second;
  seen.outbound.last_seen = std::max(seen.outbound.last_seen, shared.last_out);
  seen.inbound.last_seen = std::max(seen.inbound.last_seen, shared.last_in);
  if (shared.incomplete) return established(seen, timeouts_);
  const auto lives = [&](const Session& s) { return s.lives(seen.last_data()); };
  if (std::ranges::none_of(shared.live, lives)) {
    const auto closed_at = std::max(shared.closed_at, seen.closed_at());
    return seen.last_data() > closed_at ? established(seen, timeouts_) : closing(closed_at, timeouts_);
  }
  // ACKs of a live session go by the kernel alone; whose they are it does not say, so they count for all.
  const auto answered_by_syn = [&](const Session& s) { return lives(s) && s.both_ways(); };
  const bool answered = (seen.both() & CGN_SEEN_ACK) != 0 || std::ranges::any_of(shared.live, answered_by_syn);
  return answered ? established(seen, timeouts_) : opening(seen, timeouts_);
}

}  // namespace cgn::core
