// SPDX-License-Identifier: Apache-2.0
// How far the record's own clock can be trusted around an instant.
//
// What        PURE. From the rows about the clock (steps, and notes of how exact it is) of the files around the instant to a
//             sentence, and to how much wider the question must be asked. A forward step leaves wall times that the
//             clock never showed: whoever asks for one of them is answered for the whole width of the step. A backward
//             step shows times twice; Loans asks both. Further away from a step the answer stands, and says that it is
//             near one.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "cgn/time.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

struct ClockState {
  enum class Trust { unknown, good, lowered };
  Trust trust = Trust::unknown;
  std::string text{};                 // a clause: "offset 0.4 ms by chrony at 2026-..."
  std::chrono::milliseconds wider{};  // by which the tolerance must grow
};

[[nodiscard]] std::string_view to_string(ClockState::Trust);

// Rows in order of seq: clock_step and clock. `tolerance` is that of the question.
[[nodiscard]] ClockState clock_at(std::span<const Row>, WallTime at, std::chrono::milliseconds tolerance);

// The earliest that the clock can have shown after this step: somebody set it at some time since the row before, and the daemon
// saw it at the step's row. (A step that does not tell what the clock showed at the row before is taken as seen at once.)
[[nodiscard]] WallTime earliest_after(const Row& step);

}  // namespace cgn::journal
