// SPDX-License-Identifier: Apache-2.0
// How long a mapping lives, as a function of what the kernel saw in its two directions.
//
// What        A pure table (decision 0001): no state is kept per mapping, the stamps and bits of both entries say it all.
//
//   UDP, ICMP    last outbound packet + udp (udp_dns for mappings that only spoke to port 53), icmp
//   UDP-Lite     as UDP
//   SCTP         last outbound packet + sctp(): an end that lives answers heartbeats, so that one timer does
//   DCCP         nothing heard yet: last outbound packet + tcp_opening; else + tcp_established. Outbound in both cases:
//                a receiver acknowledges, so that a connection which lives is heard from inside, and a stranger's packet
//                cannot hold the port for ever. Its end is not tracked.
//   opening      not established           last outbound packet + tcp_opening
//   established  ACK without SYN in both   last packet of either direction + tcp_established
//   closing      FIN in both, or RST       last FIN or RST + tcp_closing; undone by payload that came later
//
//             Inbound packets refresh nothing but an established TCP session, so that scans keep no mapping alive
//             (RFC 4787 REQ-6, 7857 s.7), unless the pool wants it otherwise (refreshing()). A FIN from one side alone ends nothing: half-closed is established.
// RFC         4787 REQ-5, REQ-6 · 5382 REQ-5 · 5508 REQ-2 · 5597 REQ-5 · 7857 s.2
#pragma once

#include <cstdint>

#include "config/config.hpp"
#include "core/seen.hpp"

namespace cgn::core {

enum class SessionState : std::uint8_t {
  query,
  opening,
  established,
  closing
};  // query: what has no connections, and SCTP

struct Lifetime {
  SessionState state = SessionState::query;
  Stamp deadline = 0;  // the last tick at which the mapping must still be there
  [[nodiscard]] bool over(Stamp now) const { return now > deadline; }
  friend bool operator==(const Lifetime&, const Lifetime&) = default;
};

[[nodiscard]] Lifetime lifetime_of(Proto, std::uint8_t features, const SeenBoth&, const config::Timeouts&);

// The stamps as a mapping of these features counts them: with CGN_FEATURE_REFRESH_BOTH an inbound packet is as good as an
// outbound one, with CGN_FEATURE_REFRESH_OUTBOUND it is nothing (RFC 4787 REQ-6a).
[[nodiscard]] SeenBoth refreshing(SeenBoth, std::uint8_t features);

// The pieces, for mappings whose sessions are told apart (shared_session.hpp).
[[nodiscard]] Lifetime established(const SeenBoth&, const config::Timeouts&);
[[nodiscard]] Lifetime opening(const SeenBoth&, const config::Timeouts&);
[[nodiscard]] Lifetime closing(Stamp closed_at, const config::Timeouts&);

}  // namespace cgn::core
