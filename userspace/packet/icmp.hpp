// SPDX-License-Identifier: Apache-2.0
// ICMP errors that we originate toward subscribers.
//
// What        Builds destination unreachable about a frame that was refused: back to its sender, quoting its IPv4
// header
//             and as much of its data as fits in 576 bytes (RFC 1812 s. 4.3.2.3), in pre-NAT terms.
// Failure     may_answer() says when RFC 1122 s. 3.2.2 forbids an error: about ICMP errors, broadcasts, later
// fragments,
//             sources that name no single host.
// RFC         792, 1122, 1812, 6888 REQ-11B, 5508 REQ-8
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cgn/net.hpp"
#include "packet/view.hpp"

namespace cgn::packet {

[[nodiscard]] bool may_answer(std::span<const std::byte> frame, const View&);

struct Unreachable {
  Ipv4 source{};          // our address, one that the subscriber can reach
  std::uint8_t code = 1;  // 1 host, 13 administratively prohibited
};

// A whole frame back to the sender: MACs swapped, the same VLAN tags.
[[nodiscard]] std::vector<std::byte> unreachable(std::span<const std::byte> frame, const View&, const Unreachable&);

}  // namespace cgn::packet
