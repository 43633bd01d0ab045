// SPDX-License-Identifier: Apache-2.0
// What the tester saw on a wire, decoded.
//
// What        decode() reads a frame into the fields that rows speak of, and says whether every checksum is right.
//             quoted() reads the packet inside an ICMP error, which may be cut short.
// Ownership   A value, with the frame it was read from.
// Failure     nullopt for what is not IPv4 or too short to be. Independent of the code under test on purpose: it
//             includes nothing of userspace/ and sums checksums by division.
#pragma once

#include <optional>
#include <string>

#include "packets/builder.hpp"

namespace cgn::selftest {

using test::Bytes;

// Of the device: towards the subscribers, towards the world, towards the subscribers of the other realm.
enum class Side { inside, outside, east };
[[nodiscard]] constexpr Side opposite(Side side) { return side == Side::outside ? Side::inside : Side::outside; }

struct Seen {
  Bytes frame;   // as it came
  Bytes packet;  // from the IPv4 header to total length
  Side side = Side::outside;
  Mac source_mac{}, destination_mac{};

  Ipv4 source{}, destination{};
  std::uint8_t protocol = 0, ttl = 0, tos = 0;
  std::uint16_t identification = 0;
  bool dont_fragment = false, more_fragments = false;
  unsigned fragment_offset = 0, header_size = 20;
  bool header_checksum_right = false;

  // Zero in a later fragment. Of an ICMP query the identifier is the source's port, of its reply the destination's.
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint8_t icmp_type = 0, icmp_code = 0;
  std::uint32_t icmp_second_word = 0;
  std::uint8_t flags = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint16_t transport_checksum = 0;
  bool transport_checksum_right = false;  // also when UDP has none, and when a fragment cannot be judged
  Bytes payload;                          // behind the transport header; of a later fragment everything

  [[nodiscard]] Endpoint from() const { return {source, Port{source_port}}; }
  [[nodiscard]] Endpoint to() const { return {destination, Port{destination_port}}; }
  [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
  [[nodiscard]] bool is_icmp_error() const;
};

[[nodiscard]] std::optional<Seen> decode(const Bytes& frame, Side side);
[[nodiscard]] std::optional<Seen> quoted(const Seen& icmp_error);

// What no translation changes: protocol, kind and payload. By it a packet is known again on the other side.
[[nodiscard]] std::string fingerprint(const Seen&);
[[nodiscard]] std::string describe(const Seen&);  // "udp 203.0.113.4:1234 > 198.51.100.7:53, ttl 63"

}  // namespace cgn::selftest
