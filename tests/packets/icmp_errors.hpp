// SPDX-License-Identifier: Apache-2.0
// Errors for the packet table: one message, and the packet it is about as two sides know it.
//
// What        An error's row has the same message in `in` and in `out`; what differs is who it goes to, and how the
//             quoted packet's translated end is written. Both quotes are built whole, sums included.
// Ownership   Values.
#pragma once

#include <algorithm>

#include "packets/row.hpp"

namespace cgn::test {

struct Error {
  std::uint8_t type = 3, code = 3;
  unsigned words = 0, mtu = 0, pointer = 0;  // of the second word
  [[nodiscard]] Frame on(Frame frame, const Bytes& quote) const {
    frame.icmp(type, code).pointer(pointer).quote_words(words);
    return frame.next_hop_mtu(mtu).payload(quote);
  }
};

inline constexpr Ipv4 kFarRouter = address(198, 51, 100, 1);  // on somebody's way; no mapping knows it

// A packet whose identification nobody moves, so that a quote of it has nothing to restore there (RFC 6864).
[[nodiscard]] inline Frame atomic(Ipv4 source, Ipv4 destination) {
  return Frame{}.ipv4(source, destination).dont_fragment();
}

// What an error quotes of a packet: its first bytes. 28 are an IPv4 header and the eight bytes of RFC 792.
[[nodiscard]] inline Bytes first_of(const Frame& packet, std::size_t size = 28) {
  auto bytes = packet.packet();
  bytes.resize(std::min(size, bytes.size()));
  return bytes;
}

// Appended to a quote that an extension follows: zero bytes up to `size` (RFC 4884 section 4).
[[nodiscard]] inline Bytes filled_to(Bytes quote, std::size_t size) {
  quote.resize(size);
  return quote;
}

// An extension structure with one MPLS label stack object (RFC 4884 section 7, RFC 4950), which nobody may change.
[[nodiscard]] inline Bytes mpls_extension() {
  Bytes out;
  for (const unsigned b : {0x20u, 0x00u, 0xf4u, 0x0au, 0x00u, 0x08u, 0x01u, 0x01u, 0x03u, 0xe8u, 0x01u, 0x01u}) {
    out.push_back(static_cast<std::byte>(b));
  }
  return out;
}

[[nodiscard]] inline Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace cgn::test
