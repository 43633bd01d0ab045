// SPDX-License-Identifier: Apache-2.0
// The Internet checksum as arithmetic modulo 65535, for the tester: not the code under test, nor its method.
#pragma once

#include "packets/builder.hpp"

namespace cgn::selftest {

using test::Bytes;

// True when the bytes, their checksum field included, are a multiple of 65535 (RFC 1071).
[[nodiscard]] bool sums_to_zero(const Bytes&);
// The value for a checksum field that is zero in `bytes`.
[[nodiscard]] std::uint16_t internet_checksum(const Bytes& bytes);
// What the checksum of a TCP or UDP segment covers; of ICMP the segment alone.
[[nodiscard]] Bytes with_pseudo_header(Ipv4 source, Ipv4 destination, std::uint8_t protocol, const Bytes& segment);

}  // namespace cgn::selftest
