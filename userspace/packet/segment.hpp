// SPDX-License-Identifier: Apache-2.0
// What an ALG changes in a TCP segment besides the translation: numbers, blocks of SACK, bytes of the payload.
//
// What        Numbers are changed with the checksum updated by the difference, as every rewriting here: a sum that came wrong
//             leaves wrong. Bytes of the payload are only ever replaced under a sum that was found right, and it is then made
//             anew.
// Failure     The view must be of this very frame, and of TCP; that is asserted, not reported.
// RFC         9293, 2018 (SACK), 1624
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "packet/view.hpp"

namespace cgn::packet {

[[nodiscard]] std::uint32_t sequence_of(std::span<const std::byte> frame, const View&);
[[nodiscard]] std::uint32_t acknowledgement_of(std::span<const std::byte> frame, const View&);
[[nodiscard]] std::string_view payload_of(std::span<const std::byte> frame, const View&);
// Of a whole segment, no fragment.
[[nodiscard]] bool has_right_checksum(std::span<const std::byte> frame, const View&);

// Begin and end of a block that the other end holds, both in and out; nullopt: it cannot be said in the new numbers.
using Block = std::pair<std::uint32_t, std::uint32_t>;
using MoveBlock = std::function<std::optional<Block>(const Block&)>;

// In place.
void set_sequence(std::span<std::byte> frame, const View&, std::uint32_t);
// In place, with the blocks of SACK. If one of those cannot be said, none is: the option becomes no-operations (SACK only
// advises).
void set_acknowledgement(std::span<std::byte> frame, const View&, std::uint32_t, const MoveBlock&);

// The frame with `instead` where payload[begin, end) was: lengths and both checksums fit, and nothing stands behind the packet.
[[nodiscard]] std::vector<std::byte> with_payload(std::span<const std::byte> frame, const View&,
                                                  std::pair<std::size_t, std::size_t> replaced,
                                                  std::string_view instead);

}  // namespace cgn::packet
