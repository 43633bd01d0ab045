// SPDX-License-Identifier: Apache-2.0
// By how much the identification of what leaves under an external end is moved: the formula of docs/packet-flow.md.
// RFC 6864 section 5.3.1
#include "parity/model/visit.hpp"

namespace cgn::parity {

std::uint64_t mixed(std::uint64_t h) {
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

std::uint16_t identification_offset(const Visit& v, Endpoint external, Proto proto) {
  const auto end = std::uint64_t{external.address.host()} * 65536 + external.port.value();
  const auto upper_half = v.state.scene.settings.seed >> 32 << 32;
  return static_cast<std::uint16_t>(mixed((end * 256 + static_cast<unsigned>(proto)) ^ upper_half) >> 48);
}

}  // namespace cgn::parity
