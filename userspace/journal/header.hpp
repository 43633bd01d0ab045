// SPDX-License-Identifier: Apache-2.0
// What a log file says of itself.
//
// What        Written once when the file is made; into a live file only `closed` and `last_seq` are added, once, when the
//             next file has taken over. A file covers exactly [opened, closed].
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgn/time.hpp"
#include "journal/database.hpp"
#include "journal/link.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

struct Header {
  int schema = 0;  // as read: which form the file is in
  std::uint32_t node_id = 0;
  std::string node_name{};
  WallTime opened{};
  std::optional<WallTime> closed{};
  std::uint64_t first_seq = 1;
  std::optional<std::uint64_t> last_seq{};  // with `closed`
  std::string previous{};                   // name of the file before, empty for the first
  Link previous_link{};                     // of the file before
  std::string identity{};                   // "device:inode" of the original file: a copy has another
  Duration heartbeat{};
  Duration retention{};
  // Of a sealed file: what its times count from, and the link of its last row.
  WallTime base{};
  Link last_link{};
};

// Of a live file, or of a sealed one.
[[nodiscard]] Result<> write_header(const Database&, const Header&);
[[nodiscard]] Result<> write_closed(const Database&, WallTime closed, std::uint64_t last_seq);
[[nodiscard]] Result<Header> read_header(const Database&);

}  // namespace cgn::journal
