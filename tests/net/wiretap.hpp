// SPDX-License-Identifier: Apache-2.0
// Frames put on an interface and taken from it, as they stand on the wire; and an echo request with its answer.
//
// What        Wiretap is a packet socket on one interface of one namespace: it sends whole frames and sees what
//             arrives. udp_frame() makes a frame; mark (the destination port) tells frames apart. echo() pings
//             through the stack.
// Failure     An absence is proven by order, never by waiting: send the forbidden frame, then one that is certain to
//             pass, and see which come out (first_marks()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace cgn::net_test {

using Frame = std::vector<std::byte>;

struct Path {
  Mac from_mac{};
  Mac to_mac{};
  Ipv4 source{};
  Ipv4 destination{};
};
[[nodiscard]] Frame udp_frame(const Path&, std::uint16_t mark);

class Wiretap {
 public:
  Wiretap(const Namespace&, const std::string& interface);
  void send(const Frame&);
  // The next frame that arrives; nullopt when patience ends.
  [[nodiscard]] std::optional<Frame> next();
  // The marks of our UDP frames that arrive, in order, up to and including `last`; what came if patience ends before.
  [[nodiscard]] std::vector<std::uint16_t> marks_until(std::uint16_t last);
  // Waits for an ARP request for the address; true also tells whether it was a broadcast.
  struct ArpRequest {
    bool broadcast = false;
  };
  [[nodiscard]] std::optional<ArpRequest> arp_request_for(Ipv4);

 private:
  io::Fd socket_;
};

// One ICMP echo from the namespace's own stack; true when it was answered.
[[nodiscard]] bool echo(const Namespace&, Ipv4 destination);

}  // namespace cgn::net_test
