// SPDX-License-Identifier: Apache-2.0
// Decision 0001: which TCP packets the slow path must see, and what a packet leaves behind in the halves it used.
//
// RFC 7857 section 2: data revives a mapping that has begun to end, a bare ACK, FIN or RST does not; a SYN-ACK from inside
// counts as data.
#include <algorithm>

#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

bool opens(const packet::View& view) { return view.syn && !view.ack; }
bool is_shared(const Half& half) { return half.seen & CGN_SEEN_SHARED; }

// The other half of the mapping, if the table has it.
std::optional<HalfKey> other_half(const Visit& v, const HalfKey& key) {
  const auto realm = is_outbound(key.realm) ? std::uint8_t{CGN_REALM_EXTERNAL} : v.half(key).realm.value();
  const HalfKey other{v.half(key).to, key.proto, realm, key.remote};
  return v.state.scene.halves.contains(other) ? std::optional{other} : std::nullopt;
}

bool is_closing(const Half& a, const Half& b) {
  const bool reset = (a.seen | b.seen) & CGN_SEEN_RST;
  const bool both_finished = a.seen & b.seen & CGN_SEEN_FIN;
  const auto data = std::max(a.last_data.high, b.last_data.high);
  return (reset || both_finished) && data <= std::max(a.closed_at.high, b.closed_at.high);
}

void share(Visit& v, const HalfKey& key) {
  v.half(key).seen |= CGN_SEEN_SHARED;
  v.touch(key);
}

// A SYN without ACK on a mapping that is not shared: a new session, or an old one begun again.
bool opening_needs_control(Visit& v, const HalfKey& key) {
  const auto other = other_half(v, key);
  const auto& half = v.half(key);
  const bool outbound = is_outbound(key.realm);
  auto ended = half.seen;
  if (other) ended |= v.half(*other).seen;
  if (outbound && (ended & (CGN_SEEN_FIN | CGN_SEEN_RST))) return true;
  if (half.remote == (outbound ? v.view.destination : v.sent_source())) return false;
  // From outside it passes and revives nothing.
  if (!outbound && other && is_closing(half, v.half(*other))) return false;
  share(v, key);
  if (other) share(v, *other);
  return true;
}

// The other end, as this half's side calls it, is the one that the mapping was made for.
bool is_first_remote(const Visit& v, const HalfKey& key) {
  return v.half(key).remote == (is_outbound(key.realm) ? v.view.destination : v.sent_source());
}

bool is_stray(const Visit& v, const HalfKey& key) {
  const auto other = other_half(v, key);
  const bool judged = other && !is_moved(v, key);
  return is_stray_end(segment_of(v), v.half(key), judged ? &v.half(*other) : nullptr, is_first_remote(v, key));
}

// What ends nothing, the slow path need not see either; what is configured never ends.
bool needs_control(Visit& v, const HalfKey& key) {
  if (v.half(key).features & CGN_FEATURE_STATIC) return false;
  if (is_shared(v.half(key))) return !is_stray(v, key);
  return opens(v.view) && opening_needs_control(v, key);
}

void leave_bits_and_stamps(const Visit& v, Half& half, bool outbound) {
  const auto& tcp = v.view;
  const auto first = v.in.first_tick, last = v.in.last_tick;
  if (tcp.syn) half.seen |= CGN_SEEN_SYN;
  if (tcp.ack && !tcp.rst) half.seen |= CGN_SEEN_ACK;
  // On a shared mapping an end is one session's: the slow path counts those.
  if (tcp.fin || tcp.rst) {
    if (is_shared(half)) return;
    if (tcp.fin) half.seen |= CGN_SEEN_FIN;
    if (tcp.rst) half.seen |= CGN_SEEN_RST;
    half.closed_at.advance(first, last);
  } else if (tcp.syn ? outbound && tcp.ack : tcp.payload > 0) {
    half.last_data.advance(first, last);
  }
}

void leave_tcp_traces(Visit& v, const HalfKey& key) {
  const bool outbound = is_outbound(key.realm);
  leave_bits_and_stamps(v, v.half(key), outbound);
  if (!is_first_remote(v, key)) return;
  const auto other = v.view.syn ? other_half(v, key) : std::nullopt;
  note_progress(segment_of(v), v.half(key), other ? &v.half(*other) : nullptr, outbound);
  if (other) v.touch(*other);
}

// A stray end is counted and leaves nothing else. A static mapping has no life to judge.
void leave_trace(Visit& v, const HalfKey& key) {
  auto& half = v.half(key);
  const bool tcp = v.view.proto == Proto::tcp;
  v.touch(key);
  half.packets += 1;
  half.bytes += v.view.length;
  const bool is_static = half.features & CGN_FEATURE_STATIC;
  if (tcp && !is_static && is_stray(v, key)) return;
  // What answers a scan keeps nothing alive (RFC 7857 section 7.1).
  if (!tcp || is_static || !v.view.rst) half.last_seen.advance(v.in.first_tick, v.in.last_tick);
  if (is_static) return;
  if (tcp) {
    leave_tcp_traces(v, key);
  } else if (is_outbound(key.realm) && (half.features & CGN_FEATURE_DNS) && v.view.destination.port != Port{53}) {
    half.seen |= CGN_SEEN_NOT_DNS;
  }
}

}  // namespace

void find_control(Visit& v) {
  if ((v.reason && v.reason != CGN_PUNT_PERMISSION) || v.view.proto != Proto::tcp ||
      !(v.view.syn || v.view.fin || v.view.rst))
    return;
  // Both are asked, for each may have to become shared.
  const bool by_sender = v.sender && needs_control(v, *v.sender);
  const bool by_receiver = v.receiver && needs_control(v, *v.receiver);
  if (!by_sender && !by_receiver) return;
  if (v.state.scene.listening && may_control(v)) v.reason = CGN_PUNT_TCP_CONTROL;
}

// What is told goes nowhere, and a packet of a sender without a mapping may yet be refused: neither proves a use of
// anything.
void leave_traces(Visit& v) {
  if (is_told(v) || (!v.sender && v.direction != CGN_INBOUND)) return;
  if (v.sender) leave_trace(v, *v.sender);
  if (v.receiver) leave_trace(v, *v.receiver);
}

}  // namespace cgn::parity
