// SPDX-License-Identifier: Apache-2.0
// The birth of a file of the log.
//
// Life-cycle  A file is made whole under NAME.new, with its first rows and its -wal, and gets its name in one rename:
//             no reader ever sees a file without header, first row or -wal.
// Failure     A crash in between leaves *.new, which remove_unborn() takes away.
#pragma once

#include <filesystem>
#include <span>

#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

// Makes the file with header (identity is filled in) and rows, which carry their sequence numbers. Its name is durable
// only after sync_directory().
[[nodiscard]] Result<> give_birth(const std::filesystem::path&, Header, std::span<const Row> first_rows);
void remove_unborn(const std::filesystem::path& directory);

}  // namespace cgn::journal
