// SPDX-License-Identifier: Apache-2.0
// The two answers about one packet, side by side.
//
// What        Every difference as a sentence; an empty list is agreement. The output's checksums are judged a third time, by
//             division (sums.hpp).
// Failure     None.
#pragma once

#include <string>
#include <vector>

#include "parity/kernel_side.hpp"

namespace cgn::parity {

using Differences = std::vector<std::string>;

// Verdict, counters, action, frame, punt header, sums.
[[nodiscard]] Differences compare_packet(const KernelSide&, const Arrival&, const Observation&, const Answer&);

// One half, as the model has it and as the kernel does; `now` is taken over into the model when it is possible.
[[nodiscard]] Differences compare_half(const HalfKey&, const Half& model, const std::optional<Half>& now);

// The whole table.
[[nodiscard]] Differences compare_table(const Halves& model, const Halves& now);

// The stamps of all permissions.
[[nodiscard]] Differences compare_heard(const std::map<Heard, Stamp>& model, const std::map<Heard, Stamp>& now);

[[nodiscard]] std::string to_string(const HalfKey&);
[[nodiscard]] std::string to_string(const Answer&);
[[nodiscard]] std::string to_string(const Observation&);

}  // namespace cgn::parity
