// SPDX-License-Identifier: Apache-2.0
// The two TCP options of a SYN that concern a translator: the C++ twin of bpf/tcp_options.h.
//
// What        Window scale (by which the kernel later judges who may end the session) and maximum segment size (which an
//             operator may lower). As with the hosts that will read them, of an option that stands twice the last counts.
// Failure     None: a fault ends the walk but not what was read before it.
// RFC         9293 section 3.2 (MSS), 7323 section 2.2 (window scale; more than 14 means 14)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "packet/view.hpp"

namespace cgn::packet {

struct TcpOptions {
  std::uint8_t window_scale = 1;  // shift + 1, as in cgn_entry: without the option nothing is shifted
  std::size_t mss_at = 0;         // offset of the value in the frame, 0 = none
  std::uint16_t mss = 0;
};

// Of a TCP segment with SYN; in others the same numbers would mean nothing.
[[nodiscard]] TcpOptions tcp_options(std::span<const std::byte> frame, const View&);

}  // namespace cgn::packet
