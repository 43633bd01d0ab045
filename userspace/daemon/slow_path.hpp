// SPDX-License-Identifier: Apache-2.0
// What the kernel hands up, served one by one: first packets, first packets to a remote where filtering must know it,
// fragments, unresolved next hops, tunnels, TCP control, packets too large, and packets whose sender must be told why they end here.
//
// What        serve() opens the punt header, asks the core, has the effects carried out, and sends, holds or refuses the
//             frame. A refusal is told to the subscriber by ICMP, within the limits of the error desk (RFC 6888 REQ-11B).
//             Where the core offers a remedy against a refusal, that is tried first: a closing mapping of the subscriber is
//             reclaimed, or the frame waits a little for a port.
// Ownership   Borrows everything but the datagrams in pieces and the frames that wait for a port; owns a list of effects
//             that is empty between two frames.
// Failure     Every frame ends in one verdict of the slow path's counters.
#pragma once

#include "config/config.hpp"
#include "daemon/alg.hpp"
#include "daemon/applier.hpp"
#include "daemon/errors.hpp"
#include "daemon/fragments.hpp"
#include "daemon/pptp.hpp"
#include "daemon/wait_queue.hpp"

namespace cgn::daemon {

class SlowPath {
 public:
  struct Parts {
    core::Translator& translator;
    Applier& applier;
    Alg& alg;
    Pptp& pptp;
    Calls& calls;
    Filter& filter;
    TunnelDesk& tunnels;
    Outlet& outlet;
    HoldQueue& held;
    ErrorDesk& errors;
    SlowPathCounters& counters;
  };
  SlowPath(Parts parts, const config::Config& config, std::uint64_t seed);
  SlowPath(const SlowPath&) = delete;
  SlowPath& operator=(const SlowPath&) = delete;

  void serve(std::span<const std::byte> bytes, unsigned queue, unsigned port, const Now&);
  // Tries the frames again that wait for a port, if anything came free or their time is over.
  void retry(const Now&);
  [[nodiscard]] bool anyone_waits() const { return waiting_.size() > 0; }
  // After the held frames of a block went: what waits here for the same goes, too.
  void released(const core::ReleaseHeld&, const Now&);
  // What waits here from or to these internal addresses ends.
  void end_customer(const SubscriberId& internal);
  [[nodiscard]] Fragments& fragments() { return fragments_; }

 private:
  void begin(const Punted&, const Now&);
  [[nodiscard]] core::Decision first_packet(const Punted&, const Now&);
  [[nodiscard]] core::Decision tcp_control(const Punted&, const Now&);
  [[nodiscard]] core::Decision first_fragment(const Punted&, const Now&);
  // Until there is a mapping, or no remedy is left.
  [[nodiscard]] core::Decision decide(const Punted&, const Now&, core::Remedy tried);
  void wait(const Punted&, Monotonic until);
  void next_hop(const Punted&, const Now&);
  void permission(const Punted&, const Now&);
  void control_connection(const Punted&, const Now&);
  void send(const Punted&, const core::MappingView&, const Now&);
  [[nodiscard]] std::optional<Alg::Outcome> pass_alg(const Punted&, const core::MappingView&, const Now&);
  [[nodiscard]] core::Decision filtered(const Punted&, const core::Decision&, const Now&);
  void send_fragment(const Punted&, const packet::Translation&, const Now&);
  void conclude(const Punted&, const core::Decision&, const Now&);
  void too_big(const Punted&, const Now&);
  void refuse(const Punted&, Verdict, const Now&);
  void tell(const Punted&, Verdict, const packet::IcmpError&, const Now&);
  [[nodiscard]] core::Decision tunnel(const Punted&, const Now&);
  [[nodiscard]] std::optional<core::MappingView> mapping_of(const Punted&, const Now&) const;
  [[nodiscard]] std::optional<core::MappingView> mapping_by_ends(const Punted&) const;

  Parts parts_;
  const config::Config& config_;
  core::Effects effects_;  // empty between two frames
  WaitQueue waiting_;
  HoldQueue held_lines_;     // of control connections: their data mapping's block is not yet in the log
  std::uint64_t freed_ = 0;  // what the core said of it at the last try
  Fragments fragments_;
};

}  // namespace cgn::daemon
