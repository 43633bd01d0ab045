// SPDX-License-Identifier: Apache-2.0
// First packets, unresolved next hops and TCP control: what the kernel hands up, served one by one.
//
// What        serve() opens the punt header, asks the core, has the effects carried out, and sends, holds or refuses the
//             frame. A refusal is told to the subscriber by ICMP, rate-limited (RFC 6888 REQ-11B).
// Ownership   Borrows core, applier, outlet, queue; owns the ICMP rate limiter.
// Failure     Every frame ends in one verdict of the slow path's counters.
#pragma once

#include "config/config.hpp"
#include "daemon/applier.hpp"

namespace cgn::daemon {

class SlowPath {
 public:
  struct Parts {
    core::Translator& translator;
    Applier& applier;
    Outlet& outlet;
    HoldQueue& held;
    SlowPathCounters& counters;
  };
  SlowPath(Parts parts, const config::Config& config) : parts_{parts}, config_{config} {}

  void serve(std::span<const std::byte> bytes, unsigned queue, unsigned port, const Now&);
  // The address that our ICMP errors come from, by port they leave by.
  void set_port_address(unsigned port, Ipv4 address);

 private:
  void first_packet(const Punted&, const Now&);
  void next_hop(const Punted&, const Now&);
  void tcp_control(const Punted&, const Now&);
  void conclude(const Punted&, const core::Decision&, const Now&);
  void refuse(const Punted&, Verdict, const Now&);
  [[nodiscard]] std::optional<core::MappingView> mapping_of(const Punted&) const;
  [[nodiscard]] bool may_send_error(const Now&);

  Parts parts_;
  const config::Config& config_;
  std::unordered_map<unsigned, Ipv4> port_addresses_;
  core::Effects effects_;
  double error_tokens_ = 0;
  Monotonic error_refilled_{};
};

}  // namespace cgn::daemon
