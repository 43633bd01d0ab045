// SPDX-License-Identifier: Apache-2.0
// Datagrams in pieces: cutting them up, and putting together what came.
#pragma once

#include "wire.hpp"

namespace cgn::selftest {

// The fragments of an untagged frame without options, of so many bytes of IPv4 payload each (a multiple of 8; the last
// one carries the rest).
[[nodiscard]] std::vector<Bytes> cut(const Bytes& frame, std::size_t size);

// Waits for the fragments of one datagram on that side and gives it as if it had come whole. Throws Failed when a byte
// comes twice.
[[nodiscard]] Seen reassembled(Wire& wire, Side side, const Wire::Match& mine);

// A frame with an identification of its own, as every datagram that may be fragmented must have.
[[nodiscard]] Bytes distinct(Wire& wire, Frame frame);

}  // namespace cgn::selftest
