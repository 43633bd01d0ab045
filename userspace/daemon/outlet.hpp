// SPDX-License-Identifier: Apache-2.0
// The way out of the slow path: translate a punted frame, give it its next hop, send it.
//
// What        emit() does for one frame what the kernel program does for established traffic, with the next hop that the
//             kernel looked up and sent along in the punt header. Frames whose next hop is unresolved wait in NextHops; one
//             that the kernel found larger than its next hop's MTU leaves as fragments (RFC 4787 REQ-13).
// Ownership   Borrows the hands, which the dataplane owns. Counts each frame's final verdict.
// Failure     No way out, no room on the ring: a verdict, never silence.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cgn/abi.h"
#include "core/translator.hpp"
#include "daemon/counters.hpp"
#include "daemon/filter.hpp"
#include "daemon/next_hops.hpp"
#include "daemon/punted.hpp"
#include "io/links.hpp"
#include "io/xsk.hpp"
#include "packet/rewrite.hpp"

namespace cgn::daemon {

class Outlet {
 public:
  // What every packet on its way out may need besides its translation.
  struct Finish {
    std::uint16_t mss_clamp = 0;  // [nat] tcp_mss_clamp, 0 = off
    std::uint64_t seed = 0;       // the program's, so that both halves move identifications alike
  };
  Outlet(const core::Translator& translator, Filter& filter, SlowPathCounters& counters, Finish finish)
      : translator_{translator}, filter_{filter}, counters_{counters}, finish_{finish} {}

  struct Egress {
    cgn_egress where{};
    Mac mac{};
  };
  // What the present topology offers; called again after every change of it.
  void use(std::vector<std::unique_ptr<io::Hand>>& hands, std::unordered_map<unsigned, Egress> egress);

  // Translates by the mapping in the direction of the punt and sends, or holds for the next hop, if filtering allows.
  void emit(const Punted&, const core::MappingView&, const Now&);
  void pass(const Punted&, const Now&);  // what is bypassed
  void emit(const Punted&, const packet::Translation&, const Now&);
  // nullopt: a hairpinned packet whose receiver has no mapping.
  [[nodiscard]] std::optional<packet::Translation> translation_of(const Punted&, const core::MappingView&) const;
  // A frame that is whole already, such as an ICMP error of ours, out of this port.
  [[nodiscard]] bool send_whole(unsigned queue, unsigned port, std::span<const std::byte> frame);

  void neighbour_changed(const io::Neighbour&);
  void expire(const Now&);
  void end_customer(const SubscriberId& internal);
  void flush();
  [[nodiscard]] std::size_t waiting() const { return next_hops_.size(); }

 private:
  void leave(const Punted&, std::vector<std::byte> translated, const Now&);
  void wait(const Punted&, WaitingFrame, const Now&);
  void send(const WaitingFrame&, const Egress&, const Mac& next_hop);
  [[nodiscard]] io::Hand* hand(unsigned queue) const;
  [[nodiscard]] std::uint16_t identification_offset(const core::MappingView&) const;

  const core::Translator& translator_;
  Filter& filter_;
  SlowPathCounters& counters_;
  Finish finish_;
  std::vector<io::Hand*> hands_;
  std::unordered_map<unsigned, Egress> egress_;
  NextHops next_hops_;
  std::map<NextHop, Mac> macs_;  // of next hops that answered: a frame may have been handed up just before they did
};

}  // namespace cgn::daemon
