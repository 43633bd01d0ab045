// SPDX-License-Identifier: Apache-2.0
// A frame, translated: the C++ twin of bpf/rewrite.h and bpf/forward.h.
//
// What        Edits addresses, ports or identifiers, TTL, identification and checksums (incrementally, RFC 1624; a UDP
//             checksum of zero stays zero, a computed zero leaves as 0xffff), lowers a SYN's MSS where the operator
//             wants it, and writes the link header of the next hop.
// Failure     The view must be of this very frame; that is asserted, not reported.
// RFC         1624, 3022 section 4, 768
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "cgn/net.hpp"
#include "packet/view.hpp"

namespace cgn::packet {

// New ends; nullopt = unchanged. Both set = hairpin. For ICMP echo the port of the end that is set is the identifier;
// of both, the destination's, because that is the one the receiver knows itself by. Of an ICMP error the ports belong to
// the quoted packet, which travelled the other way: `source` is where that one was received, `destination` where it was
// sent from. Of a call of PPTP the destination's port is the call id that its GRE is to bear; 0: it stays.
struct Translation {
  std::optional<Endpoint> source{};
  std::optional<Endpoint> destination{};
  std::uint16_t mss_clamp = 0;  // largest MSS that a SYN may carry on; 0 = as it came
  // That of the new source (identification.hpp); of an ICMP error, that of the external end that the quote came from.
  std::uint16_t identification_offset = 0;
  std::optional<std::uint16_t> identification{};  // RFC 6864: of fragments whose source is new
};

// In place. TTL is decremented by one; it must be greater than one. A later fragment has neither ports nor a checksum of
// its transport, so only its IPv4 header changes; an opaque view has no ports that anybody could know.
void translate(std::span<std::byte> frame, const View&, const Translation&);

// In place, for what keeps its addresses: TTL and header checksum alone. Of the view no more is used than read_header()
// fills in.
void pass(std::span<std::byte> frame, const View&);

struct LinkHeader {
  Mac destination{};
  Mac source{};
  unsigned tag_count = 0;
  std::uint16_t outer_tpid = 0x8100;  // host order
  std::uint16_t outer_vid = 0;
  std::uint16_t inner_vid = 0;
};

// The frame with this link header instead of its own, without padding beyond the IPv4 packet (60 bytes at least).
[[nodiscard]] std::vector<std::byte> with_link_header(std::span<const std::byte> frame, const View&, const LinkHeader&);

}  // namespace cgn::packet
