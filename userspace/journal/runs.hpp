// SPDX-License-Identifier: Apache-2.0
// Which files of a record belong together for a time, and why none does.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "journal/shelf.hpp"

namespace cgn::journal {

// Files without a gap, [first, last]; the first one is complete.
struct Run {
  std::size_t first = 0;
  std::size_t last = 0;
};

// The gap-free runs that hold files of this time.
[[nodiscard]] std::vector<Run> runs_for(const Shelf&, WallTime from, WallTime to);

// Why `at` is in no file.
[[nodiscard]] std::string hole_at(const Shelf&, WallTime at);

}  // namespace cgn::journal
