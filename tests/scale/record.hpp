// SPDX-License-Identifier: Apache-2.0
// The history, written as a log directory: sealed day files by the code that seals them.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cgn/result.hpp"
#include "scale/history.hpp"

namespace cgn::scale {

struct Written {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  unsigned files = 0;
  double seconds = 0;
};

// Into an empty directory; tells of each tenth on standard error.
[[nodiscard]] Result<Written> write_record(const Shape&, const std::filesystem::path& directory);

}  // namespace cgn::scale
