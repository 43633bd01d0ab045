// SPDX-License-Identifier: Apache-2.0
// Sums by division.
#include "checksum.hpp"

namespace cgn::selftest {
namespace {

std::uint64_t sum(const Bytes& bytes) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    total += std::to_integer<std::uint64_t>(bytes[i]) * (i % 2 == 0 ? 256 : 1);
  }
  return total;
}

void put(Bytes& out, std::uint32_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

}  // namespace

bool sums_to_zero(const Bytes& bytes) { return sum(bytes) % 65535 == 0 && sum(bytes) != 0; }

std::uint16_t internet_checksum(const Bytes& bytes) {
  return static_cast<std::uint16_t>((65535 - sum(bytes) % 65535) % 65535);
}

Bytes with_pseudo_header(Ipv4 source, Ipv4 destination, std::uint8_t protocol, const Bytes& segment) {
  if (protocol == IPPROTO_ICMP) return segment;
  Bytes out;
  put(out, source.host(), 4);
  put(out, destination.host(), 4);
  put(out, protocol, 2);
  put(out, static_cast<std::uint32_t>(segment.size()), 2);
  out.insert(out.end(), segment.begin(), segment.end());
  return out;
}

}  // namespace cgn::selftest
