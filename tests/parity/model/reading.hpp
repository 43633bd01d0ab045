// SPDX-License-Identifier: Apache-2.0
// The model's own eyes: Ethernet, tags and IPv4 as the standards draw them, without any code of bpf/ or userspace/.
//
// What        Enough to classify. What a packet to translate holds beyond that is read by the slow path's own packet/view,
//             which is the judge under test there.
// Failure     nullopt where the header ends before its length or a length contradicts another.
// RFC         791; IEEE 802.1Q, two tags at most
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "cgn/net.hpp"

namespace cgn::parity {

using Frame = std::span<const std::byte>;

[[nodiscard]] inline unsigned byte_at(Frame frame, std::size_t at) { return std::to_integer<unsigned>(frame[at]); }
[[nodiscard]] inline unsigned word_at(Frame frame, std::size_t at) {
  return byte_at(frame, at) * 256 + byte_at(frame, at + 1);
}
[[nodiscard]] inline Ipv4 address_at(Frame frame, std::size_t at) {
  return Ipv4::from_host(word_at(frame, at) * 65536 + word_at(frame, at + 2));
}
[[nodiscard]] Mac mac_at(Frame, std::size_t at);

struct LinkHeader {
  Mac destination{}, source{};
  unsigned tag_count = 0;
  std::array<unsigned, 2> vids{};
  unsigned type = 0;     // of what follows the tags
  std::size_t size = 0;  // and where it begins
};

[[nodiscard]] std::optional<LinkHeader> read_link_header(Frame);

struct Ipv4Header {
  std::size_t at = 0, size = 0;
  unsigned length = 0;  // of the packet, header included
  unsigned protocol = 0, ttl = 0;
  bool more_fragments = false;
  bool dont_fragment = false;
  unsigned fragment_offset = 0;  // in units of 8 bytes
  Ipv4 source{}, destination{};
  [[nodiscard]] std::size_t transport() const { return at + size; }
  [[nodiscard]] std::size_t end() const { return at + length; }
  [[nodiscard]] std::size_t transport_length() const { return length - size; }
  [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

[[nodiscard]] std::optional<Ipv4Header> read_ipv4_header(Frame, std::size_t at);

}  // namespace cgn::parity
