// SPDX-License-Identifier: Apache-2.0
// What the files of the log directory say about its past, for a writer that goes on.
//
// What        Opens the newest file for writing (recovering its -wal), and reads the rows from the newest complete
//             file on: which blocks are open, which were released lately, in which boot and when the last row was
//             written. Sealed files are only read; when the newest is one, the log goes on in a file of its own.
// Failure     A file that cannot be read stops the writer from opening: going on without it could give a block twice.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "journal/holds.hpp"
#include "journal/identities.hpp"
#include "journal/log_file.hpp"
#include "journal/open_blocks.hpp"

namespace cgn::journal {

struct Past {
  std::optional<LogFile> file{};  // in use, none when the directory holds none that is live
  std::string name{};             // of the newest file
  std::uint64_t last_seq = 0;     // where that ends
  Link link{};
  OpenBlocks blocks{};
  Holds holds{};
  std::vector<OpenBlocks::Key> unopened{};  // held blocks without an opening row in the file in use
  Identities identities{};
  std::vector<Identities::Key> unopened_identities{};  // those that hold, without a row in the file in use
  std::vector<Row> released{};              // of the last hour before the last record
  std::optional<Row> parameters{};          // the newest record of those of computed blocks
  std::optional<Row> last{};
  std::string boot_id{};
};

[[nodiscard]] Result<Past> replay(const std::filesystem::path& directory);

}  // namespace cgn::journal
