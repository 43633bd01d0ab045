// SPDX-License-Identifier: Apache-2.0
// One file's rows, walked from the first to the last, and compared with the links that are known of them.
#pragma once

#include <span>

#include "journal/attestation.hpp"
#include "journal/source.hpp"
#include "journal/verify.hpp"

namespace cgn::journal {

// What the walk takes for granted: the rows of the next file are not this one's, and what the node has signed.
struct WalkBounds {
  std::uint64_t end = 0;  // the first row that is void here
  std::span<const Head> heads{};
};

struct Walked {
  std::uint64_t last_seq = 0;
  std::uint64_t rows = 0;
  std::optional<Link> last_link{};  // none: rows are missing or were changed
  std::vector<Row> notes{};         // of kinds `deletion` and `gap`
  std::uint64_t signed_seq = 0;     // the newest row here whose head fits
};

// A file that cannot be read whole is a finding, too.
[[nodiscard]] Walked walk(const Source&, const WalkBounds&, std::vector<Finding>&);

}  // namespace cgn::journal
