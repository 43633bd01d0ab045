// SPDX-License-Identifier: Apache-2.0
// The log files of a directory in their order, and which time they cover.
//
// What        Knows which time each file covers: from the catalogue where that has an entry for the file as it is, from the
//             file itself where not; joins files without a gap in the sequence numbers into *runs*; opens a file when it
//             is asked and keeps the latest few open.
// Failure     A file that cannot be read is a hole with a reason. A file that is not what the catalogue says makes the
//             shelf stale(): open it again without the catalogue.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "journal/catalogue.hpp"
#include "journal/source.hpp"

namespace cgn::journal {

struct Volume {
  std::filesystem::path path{};
  Extent extent{};  // last_seq: that counts, what the next file takes over is void
  FileStamp stamp{};
  bool listed = false;      // known from the catalogue only, until it is opened
  std::string last_boot{};  // of a file that was inspected: the boot of its newest rows
  std::string identity{};   // the same: of the original file
  bool follows = false;     // without a gap on the volume before
  // The wall time that it covers, clock steps included.
  WallTime from{};
  WallTime to{};
  WallTime reach{};          // not later than `from`: rows of events stamped since then may stand here
  std::string end_reason{};  // why it covers no more, where a question may fall into the hole

  [[nodiscard]] const Header& header() const { return extent.header; }
  [[nodiscard]] bool has_wal() const { return stamp.wal_size >= 0; }
};

class Shelf {
 public:
  enum class Trust { catalogue, files_only };
  [[nodiscard]] static Result<Shelf> open(const std::filesystem::path& directory, WallTime now,
                                          Trust = Trust::catalogue);

  [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }
  [[nodiscard]] WallTime now() const { return now_; }
  // Files that could not be read: "PATH: reason".
  [[nodiscard]] const std::string& unreadable() const { return unreadable_; }
  [[nodiscard]] Result<Source*> source(std::size_t volume);
  // Starts, steps, markers of a volume, in order of seq; those that count.
  [[nodiscard]] Result<std::vector<Row>> turns(std::size_t volume);
  // True once a file was found to be another than the catalogue says.
  [[nodiscard]] bool stale() const { return stale_; }

 private:
  explicit Shelf(WallTime now) : now_{now} {}
  void take(const std::filesystem::path& directory, std::span<const std::filesystem::path> paths, Trust);
  [[nodiscard]] static Result<Volume> inspect(const std::filesystem::path&);
  void join();
  static void cut(Volume&, std::uint64_t last_seq);
  [[nodiscard]] Result<> confirm(Volume&, const Source&);
  void set_end(std::size_t volume);
  [[nodiscard]] bool is_live(const Volume&) const;

  WallTime now_;
  std::vector<Volume> volumes_;
  std::string unreadable_;
  bool stale_ = false;
  std::map<std::size_t, Source> open_;
  std::list<std::size_t> recent_;  // of open_, the latest used first
  std::map<std::size_t, std::vector<Row>> turns_;  // of volumes that were asked: every holder of an answer needs them
};

// Brings the catalogue up to the closed files that are there. For the writer of the log only.
[[nodiscard]] Result<> refresh_catalogue(const std::filesystem::path& directory, WallTime now);

}  // namespace cgn::journal
