// SPDX-License-Identifier: Apache-2.0
// A frame, read: the C++ twin of bpf/parse.h.
//
// What        PacketView over bytes that begin with an Ethernet header (0 to 2 VLAN tags, IPv4, options allowed; the
//             transports with ports, ICMP, ESP and GRE, the latter two whether the config wants them or not). Offsets are
//             computed here and checked against the bytes; nothing from the packet is trusted.
// Ownership   Borrows the bytes.
//             A fragment is read, too: the first with its ports, a later one without, since it has none.
// Failure     read() gives the verdict that bpf/parse.h gives for the same bytes: TRUNCATED, NOT_IPV4, HEADER_CHECKSUM,
//             IP_OPTIONS, SOURCE_ROUTE, PROTOCOL, FRAGMENT_TINY, ICMP_TYPE, ICMP_CHECKSUM, ICMP_UNMATCHED. One table of
//             packets (tests/packets) judges both.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>

#include "cgn/net.hpp"
#include "cgn/verdict.hpp"
#include "packet/quote.hpp"

namespace cgn::packet {

// Where a packet's data stand in their datagram. A packet that is whole is no fragment.
struct Fragment {
  std::uint16_t offset = 0;  // bytes
  bool more = false;
  std::uint16_t identification = 0;  // also of whole packets
  [[nodiscard]] bool is_fragment() const { return more || offset != 0; }
  [[nodiscard]] bool is_later() const { return offset != 0; }  // no transport header in it
};

struct View {
  std::size_t l3 = 0;   // offset of the IPv4 header
  std::size_t l4 = 0;   // offset of the transport header
  std::size_t end = 0;  // one past the last byte of the IPv4 packet (padding follows)
  unsigned tag_count = 0;
  Proto proto = Proto::udp;  // or one of cgn/tunnel.hpp, whose ends have port 0
  std::uint8_t ttl = 0;
  Endpoint source{};       // ICMP query: the identifier is the port of both ends, so that outbound looks up the source
  Endpoint destination{};  // and inbound the destination, whether it is a request or a reply
  bool icmp_request = false;  // echo or timestamp request; false: a reply, or an error
  bool syn = false, ack = false, fin = false, rst = false;
  std::uint32_t spi = 0;     // of ESP
  std::uint16_t call = 0;    // of PPTP's GRE: the id that its receiver has for the call
  std::size_t payload = 0;   // TCP payload bytes
  std::uint16_t length = 0;  // IPv4 total length
  Fragment fragment{};
  bool opaque = false;           // read_whole(): without ports that we read; `proto` means nothing, but for a tunnel
  std::optional<Quote> quote{};  // of an ICMP error, whose own ends have no ports
};

[[nodiscard]] std::expected<View, Verdict> read(std::span<const std::byte> frame);
// The same for an address that is translated whole: of a transport without ports that we read, whether read() knows it
// (ESP, GRE) or not, no more than its length is asked.
[[nodiscard]] std::expected<View, Verdict> read_whole(std::span<const std::byte> frame);
// Link and IPv4 header alone, whatever comes after them: offsets, lengths, addresses and TTL; the rest stays as above.
[[nodiscard]] std::expected<View, Verdict> read_header(std::span<const std::byte> frame);

}  // namespace cgn::packet
