// SPDX-License-Identifier: Apache-2.0
// Frames that the builder of the packet table does not write by itself, made by editing its bytes.
//
// What        Edits of a frame without VLAN tags; checksums() then makes both checksums right again.
// Failure     None.
#pragma once

#include "packets/builder.hpp"

namespace cgn::selftest {

using test::Bytes;

// The IPv4 and the transport checksum of an unfragmented frame, computed anew from its bytes.
[[nodiscard]] Bytes checksums(Bytes frame);
[[nodiscard]] Bytes header_checksum(Bytes frame);  // the IPv4 one alone

struct Numbers {
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint16_t window = 64240;
};
[[nodiscard]] Bytes with_numbers(Bytes tcp_frame, const Numbers&);
// Replaces TCP options that the builder wrote as no-operations: the same size, then these bytes.
[[nodiscard]] Bytes with_tcp_options(Bytes tcp_frame, const Bytes& options);
[[nodiscard]] Bytes with_ip_options(Bytes frame, const Bytes& options);  // likewise
[[nodiscard]] Bytes with_icmp_second_word(Bytes icmp_frame, std::uint32_t);

[[nodiscard]] Bytes bytes_of(std::initializer_list<unsigned> values);
[[nodiscard]] Bytes text(std::string_view);
[[nodiscard]] Bytes pattern(std::size_t size);
[[nodiscard]] Bytes joined(Bytes first, const Bytes& second);
[[nodiscard]] Bytes slice(const Bytes&, std::size_t from, std::size_t size);

}  // namespace cgn::selftest
