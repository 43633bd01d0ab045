// SPDX-License-Identifier: Apache-2.0
// What the record consists of: its files, and what is in them.
//
// What        segments(): one line a file, of what its header, name and signature say, without reading its rows. stats():
//             the rows counted. holds_in(): the legal holds in force, as the newest file tells them.
// Ownership   Reads only; works with the daemon dead and on copies.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgn/result.hpp"
#include "journal/holds.hpp"

namespace cgn::journal {

struct Segment {
  std::string name{};
  std::string state{};  // "open", "closed", "sealed", "signed"
  std::uint32_t node_id = 0;
  WallTime from{};
  WallTime to{};
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t bytes = 0;
  bool follows = true;               // false: rows between the file before and this one are missing
  std::vector<std::string> cases{};  // of the holds that cover it
  std::string why_not{};             // it cannot be read
};

[[nodiscard]] Result<std::vector<Segment>> segments(const std::filesystem::path& directory, WallTime now);

struct SegmentStats {
  std::string name{};
  std::uint64_t rows = 0;
  std::uint64_t allocations = 0;
  std::uint64_t releases = 0;
  std::uint64_t opening = 0;  // blocks that were held already
  std::uint64_t notes = 0;
  std::uint64_t subscribers = 0;
  std::uint64_t bytes = 0;
};

// Of the files whose name begins with `day`; empty: all.
[[nodiscard]] Result<std::vector<SegmentStats>> stats(const std::filesystem::path& directory, const std::string& day);

[[nodiscard]] Result<std::vector<Hold>> holds_in(const std::filesystem::path& directory);

}  // namespace cgn::journal
