// SPDX-License-Identifier: Apache-2.0
#include "core/session.hpp"

#include <algorithm>

#include "core/expiry.hpp"

namespace cgn::core {
namespace {

Lifetime tcp(const SeenBoth& seen, const config::Timeouts& timeouts) {
  const bool ended = (seen.both() & CGN_SEEN_FIN) != 0 || (seen.either() & CGN_SEEN_RST) != 0;
  const bool revived = seen.last_data() > seen.closed_at();
  const auto closed = closing(seen.closed_at(), timeouts);
  if (ended && !revived) return closed;
  auto life = (seen.both() & CGN_SEEN_ACK) != 0 ? established(seen, timeouts) : opening(seen, timeouts);
  // Revival must not shorten a life: an opening one counts from the last outbound packet, which may be long past.
  if (ended) life.deadline = std::max(life.deadline, closed.deadline);
  return life;
}

Lifetime udp(std::uint8_t features, const SeenBoth& seen, const config::Timeouts& timeouts) {
  const bool only_dns = (features & CGN_FEATURE_DNS) != 0 && (seen.either() & CGN_SEEN_NOT_DNS) == 0;
  const auto timeout = only_dns ? timeouts.udp_dns.value_or(timeouts.udp) : timeouts.udp;
  return {SessionState::query, seen.outbound.last_seen + ticks(timeout)};
}

// RFC 5597 REQ-5: 4 minutes for a connection that is not complete, 124 for one that is. Which one is, DCCP tells only by
// the order of its packet types; that the remote answered says the same of every connection that is no scan's.
Lifetime dccp(const SeenBoth& seen, const config::Timeouts& timeouts) {
  if (seen.inbound.last_seen == 0) return opening(seen, timeouts);
  return {SessionState::established, seen.outbound.last_seen + ticks(timeouts.tcp_established)};
}

}  // namespace

SeenBoth refreshing(SeenBoth seen, std::uint8_t features) {
  if ((features & CGN_FEATURE_REFRESH_BOTH) != 0) seen.outbound.last_seen = seen.last_seen();
  if ((features & CGN_FEATURE_REFRESH_OUTBOUND) != 0) seen.inbound.last_seen = 0;
  return seen;
}

Lifetime established(const SeenBoth& seen, const config::Timeouts& timeouts) {
  return {SessionState::established, seen.last_seen() + ticks(timeouts.tcp_established)};
}

Lifetime opening(const SeenBoth& seen, const config::Timeouts& timeouts) {
  return {SessionState::opening, seen.outbound.last_seen + ticks(timeouts.tcp_opening)};
}

Lifetime closing(Stamp closed_at, const config::Timeouts& timeouts) {
  return {SessionState::closing, closed_at + ticks(timeouts.tcp_closing)};
}

Lifetime lifetime_of(Proto proto, std::uint8_t features, const SeenBoth& seen, const config::Timeouts& timeouts) {
  switch (proto) {
    case Proto::tcp: return tcp(seen, timeouts);
    case Proto::udp:
    case Proto::udplite: return udp(features, seen, timeouts);
    case Proto::dccp: return dccp(seen, timeouts);
    case Proto::sctp: return {SessionState::query, seen.outbound.last_seen + ticks(timeouts.sctp())};
    case Proto::icmp: return {SessionState::query, seen.outbound.last_seen + ticks(timeouts.icmp)};
  }
  return {};  // not reached: the enum is closed
}

}  // namespace cgn::core
