// SPDX-License-Identifier: Apache-2.0
// What the closed files of a log directory say of themselves, in one small file beside them.
//
// What        A look-up must know which files cover its time before it opens one. Two years are 730 files; opening each costs
//             a second of a cold disk, this list a millisecond. An entry stands for a file only while the file's size and time
//             of change (and its -wal's) are those that were noted: a file that was changed or replaced is inspected as if
//             there were no list, as is one that was added, and one that is gone is gone. Whoever opens a file on the
//             list's word compares both stamp and header with it; nobody says NOT COVERED before all stamps were.
// Life-cycle  Written by the writer of the log (never by a reader: evidence is not touched), in one rename. Nothing is lost
//             with it.
// Failure     A list that is missing, torn or of another version is no list.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "journal/header.hpp"

namespace cgn::journal {

inline constexpr std::string_view kCatalogueName = "catalogue";

// Which file it was that spoke.
struct FileStamp {
  std::int64_t size = 0, changed_ns = 0;
  std::int64_t wal_size = -1, wal_changed_ns = 0;  // -1: there was no -wal
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
  // True while the file at the path is the one that was noted. A -wal beside a file that had none is none of its own:
  // a file that left WAL mode has no use for it.
  [[nodiscard]] bool is_of(const std::filesystem::path&) const;
};

// What a file covers, as itself says it.
struct Extent {
  Header header{};  // in a catalogue without the fields that only the writer and the chain need
  std::uint64_t last_seq = 0;
  WallTime last_wall{};
  bool complete = false;  // answers alone
  WallTime reach{};       // rows of events stamped since then may stand in it
  // The wall times between which its clock was stepped.
  std::optional<WallTime> stepped_low{}, stepped_high{};
};

struct CatalogueEntry {
  FileStamp stamp{};
  Extent extent{};
};

using Catalogue = std::map<std::string, CatalogueEntry, std::less<>>;  // by file name

[[nodiscard]] std::optional<FileStamp> stamp_of(const std::filesystem::path&);

// Hands over entry by entry, in order of name. False when there is no list that can be read to its end: what was handed
// over is then worth nothing.
[[nodiscard]] bool read_catalogue(const std::filesystem::path& directory,
                                  const std::function<void(std::string_view name, CatalogueEntry)>& take);
[[nodiscard]] Result<> write_catalogue(const std::filesystem::path& directory, const Catalogue&);

// True if a look-up on the list's word means what one that asks the file means.
[[nodiscard]] bool same_extent(const Header& listed, const Header& found);

}  // namespace cgn::journal
