// SPDX-License-Identifier: Apache-2.0
// ICMP errors that we originate, toward whoever sent the packet that ended here.
//
// What        Builds a whole frame back to the sender, quoting the IPv4 header and as much of the data as fits in 576
//             bytes (RFC 1812 s. 4.3.2.3), as the packet came in: toward subscribers in pre-NAT terms, toward senders
//             outside in external ones.
// Failure     may_answer() says when RFC 1122 s. 3.2.2 forbids an error: about ICMP errors, broadcasts, later
//             fragments, sources that name no single host.
// RFC         792, 1122, 1191 (next hop's MTU), 1812, 4787 REQ-13, 5508 REQ-8 and REQ-10, 6888 REQ-11B
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cgn/net.hpp"
#include "packet/view.hpp"

namespace cgn::packet {

// Of a view no more is used than read_header() fills in.
[[nodiscard]] bool may_answer(std::span<const std::byte> frame, const View&);

// What an error says.
struct IcmpError {
  std::uint8_t type = 3;
  std::uint8_t code = 1;
  std::uint16_t mtu = 0;  // of the next hop; fragmentation needed only
  friend bool operator==(const IcmpError&, const IcmpError&) = default;
};

inline constexpr IcmpError kHostUnreachable{.type = 3, .code = 1};
inline constexpr IcmpError kProtocolUnreachable{.type = 3, .code = 2};
inline constexpr IcmpError kAdminProhibited{.type = 3, .code = 13};
inline constexpr IcmpError kTtlExceeded{.type = 11, .code = 0};
[[nodiscard]] constexpr IcmpError fragmentation_needed(std::uint16_t mtu) { return {.type = 3, .code = 4, .mtu = mtu}; }

// A whole frame back to the sender: MACs swapped, the same VLAN tags. `source` is an address of ours that the sender can
// reach. Of the view no more is used than read_header() fills in.
[[nodiscard]] std::vector<std::byte> error_about(std::span<const std::byte> frame, const View&, const IcmpError&,
                                                 Ipv4 source);

}  // namespace cgn::packet
