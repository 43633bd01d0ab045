// SPDX-License-Identifier: Apache-2.0
#include "packet/identification.hpp"

#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

// The mixer of MurmurHash3, as in bpf/mix.h.
constexpr std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53u;
  return h ^ h >> 33;
}

}  // namespace

std::uint16_t identification_offset(Endpoint external, Proto proto, std::uint64_t seed) {
  const auto who = std::uint64_t{external.address.host()} << 24 | std::uint64_t{external.port.value()} << 8 |
                   static_cast<std::uint64_t>(proto);
  return static_cast<std::uint16_t>(mix(who ^ (seed & 0xffffffff00000000u)) >> 48);
}

bool is_numbered(std::span<const std::byte> header) {
  constexpr std::uint16_t kDontFragmentMoreOrOffset = 0x7fff;
  return (load16(header, ipv4::kFragment) & kDontFragmentMoreOrOffset) == 0;
}

}  // namespace cgn::packet
