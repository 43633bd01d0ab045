// SPDX-License-Identifier: Apache-2.0
// The IPv4 header's own truth, its checksum and its options: the C++ twin of bpf/header.h.
//
// What        Judges one whole header. All options but the source routes are somebody else's business and pass.
// Ownership   Borrows the bytes.
// Failure     HEADER_CHECKSUM, then, option by option, IP_OPTIONS (a length that contradicts the header) before
//             SOURCE_ROUTE; nullopt when there is nothing to say against the header.
// RFC         1812 s. 5.2.2, 7126 s. 4.3 and 4.4, 791
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "cgn/verdict.hpp"

namespace cgn::packet {

// `header` is as long as its IHL says, 20 to 60 bytes.
[[nodiscard]] std::optional<Verdict> fault_of_header(std::span<const std::byte> header);

}  // namespace cgn::packet
