// SPDX-License-Identifier: Apache-2.0
// Network-order words inside a frame, and where the fields of the headers stand.
//
// What        Loads and stores of 16 and 32 bits at a byte offset, without casting a pointer; the offsets of RFC 791, 768,
//             9293, 792, 3828 (UDP-Lite: as UDP), 4340 (DCCP: the checksum where UDP has it), 9260, 4303 and 2784 by name.
// Failure     The caller has checked the bounds; that is asserted.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cgn::packet {

inline constexpr std::size_t kEthernetSize = 14;
inline constexpr std::size_t kTagSize = 4;
inline constexpr std::size_t kMinimumFrameSize = 60;  // IEEE 802.3, without the frame check sequence
inline constexpr std::size_t kIpv4Size = 20;          // without options
inline constexpr std::size_t kIpv4Longest = 65535;
inline constexpr std::size_t kTcpSize = 20;  // without options
inline constexpr std::size_t kUdpSize = 8;
inline constexpr std::size_t kIcmpSize = 8;
inline constexpr std::size_t kDccpSize = 12;  // with short sequence numbers
inline constexpr std::size_t kSctpSize = 12;
inline constexpr std::size_t kEspSize = 8;
inline constexpr std::size_t kGreSize = 4;  // without options

inline constexpr std::uint16_t kTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kTypePpp = 0x880b;         // in GRE
inline constexpr std::uint16_t kTypeTag = 0x8100;         // 802.1Q
inline constexpr std::uint16_t kTypeServiceTag = 0x88a8;  // 802.1ad

// Offsets from the beginning of the header they belong to.
namespace ipv4 {
inline constexpr std::size_t kTos = 1, kLength = 2, kIdentification = 4, kFragment = 6, kTtl = 8, kProtocol = 9,
                             kCheck = 10, kSource = 12, kDestination = 16;
}
namespace l4 {
inline constexpr std::size_t kSourcePort = 0, kDestinationPort = 2, kUdpLength = 4, kUdpCheck = 6, kTcpSequence = 4,
                             kTcpAcknowledgement = 8, kTcpOffset = 12, kTcpFlags = 13, kTcpCheck = 16, kIcmpType = 0,
                             kIcmpCode = 1, kIcmpCheck = 2, kIcmpIdentifier = 4, kIcmpQuoteWords = 5, kIcmpMtu = 6,
                             kDccpOffset = 4, kDccpType = 8, kEspSpi = 0, kGreVersion = 1;
inline constexpr std::size_t kGreType = 2;
inline constexpr std::size_t kGreCall = 6;  // RFC 2637 section 4.1
}  // namespace l4

inline constexpr std::uint8_t kEchoReply = 0;
inline constexpr std::uint8_t kDestinationUnreachable = 3;
inline constexpr std::uint8_t kEchoRequest = 8;
inline constexpr std::uint8_t kTimeExceeded = 11;
inline constexpr std::uint8_t kParameterProblem = 12;
inline constexpr std::uint8_t kTimestampRequest = 13;
inline constexpr std::uint8_t kTimestampReply = 14;

// The word at ipv4::kFragment, RFC 791.
inline constexpr std::uint16_t kDontFragment = 0x4000;
inline constexpr std::uint16_t kMoreFragments = 0x2000;
inline constexpr std::uint16_t kFragmentOffset = 0x1fff;  // in units of eight bytes

[[nodiscard]] constexpr std::uint8_t load8(std::span<const std::byte> frame, std::size_t at) {
  assert(at < frame.size());
  return std::to_integer<std::uint8_t>(frame[at]);
}

[[nodiscard]] constexpr std::uint16_t load16(std::span<const std::byte> frame, std::size_t at) {
  return static_cast<std::uint16_t>(load8(frame, at) << 8 | load8(frame, at + 1));
}

[[nodiscard]] constexpr std::uint32_t load32(std::span<const std::byte> frame, std::size_t at) {
  return std::uint32_t{load16(frame, at)} << 16 | load16(frame, at + 2);
}

constexpr void store8(std::span<std::byte> frame, std::size_t at, std::uint8_t value) {
  assert(at < frame.size());
  frame[at] = std::byte{value};
}

constexpr void store16(std::span<std::byte> frame, std::size_t at, std::uint16_t value) {
  store8(frame, at, static_cast<std::uint8_t>(value >> 8));
  store8(frame, at + 1, static_cast<std::uint8_t>(value));
}

constexpr void store32(std::span<std::byte> frame, std::size_t at, std::uint32_t value) {
  store16(frame, at, static_cast<std::uint16_t>(value >> 16));
  store16(frame, at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace cgn::packet
