// SPDX-License-Identifier: Apache-2.0
// Internet checksums, full (RFC 1071) and incremental (RFC 1624 equation 3).
//
// What        Sums in host arithmetic over network-order words; a checksum is the complement, as it stands in a header.
// Failure     None: any bytes have a sum. An odd last byte counts as the high half of a word.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cgn::packet {

// Folded ones'-complement sum of network-order 16-bit words, on top of `start`.
[[nodiscard]] constexpr std::uint16_t sum(std::span<const std::byte> bytes, std::uint32_t start = 0) {
  std::uint64_t total = start;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    total += std::to_integer<std::uint32_t>(bytes[i]) << 8 | std::to_integer<std::uint32_t>(bytes[i + 1]);
  }
  if (i < bytes.size()) total += std::to_integer<std::uint32_t>(bytes[i]) << 8;
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

[[nodiscard]] constexpr std::uint16_t checksum(std::span<const std::byte> bytes, std::uint32_t start = 0) {
  return static_cast<std::uint16_t>(~sum(bytes, start));
}

// HC' = ~(~HC + ~m + m'), words in host order.
[[nodiscard]] constexpr std::uint16_t update(std::uint16_t check, std::uint16_t before, std::uint16_t after) {
  std::uint32_t total = static_cast<std::uint16_t>(~check);
  total += static_cast<std::uint16_t>(~before);
  total += after;
  total = (total & 0xffff) + (total >> 16);
  total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(~total);
}

[[nodiscard]] constexpr std::uint16_t update32(std::uint16_t check, std::uint32_t before, std::uint32_t after) {
  check = update(check, static_cast<std::uint16_t>(before >> 16), static_cast<std::uint16_t>(after >> 16));
  return update(check, static_cast<std::uint16_t>(before), static_cast<std::uint16_t>(after));
}

}  // namespace cgn::packet
