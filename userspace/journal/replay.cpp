// SPDX-License-Identifier: Apache-2.0
// What the files of the log directory say about its past, for a writer that goes on.
#include "journal/replay.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace {

constexpr auto kReleasedKept = std::chrono::hours{1};

struct Listed {
  std::filesystem::path path;
  Header header;
};

Result<Header> header_of(const std::filesystem::path& path) {
  TRY(db, Database::open(path, Database::Mode::read));
  return read_header(db);
}

// All files in the order of their rows. One that cannot be read is passed over if another says that it follows it:
// then it is not the newest, and no number of its rows can be given again.
Result<std::vector<Listed>> list_in_order(const std::filesystem::path& directory) {
  TRY(paths, list_day_files(directory));
  std::vector<Listed> files;
  std::map<std::string, Error> unreadable;
  for (const auto& path : paths) {
    if (auto header = header_of(path)) {
      files.push_back({path, std::move(*header)});
    } else {
      unreadable.emplace(path.filename().string(), std::move(header).error());
    }
  }
  for (const auto& file : files) unreadable.erase(file.header.previous);
  if (!unreadable.empty()) {
    auto error = unreadable.begin()->second;
    error.hint = "move it away if it cannot be repaired; look-ups in its time are then NOT COVERED";
    return Unexpected{std::move(error)};
  }
  std::ranges::sort(files, {}, [](const Listed& file) { return file.header.first_seq; });
  return files;
}

// The newest files back to one that is complete, from which reading forward gives the whole state; and one before it if
// it can be had, for what was released shortly before a day roll.
struct Needed {
  std::vector<LogFile> files{};
  std::size_t whole = 0;  // index of the complete one
};

Result<Needed> open_needed(const std::vector<Listed>& listed) {
  Needed needed;
  for (auto i = listed.size(); i-- > 0;) {
    auto file = LogFile::open(listed[i].path);
    const bool found = !needed.files.empty() && needed.files.back().complete();
    if (!file && !found) return Unexpected{std::move(file).error()};
    if (file) needed.files.push_back(std::move(*file));
    if (found) break;
  }
  std::ranges::reverse(needed.files);
  while (needed.whole + 1 < needed.files.size() && !needed.files[needed.whole].complete()) ++needed.whole;
  const bool one_more = needed.whole + 1 < needed.files.size() && needed.files[needed.whole + 1].complete();
  if (one_more) ++needed.whole;
  return needed;
}

class Replay {
 public:
  explicit Replay(Past& past) : past_{past} {}

  // Rows from `end` on are void: the next file begins there.
  Result<> read(const LogFile& file, std::uint64_t end) {
    listed_.clear();
    listed_identities_.clear();
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
    for (const auto& key : past_.identities.keys()) {
      if (!listed_identities_.contains(key)) past_.unopened_identities.push_back(key);
    }
    past_.identities.forget_before(past_.last ? past_.last->wall - kLatestReport : WallTime{});
  }

 private:
  void take(const Row& row) {
    if (row.kind == RowKind::start) {
      if (!past_.boot_id.empty() && row.detail != past_.boot_id) past_.blocks.begin_boot();
      past_.boot_id = row.detail;
    }
    if (row.kind == RowKind::opened) past_.boot_id = row.detail;
    past_.blocks.apply(row);
    past_.identities.apply(row);
    if (about_block(row.kind)) listed_.insert({row.external, row.ports.first});
    if (row.kind == RowKind::identity) listed_identities_.insert(Identities::key_of(row));
    if (row.kind == RowKind::released) past_.released.push_back(row);
    past_.last = row;
  }

  Past& past_;
  std::set<OpenBlocks::Key> listed_;
  std::set<Identities::Key> listed_identities_;
};

}  // namespace

Result<Past> replay(const std::filesystem::path& directory) {
  TRY(listed, list_in_order(directory));
  Past past;
  if (listed.empty()) return past;
  TRY(needed, open_needed(listed));
  auto& files = needed.files;
  Replay replay{past};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool newest = i + 1 == files.size();
    if (i == needed.whole) past.blocks = {};
    if (i == needed.whole) past.identities.begin_file();
    const auto end = newest ? std::numeric_limits<std::uint64_t>::max() : files[i + 1].header().first_seq;
    TRY_VOID(replay.read(files[i], end));
    // Should it fail, the next file says the same.
    if (!newest) (void)files[i].close_books(files[i + 1].header().opened);
  }
  replay.finish();
  past.file = std::move(files.back());
  return past;
}

}  // namespace cgn::journal
