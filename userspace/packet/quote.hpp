// SPDX-License-Identifier: Apache-2.0
// The packet that an ICMP error is about: the C++ twin of bpf/icmp.h.
//
// What        An error quotes the first bytes of the packet that could not be delivered. read_quote() checks the message
//             and finds the quoted ends; translate_quote() writes them anew and keeps every checksum in it right, the
//             quoted ones included. The error's own addresses are rewrite.cpp's.
// Ownership   Borrows the bytes.
// Failure     read_quote() gives the verdict of bpf/icmp.h: ICMP_CHECKSUM for a message or quoted header whose sum is
//             wrong, TRUNCATED for a quote without eight bytes of transport, ICMP_UNMATCHED for one that names no
//             mapping. The quoted transport checksum is never verified (REQ-3c): a quote may be cut or damaged.
// RFC         5508 REQ-3 to REQ-7, 4884 (extensions behind the quote), 1191 (the MTU of the next hop)
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>

#include "cgn/net.hpp"
#include "cgn/verdict.hpp"

namespace cgn::packet {

struct Quote {
  std::size_t l3 = 0;     // offset of the quoted IPv4 header
  std::size_t l4 = 0;     // offset of the quoted transport header
  std::size_t check = 0;  // offset of its checksum; 0 = beyond the quote, or the sender made none
  Proto proto = Proto::udp;
  bool opaque = false;  // of a transport that read() refuses: without ports, `proto` means nothing
  Endpoint source{};  // ICMP query: the identifier is the port of both
  Endpoint destination{};
};

struct View;

[[nodiscard]] bool is_icmp_error(std::uint8_t type);
[[nodiscard]] bool is_icmp_query(std::uint8_t type);

// Of an error whose outer headers have been read.
[[nodiscard]] std::expected<Quote, Verdict> read_quote(std::span<const std::byte> frame, const View&);

// New ends of the quoted packet, nullopt = unchanged.
struct QuotedEnds {
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;
  std::uint16_t identification_offset = 0;  // of the external end that the quoted packet left under (identification.hpp)
};
void translate_quote(std::span<std::byte> frame, const View&, const QuotedEnds&);

}  // namespace cgn::packet
