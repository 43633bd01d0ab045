// SPDX-License-Identifier: Apache-2.0
// The way out of the slow path: translate a punted frame, give it its next hop, send it.
//
// What        emit() does for one frame what the kernel program does for established traffic, with the next hop that the
//             kernel looked up and sent along in the punt header. Frames whose next hop is unresolved wait in NextHops.
// Ownership   Borrows the hands, which the dataplane owns. Counts each frame's final verdict.
// Failure     No way out, no room on the ring: a verdict, never silence.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cgn/abi.h"
#include "core/translator.hpp"
#include "daemon/counters.hpp"
#include "daemon/next_hops.hpp"
#include "io/links.hpp"
#include "io/xsk.hpp"
#include "packet/rewrite.hpp"
#include "packet/view.hpp"

namespace cgn::daemon {

// A punted frame, opened: the kernel's header and the frame it stands before.
struct Punted {
  cgn_punt header{};
  std::span<const std::byte> frame{};
  packet::View view{};
  unsigned queue = 0;
  unsigned port = 0;
};

// MALFORMED when magic, version or any offset contradicts the bytes.
[[nodiscard]] std::expected<Punted, Verdict> open_punt(std::span<const std::byte> bytes, unsigned queue, unsigned port);

class Outlet {
 public:
  Outlet(const core::Translator& translator, SlowPathCounters& counters)
      : translator_{translator}, counters_{counters} {}

  struct Egress {
    cgn_egress where{};
    Mac mac{};
  };
  // What the present topology offers; called again after every change of it.
  void use(std::vector<std::unique_ptr<io::Hand>>& hands, std::unordered_map<unsigned, Egress> egress);

  // Translates by the mapping in the direction of the punt and sends, or holds for the next hop.
  void emit(const Punted&, const core::MappingView&, const Now&);
  // A frame that is whole already (an ICMP error of ours), out of the port it answers to.
  [[nodiscard]] bool send_back(unsigned queue, unsigned port, std::span<const std::byte> frame);

  void neighbour_changed(const io::Neighbour&);
  void expire(const Now&);
  void flush();
  [[nodiscard]] std::size_t waiting() const { return next_hops_.size(); }

 private:
  [[nodiscard]] std::optional<packet::Translation> translation_of(const Punted&, const core::MappingView&) const;
  void wait(const Punted&, std::vector<std::byte> translated, Verdict, const Now&);
  void send(unsigned queue, const Egress&, const Mac& next_hop, std::span<const std::byte> translated, Verdict);
  [[nodiscard]] io::Hand* hand(unsigned queue) const;

  const core::Translator& translator_;
  SlowPathCounters& counters_;
  std::vector<io::Hand*> hands_;
  std::unordered_map<unsigned, Egress> egress_;
  NextHops next_hops_;
};

}  // namespace cgn::daemon
