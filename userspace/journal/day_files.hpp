// SPDX-License-Identifier: Apache-2.0
// The files of the log directory: names, listing, birth.
//
// What        A file is named by the UTC day on which it was opened, 2026-11-20.cgnlog, and 2026-11-20-2.cgnlog when
//             the day begins anew. Names are for people: the order of files is that of their first sequence number.
// Life-cycle  A file is made whole under NAME.new, with its first rows and its -wal, and gets its name in one rename:
//             no reader ever sees a file without header, first row or -wal.
// Failure     A crash in between leaves *.new, which remove_unborn() takes away.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

// "2026-11-20"
[[nodiscard]] std::string day_of(WallTime);

// The log files, in order of name. Of a file that is there in both forms, the sealed one: it has got its name last.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_day_files(const std::filesystem::path& directory);
// "2026-11-20.sealed.cgnlog" of "2026-11-20.cgnlog" (or of itself): the name of its sealed form.
[[nodiscard]] std::filesystem::path sealed_name(const std::filesystem::path&);
// The reverse: the name that the file had, or has, in use. Headers call files by it.
[[nodiscard]] std::filesystem::path live_name(const std::filesystem::path&);
[[nodiscard]] bool is_sealed_name(const std::filesystem::path&);
// Not taken by a file of either form.
[[nodiscard]] std::filesystem::path free_name(const std::filesystem::path& directory, WallTime opened);
[[nodiscard]] std::filesystem::path wal_of(const std::filesystem::path&);

// Makes the file with header (identity is filled in) and rows, which carry their sequence numbers. Its name is durable
// only after sync_directory().
[[nodiscard]] Result<> give_birth(const std::filesystem::path&, Header, std::span<const Row> first_rows);
// Makes what is in the file durable.
[[nodiscard]] Result<> sync_file(const std::filesystem::path&);
// Makes the names in it durable.
[[nodiscard]] Result<> sync_directory(const std::filesystem::path& directory);
void remove_unborn(const std::filesystem::path& directory);

// "device:inode" of what stands at the path now, empty when nothing does.
[[nodiscard]] std::string identity_of(const std::filesystem::path&);

}  // namespace cgn::journal
