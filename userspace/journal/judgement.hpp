// SPDX-License-Identifier: Apache-2.0
// From intervals of holding to ONE HOLDER, NOBODY or AMBIGUOUS.
//
// What        PURE. The asker's clock may be wrong by `tolerance`, so the truth lies somewhere in the open window
//             (at - tolerance, at + tolerance). Only what is the same everywhere in the window is said to be certain.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/time.hpp"
#include "journal/reader.hpp"

namespace cgn::journal {

// Held in [from, to); an absent end is open.
struct Interval {
  Prefix subscriber{};
  std::string realm{};
  std::optional<WallTime> from{};
  std::optional<WallTime> to{};
};

struct Judgement {
  Certainty certainty = Certainty::nobody;
  std::vector<std::size_t> who{};                       // indices into the intervals
  std::optional<std::chrono::milliseconds> would_do{};  // of AMBIGUOUS: the largest tolerance that gives certainty
};

[[nodiscard]] Judgement judge(std::span<const Interval>, WallTime at, std::chrono::milliseconds tolerance);

}  // namespace cgn::journal
