// SPDX-License-Identifier: Apache-2.0
// The files that an answer stands on, as evidence: which they are, whether they can change, their hash.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "journal/digest.hpp"
#include "journal/reader.hpp"

namespace cgn::journal {

struct FileEvidence {
  std::filesystem::path path{};
  bool closed = false;           // will not change any more
  std::optional<Link> sha256{};  // of a closed one that can be read
};

// One for each file that was asked, in that order. Reads the closed ones whole.
[[nodiscard]] std::vector<FileEvidence> evidence_of(const Answer&);

}  // namespace cgn::journal
