// SPDX-License-Identifier: Apache-2.0
// The identification of packets that may be cut downstream: the C++ twin of bpf/identification.h.
//
// What        An offset for each external end, to be added to the identification of what leaves under its name and to be
//             subtracted from what an ICMP error quotes of it. Only of packets whose identification means something:
//             DF clear, and no fragment. docs/packet-flow.md has the formula.
// Failure     None.
// RFC         6864 s. 5.3.1, 7857 s. 10
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cgn/net.hpp"

namespace cgn::packet {

[[nodiscard]] std::uint16_t identification_offset(Endpoint external, Proto, std::uint64_t seed);

// `header` begins with an IPv4 header.
[[nodiscard]] bool is_numbered(std::span<const std::byte> header);

}  // namespace cgn::packet
