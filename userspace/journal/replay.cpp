// SPDX-License-Identifier: Apache-2.0
// What the files of the log directory say about its past, for a writer that goes on.
#include "journal/replay.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace {

constexpr auto kReleasedKept = std::chrono::hours{1};

Result<std::vector<LogFile>> open_all_that_matter(const std::filesystem::path& directory) {
  TRY(paths, list_day_files(directory));
  std::vector<LogFile> files;
  for (const auto& path : paths) {
    auto file = LogFile::open(path);
    if (!file) {
      auto error = std::move(file).error();
      error.hint = "move it away if it cannot be repaired; look-ups in its time are then NOT COVERED";
      return Unexpected{std::move(error)};
    }
    files.push_back(std::move(*file));
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.header().first_seq < b.header().first_seq; });
  return files;
}

// Index of the file from which reading forward gives the whole state.
std::size_t first_to_read(const std::vector<LogFile>& files) {
  auto index = files.size() - 1;
  while (index > 0 && !files[index].complete()) --index;
  return index;
}

class Replay {
 public:
  explicit Replay(Past& past) : past_{past} {}

  // Rows from `end` on are void: the next file begins there.
  Result<> read(const LogFile& file, std::uint64_t end) {
    listed_.clear();
    return file.visit(file.header().first_seq, [&](const Row& row) {
      if (row.seq >= end) return false;
      take(row);
      return true;
    });
  }

  void finish() {
    const auto bound = past_.last ? past_.last->wall - kReleasedKept : WallTime{};
    std::erase_if(past_.released, [&](const Row& row) { return row.wall < bound; });
    for (const auto& key : past_.blocks.keys()) {
      if (!listed_.contains(key)) past_.unopened.push_back(key);
    }
  }

 private:
  void take(const Row& row) {
    if (row.kind == RowKind::start) {
      if (!past_.boot_id.empty() && row.detail != past_.boot_id) past_.blocks.begin_boot();
      past_.boot_id = row.detail;
    }
    if (row.kind == RowKind::opened) past_.boot_id = row.detail;
    past_.blocks.apply(row);
    if (about_block(row.kind)) listed_.insert({row.external, row.ports.first});
    if (row.kind == RowKind::released) past_.released.push_back(row);
    past_.last = row;
  }

  Past& past_;
  std::set<OpenBlocks::Key> listed_;
};

}  // namespace

Result<Past> replay(const std::filesystem::path& directory) {
  TRY(files, open_all_that_matter(directory));
  Past past;
  if (files.empty()) return past;
  Replay replay{past};
  // One file more than needed, for what was released shortly before a day roll.
  const auto needed = first_to_read(files);
  for (auto index = needed > 0 ? needed - 1 : 0; index < files.size(); ++index) {
    const bool newest = index + 1 == files.size();
    if (index == needed) past.blocks = {};
    TRY_VOID(replay.read(files[index], newest ? std::numeric_limits<std::uint64_t>::max()
                                              : files[index + 1].header().first_seq));
    if (!newest) TRY_VOID(files[index].close_books(files[index + 1].header().opened));
  }
  replay.finish();
  past.file = std::move(files.back());
  return past;
}

}  // namespace cgn::journal
