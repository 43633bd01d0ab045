// SPDX-License-Identifier: Apache-2.0
// One packet as the core sees it.
#pragma once

#include <cstdint>

#include "cgn/realm.hpp"

namespace cgn::core {

// What of a TCP header matters to lifetime.
struct TcpFlags {
  bool syn = false, ack = false, fin = false, rst = false;
  std::uint8_t window_scale = 0;  // of a SYN: shift + 1, as cgn_entry has it; 0 = not known
  [[nodiscard]] bool opens() const { return syn && !ack; }
};

// In either direction `internal` is the subscriber's endpoint and `remote` the other end. For ICMP echo the ports are the
// query identifier.
struct Flow {
  Proto proto = Proto::udp;
  InternalEndpoint internal;
  Endpoint remote{};
  TcpFlags tcp{};
};

// SCTP's checksum covers its ports and not its addresses (RFC 9260 section 6.8): no NAT can change a port and the sum alone.
[[nodiscard]] constexpr bool keeps_port(Proto proto) { return proto == Proto::sctp; }

}  // namespace cgn::core
