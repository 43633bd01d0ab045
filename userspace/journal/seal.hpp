// SPDX-License-Identifier: Apache-2.0
// From the rows of a closed log file to its sealed form.
//
// What        The sealed form holds the same rows in a third of the room: small integers clustered by (address, block,
//             time), dictionaries beside them, one link of the chain in 64. Its views `events` and `events_in_words` show
//             every row as it was; docs/log.md tells of its tables.
// Life-cycle  Rows are fed in order of seq and kept in memory, 32 bytes each, until all are there; then they are sorted and
//             written at once, into a file that is not at its place yet.
// Failure     A gap between the numbers of rows, or a disk that fails: nothing stands at the path then.
#pragma once

#include <filesystem>
#include <functional>

#include "journal/form.hpp"
#include "journal/header.hpp"

namespace cgn::journal {

// Calls the visitor with each row, in order of seq.
using RowFeed = std::function<Result<>(const RowVisitor&)>;

struct SealReport {
  std::uint64_t rows = 0;
  Link last_link{};
};

// Every how many rows a sealed file keeps a link: those of row numbers that it divides, and that of the last row.
inline constexpr std::uint64_t kLinkEvery = 64;

// Writes the file and syncs it. Of the header, `closed`, `first_seq` and `previous_link` must be right, `last_seq` is a
// promise at most; base, last_seq and last_link are found from the rows. Its name is durable after sync_directory().
[[nodiscard]] Result<SealReport> seal(const std::filesystem::path& to, Header, const RowFeed&);

}  // namespace cgn::journal
