// SPDX-License-Identifier: Apache-2.0
// The PPTP gateway: what becomes of a segment of a control connection before it is translated.
//
// What        Call ids that the internal end chose leave as those that the remote is to know (daemon/calls), and come back as
//             they were chosen; those that the remote chose pass as they are, and are learned, since GRE that leaves bears
//             them. No message changes its length, so no TCP number does. Either end may be inside, caller or called.
// Ownership   Owns the calls' book by reference only. What leaves is made anew, header of the punt included.
// Failure     A segment passes as it is when it does not begin with a message (alg/pptp), when its checksum is wrong, or as a
//             fragment. MAPPING_LIMIT: the internal address has too many calls, or the kernel has no room for one more; the
//             message that asks for it is dropped, and TCP sends it again.
// RFC         2637; 3022 section 4.4
#pragma once

#include "daemon/alg_outcome.hpp"
#include "daemon/calls.hpp"

namespace cgn::daemon {

class Pptp {
 public:
  Pptp(Calls& calls, bool on) : calls_{calls}, on_{on} {}

  // Whether this is of a control connection, and the gateway wanted.
  [[nodiscard]] bool follows(const Punted&, const core::MappingView&) const;
  // Of a TCP packet, any fragment but a later one, that is about to leave by this mapping: of an outbound packet the sender's,
  // of an inbound one the receiver's.
  [[nodiscard]] AlgOutcome pass(const Punted&, const core::MappingView&, Monotonic now);

 private:
  struct Segment {
    ControlConnection control;
    Ipv4 external{};
    bool inbound = false;
    Monotonic now{};
  };
  // The id to be written instead; 0: it stays. nullopt: the call cannot be had.
  [[nodiscard]] std::optional<Call::Id> outward(const Segment&, const alg::pptp::Id&);
  [[nodiscard]] std::optional<Call::Id> inward(const Segment&, const alg::pptp::Id&);
  void conclude(const Segment&, const alg::pptp::Id&);

  Calls& calls_;
  bool on_;
};

}  // namespace cgn::daemon
