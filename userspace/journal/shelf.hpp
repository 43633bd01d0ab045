// SPDX-License-Identifier: Apache-2.0
// The log files of a directory in their order, and which time they cover.
//
// What        Knows of each file what its header, turns and last row say; joins files without a gap in the sequence
// numbers
//             into *runs*; opens a file when it is asked and keeps the latest few open.
// Failure     A file that cannot be read is a hole with a reason.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/source.hpp"

namespace cgn::journal {

struct Volume {
  std::filesystem::path path{};
  Header header{};
  std::vector<Row> turns{};
  std::uint64_t last_seq = 0;  // that counts: what the next file takes over is void
  WallTime last_wall{};
  bool complete = false;  // answers alone
  bool has_wal = false;
  bool follows = false;  // without a gap on the volume before
  // The wall time that it covers, clock steps included.
  WallTime from{};
  WallTime to{};
  WallTime reach{};          // not later than `from`: rows of events stamped since then may stand here
  std::string end_reason{};  // why it covers no more, where a question may fall into the hole
};

class Shelf {
 public:
  [[nodiscard]] static Result<Shelf> open(const std::filesystem::path& directory, WallTime now);

  [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }
  [[nodiscard]] WallTime now() const { return now_; }
  // Files that could not be read: "PATH: reason".
  [[nodiscard]] const std::string& unreadable() const { return unreadable_; }
  [[nodiscard]] Result<Source*> source(std::size_t volume);

 private:
  explicit Shelf(WallTime now) : now_{now} {}
  [[nodiscard]] Result<> list(const std::filesystem::path& directory);
  [[nodiscard]] Result<Volume> inspect(const std::filesystem::path&);
  void join();
  void set_end(std::size_t volume);
  [[nodiscard]] bool is_live(const Volume&) const;

  WallTime now_;
  std::vector<Volume> volumes_;
  std::string unreadable_;
  std::map<std::size_t, Source> open_;
  std::list<std::size_t> recent_;  // of open_, the latest used first
};

}  // namespace cgn::journal
