// SPDX-License-Identifier: Apache-2.0
// Checksums judged by division, over the whole packet: the third opinion on what both judges computed incrementally.
//
// What        A ones' complement sum is the remainder of the bytes, read as one number, modulo 65535. Translating must keep
//             the remainder of every sum as it was: a right checksum stays right, a wrong one stays wrong by as much
//             (so that no damaged packet is ever made to look whole).
// Ownership   Borrows the bytes.
// RFC         1071, 768 (0 in UDP says: none), 3022 section 4.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "parity/model/reading.hpp"

namespace cgn::parity {

// 0 to 65534.
[[nodiscard]] std::uint32_t remainder_of(Frame, std::uint32_t start = 0);

// What is wrong with the sums of a translated packet, given the packet as it came; nothing: all is well.
[[nodiscard]] std::optional<std::string> fault_of_sums(Frame before, Frame after);

// Sets the checksum of the IPv4 header that begins there, if the frame holds it whole.
void set_ipv4_check(std::span<std::byte> frame, std::size_t at);

}  // namespace cgn::parity
