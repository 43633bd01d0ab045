// SPDX-License-Identifier: Apache-2.0
// Frames that wait for their next hop's MAC.
//
// What        Already translated frames, queued by (interface, next hop) until ARP answers: at most 16 a next hop, 1024 in
//             all, for 3 s. hold() says when the next hop should be probed (once a second).
// Ownership   Owns copies of the frames. Does no I/O: the caller probes and sends.
// Failure     A full queue or a silent next hop ends a frame as next_hop_unresolved.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/time.hpp"
#include "cgn/verdict.hpp"
#include "packet/view.hpp"

namespace cgn::daemon {

struct NextHop {
  unsigned ifindex = 0;  // as the route names it
  Ipv4 address{};
  friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

struct WaitingFrame {
  unsigned queue = 0;                        // of the hand that will send it
  Verdict verdict = CGN_VERDICT_TRANSLATED;  // once it leaves
  std::vector<std::byte> bytes{};            // translated, its old link header still on
  packet::View view{};                       // of `bytes`, where offsets and lengths are what they were before
  std::uint16_t mtu = 0;                     // of the next hop, when the packet must be fragmented for it; else 0
};

class NextHops {
 public:
  static constexpr std::size_t kPerHop = 16;
  static constexpr std::size_t kTotal = 1024;
  static constexpr Duration kPatience = std::chrono::seconds{3};
  static constexpr Duration kProbeEvery = std::chrono::seconds{1};

  struct Held {
    bool kept = false;
    bool probe = false;  // ask the kernel to resolve it now
  };
  [[nodiscard]] Held hold(const NextHop&, WaitingFrame, Monotonic now);
  [[nodiscard]] std::vector<WaitingFrame> resolved(const NextHop&);
  // Number of frames whose patience has ended.
  [[nodiscard]] std::size_t expire(Monotonic now);
  // How many frames from or to these internal addresses are gone; of whichever realm, for no frame tells.
  std::size_t forget(const Prefix& internal);
  [[nodiscard]] std::size_t size() const { return total_; }

 private:
  struct Room {
    Monotonic since{};
    Monotonic probed{};
    std::vector<WaitingFrame> frames{};
  };
  std::map<NextHop, Room> rooms_;
  std::size_t total_ = 0;
};

}  // namespace cgn::daemon
