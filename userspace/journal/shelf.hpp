// SPDX-License-Identifier: Apache-2.0
// The log files of a directory in their order, and which time they cover.
//
// What        Knows which time each file covers: from the catalogue where that has an entry for it, from the file itself where
//             not; joins files without a gap in the sequence numbers into *runs*; opens a file when it is asked and keeps
//             the latest few open.
// Failure     A file that cannot be read is a hole with a reason. A file that is not what the catalogue says makes the
//             shelf stale(): open it again with less trust.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/catalogue.hpp"
#include "journal/source.hpp"

namespace cgn::journal {

struct Volume {
  std::string name{};  // of the file in the directory
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
  // In the catalogue's entries, from most to none.
  enum class Trust {
    catalogue,  // until the file is opened, or all are checked: years of files are not looked at for one answer
    stamps,     // if the file is the one that was noted, at a look from outside
    files_only,
  };
  [[nodiscard]] static Result<Shelf> open(const std::filesystem::path& directory, WallTime now,
                                          Trust = Trust::catalogue);

  [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }
  [[nodiscard]] std::filesystem::path path(const Volume& volume) const { return directory_ / volume.name; }
  [[nodiscard]] WallTime now() const { return now_; }
  // Files that could not be read: "PATH: reason".
  [[nodiscard]] const std::string& unreadable() const { return unreadable_; }
  [[nodiscard]] Result<Source*> source(std::size_t volume);
  // Starts, steps, markers of a volume, in order of seq; those that count.
  [[nodiscard]] Result<std::vector<Row>> turns(std::size_t volume);
  // Looks whether the files are still those that were there when the shelf was opened (a day may have rolled meanwhile), and
  // at each that is known from the catalogue only. For who is about to say that there is no file.
  void check_all();
  // True once the files were found to be others.
  [[nodiscard]] bool stale() const { return stale_; }

 private:
  Shelf(std::filesystem::path directory, WallTime now) : directory_{std::move(directory)}, now_{now} {}
  void take(Trust);
  void take_listed(Trust);
  [[nodiscard]] static Result<Volume> inspect(const std::filesystem::path&);
  void join();
  void cut(Volume&, std::uint64_t last_seq);
  [[nodiscard]] Result<> confirm(Volume&, const Source&);
  void set_end(std::size_t volume);
  [[nodiscard]] bool is_live(const Volume&) const;

  std::filesystem::path directory_;
  WallTime now_;
  std::vector<std::string> names_;
  std::vector<Volume> volumes_;
  std::string unreadable_;
  bool stale_ = false, checked_ = false;
  std::map<std::size_t, Source> open_;
  std::list<std::size_t> recent_;  // of open_, the latest used first
  std::map<std::size_t, std::vector<Row>> turns_;  // of volumes that were asked: every holder of an answer needs them
};

// Brings the catalogue up to the closed files that are there. For the writer of the log only.
[[nodiscard]] Result<> refresh_catalogue(const std::filesystem::path& directory, WallTime now);

}  // namespace cgn::journal
