// SPDX-License-Identifier: Apache-2.0
// What an application level gateway makes of a segment that is about to leave.
#pragma once

#include <cstddef>
#include <vector>

#include "cgn/verdict.hpp"
#include "core/effects.hpp"

namespace cgn::daemon {

struct AlgOutcome {
  Verdict verdict = CGN_VERDICT_CONTINUE;  // CONTINUE: `bytes` leave; HELD: as it came, under `ticket`; else refused
  core::BlockTicket ticket = 0;
  std::vector<std::byte> bytes{};  // punt header and frame; empty: as it came
};

}  // namespace cgn::daemon
