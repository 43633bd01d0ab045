// SPDX-License-Identifier: Apache-2.0
// What the files of the log directory say about its past, for a writer that goes on.
#include "journal/replay.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "journal/day_files.hpp"
#include "journal/source.hpp"

namespace cgn::journal {
namespace {

constexpr auto kReleasedKept = std::chrono::hours{1};

struct Listed {
  std::filesystem::path path;
  Header header;
};

Result<Header> header_of(const std::filesystem::path& path) {
  TRY(db, Database::open(path, is_sealed_name(path) ? Database::Mode::immutable : Database::Mode::read));
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
      unreadable.emplace(live_name(path).filename().string(), std::move(header).error());
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
  std::vector<Source> files{};
  std::size_t whole = 0;  // index of the complete one
};

Result<bool> is_complete(const Source& source) {
  TRY(turns, source.turns());
  return std::ranges::any_of(turns, [](const Row& row) { return row.kind == RowKind::complete; });
}

Result<Needed> open_needed(const std::vector<Listed>& listed) {
  Needed needed;
  std::vector<bool> complete;
  for (auto i = listed.size(); i-- > 0;) {
    auto file = Source::open(listed[i].path);
    const bool found = !complete.empty() && complete.back();
    if (!file && !found) return Unexpected{std::move(file).error()};
    if (file) {
      TRY(whole, is_complete(*file));
      complete.push_back(whole);
      needed.files.push_back(std::move(*file));
    }
    if (found) break;
  }
  std::ranges::reverse(needed.files);
  std::reverse(complete.begin(), complete.end());
  while (needed.whole + 1 < needed.files.size() && !complete[needed.whole]) ++needed.whole;
  const bool one_more = needed.whole + 1 < needed.files.size() && complete[needed.whole + 1];
  if (one_more) ++needed.whole;
  return needed;
}

// The newest file, open for writing before anybody reads it: that recovers its -wal after a crash.
Result<> open_newest(const std::filesystem::path& path, Past& past) {
  past.name = live_name(path).filename().string();
  if (is_sealed_name(path)) {
    TRY(header, header_of(path));
    past.last_seq = header.last_seq.value_or(header.first_seq - 1);
    past.link = header.last_link;
    return {};
  }
  TRY(file, LogFile::open(path));
  past.last_seq = file.last_seq();
  past.link = file.link();
  past.file = std::move(file);
  return {};
}

// Should it fail, the next file says the same.
void close_books(const Source& source, WallTime closed) {
  if (source.sealed()) return;
  if (auto file = LogFile::open(source.path())) (void)file->close_books(closed);
}

class Replay {
 public:
  explicit Replay(Past& past) : past_{past} {}

  // Rows from `end` on are void: the next file begins there.
  Result<> read(const Source& file, std::uint64_t end) {
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
    past_.holds.apply(row);
    past_.identities.apply(row);
    if (about_block(row.kind)) listed_.insert({row.external, row.ports.first});
    if (row.kind == RowKind::identity) listed_identities_.insert(Identities::key_of(row));
    if (row.kind == RowKind::released) past_.released.push_back(row);
    if (row.kind == RowKind::deterministic) past_.parameters = row;
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
  TRY_VOID(open_newest(listed.back().path, past));
  TRY(needed, open_needed(listed));
  auto& files = needed.files;
  Replay replay{past};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool newest = i + 1 == files.size();
    if (i == needed.whole) {
      past.blocks = {};
      past.holds = {};
      past.identities.begin_file();
    }
    const auto end = newest ? std::numeric_limits<std::uint64_t>::max() : files[i + 1].header().first_seq;
    TRY_VOID(replay.read(files[i], end));
    if (!newest) close_books(files[i], files[i + 1].header().opened);
  }
  replay.finish();
  return past;
}

}  // namespace cgn::journal
