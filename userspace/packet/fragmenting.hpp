// SPDX-License-Identifier: Apache-2.0
// A frame too large for its next hop, cut into fragments.
//
// What        Each fragment is a whole frame with the link header of the one that was cut: its IPv4 packet is at most
//             `mtu` bytes, its data begin at a multiple of eight, options go along as their copy bit says, and the
//             identification stays. A packet that is a fragment already is cut on: offsets and the last one's
//             more-fragments flag follow it.
// Failure     None of an MTU of 68 bytes or more, which every link has (RFC 791). Below, when not even eight bytes of data
//             fit beside the header: no fragment at all.
// RFC         791 section 3.2, 4787 REQ-13
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cgn::packet {

// In order. `l3` is the offset of the IPv4 header, whose lengths have been checked; don't fragment must not be set.
[[nodiscard]] std::vector<std::vector<std::byte>> fragments(std::span<const std::byte> frame, std::size_t l3,
                                                            std::size_t mtu);

}  // namespace cgn::packet
