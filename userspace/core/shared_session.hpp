// SPDX-License-Identifier: Apache-2.0
// The TCP sessions of mappings that several remotes use at once.
//
// What        One internal port may talk to many remotes through one mapping (RFC 4787 REQ-1), but an entry of the kernel
//             has room for one session's end. Once a mapping is shared, its SYN, FIN and RST come through here and each
//             session is kept by its remote, so that one session's end neither closes the mapping under another idle
//             session nor, the last one gone, lets it hold its port for two hours.
// Life-cycle  Begins with the second remote; the first session is seeded from what the kernel saw. Only the inside opens
//             sessions: by a SYN, or by a SYN-ACK that accepts one. Ended sessions leave only the time of their end.
//             A RST from outside may be forged, and nobody here knows the session's window (the kernel does, of the first
//             remote's, and hands up only what fits): the session is put on hold, and any payload of the mapping that
//             comes later revives it, because nothing says whose payload it was.
// Failure     What a forged RST (or FIN, half of it) can do: take from a session that is then idle for tcp_closing, while the mapping's others
//             are idle too or at their end, the mapping. Where sessions may be missing (more than 64, or begun while the daemon was away) the mapping is
//             `incomplete` and keeps the long timer: late to end, never early.
// RFC         5382 REQ-5 · 7857 s.2, s.7.1 (what answers a scan opens nothing)
#pragma once

#include <tsl/robin_map.h>

#include <optional>
#include <vector>

#include "config/config.hpp"
#include "core/effects.hpp"
#include "core/flow.hpp"
#include "core/hash.hpp"
#include "core/session.hpp"

namespace cgn::core {

class SharedSessions {
 public:
  static constexpr std::size_t kMostSessions = 64;

  explicit SharedSessions(const config::Timeouts& timeouts) : timeouts_{timeouts} {}

  void follow(const config::Timeouts& timeouts) { timeouts_ = timeouts; }

  [[nodiscard]] bool has(MappingId id) const { return mappings_.contains(id); }

  // The mapping becomes shared; the session with its first remote goes on as the kernel saw it. Nothing if it is already.
  void begin(MappingId, Endpoint first_remote, const SeenBoth&);
  // The mapping is shared, and not all of its sessions are known.
  void begin_incomplete(MappingId);
  // A SYN, FIN or RST.
  void note(MappingId, const Flow&, bool outbound, Stamp now);
  void end(MappingId id) { mappings_.erase(id); }

  // nullopt: the mapping is not shared.
  [[nodiscard]] std::optional<Lifetime> lifetime_of(MappingId, SeenBoth) const;

 private:
  struct Session {
    Endpoint remote{};
    bool syn_out = false, syn_in = false;
    bool fin_out = false, fin_in = false;
    Stamp last = 0;      // packet of it that came through here
    Stamp reset_at = 0;  // on hold since a RST from outside, 0 = is not
    [[nodiscard]] bool both_ways() const { return syn_out && syn_in; }
    [[nodiscard]] bool lives(Stamp last_data) const { return reset_at == 0 || last_data > reset_at; }
  };
  struct Shared {
    std::vector<Session> live{};
    Stamp closed_at = 0;  // latest end of a session
    Stamp last_out = 0;   // latest packets that came through here: the kernel need not have stamped them
    Stamp last_in = 0;
    bool incomplete = false;
  };

  [[nodiscard]] Session* find_or_open(Shared&, const Flow&, bool outbound, Stamp now) const;
  void make_room(Shared&, Stamp now) const;

  config::Timeouts timeouts_;
  tsl::robin_map<MappingId, Shared, MixHash> mappings_;
};

}  // namespace cgn::core
