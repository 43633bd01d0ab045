// SPDX-License-Identifier: Apache-2.0
// The files of the log directory: names, listing, syncing.
//
// What        A file is named by the UTC day on which it was opened, 2026-11-20.cgnlog, and 2026-11-20-2.cgnlog when
//             the day begins anew. Names are for people: the order of files is that of their first sequence number.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::journal {

inline constexpr std::string_view kLogExtension = ".cgnlog";

// "2026-11-20"
[[nodiscard]] std::string day_of(WallTime);

// The log files, in order of name. Of a file that is there in both forms, the sealed one: it has got its name last.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_day_files(const std::filesystem::path& directory);
// Their names alone, for who opens few of them: years of paths are more memory than a look-up needs for all else.
[[nodiscard]] Result<std::vector<std::string>> list_day_names(const std::filesystem::path& directory);
// "2026-11-20.sealed.cgnlog" of "2026-11-20.cgnlog" (or of itself): the name of its sealed form.
[[nodiscard]] std::filesystem::path sealed_name(const std::filesystem::path&);
// The reverse: the name that the file had, or has, in use. Headers call files by it.
[[nodiscard]] std::filesystem::path live_name(const std::filesystem::path&);
[[nodiscard]] bool is_sealed_name(const std::filesystem::path&);
// Not taken by a file of either form.
[[nodiscard]] std::filesystem::path free_name(const std::filesystem::path& directory, WallTime opened);
[[nodiscard]] std::filesystem::path wal_of(const std::filesystem::path&);

// Makes what is in the file durable.
[[nodiscard]] Result<> sync_file(const std::filesystem::path&);
// Makes the names in it durable.
[[nodiscard]] Result<> sync_directory(const std::filesystem::path& directory);

// "device:inode" of what stands at the path now, empty when nothing does.
[[nodiscard]] std::string identity_of(const std::filesystem::path&);

}  // namespace cgn::journal
