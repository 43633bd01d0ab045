// SPDX-License-Identifier: Apache-2.0
// What the record consists of: its files, and what is in them.
#include "journal/segments.hpp"

#include <algorithm>
#include <set>

#include "journal/attestation.hpp"
#include "journal/day_files.hpp"
#include "journal/shelf.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

// With its -wal.
std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  std::uint64_t bytes = 0;
  for (const auto& part : {path, wal_of(path)}) {
    if (const auto size = fs::file_size(part, error); !error) bytes += size;
  }
  return bytes;
}

std::string state_of(const fs::path& path, bool last) {
  std::error_code error;
  if (!is_sealed_name(path)) return last ? "open" : "closed";
  return fs::exists(attestation_of(path), error) ? "signed" : "sealed";
}

void count(SegmentStats& stats, const Row& row) {
  ++stats.rows;
  if (row.kind == RowKind::allocated) ++stats.allocations;
  if (row.kind == RowKind::released) ++stats.releases;
  if (row.kind == RowKind::continued) ++stats.opening;
  if (!about_block(row.kind)) ++stats.notes;
}

}  // namespace

Result<std::vector<Segment>> segments(const fs::path& directory, WallTime now) {
  TRY(shelf, Shelf::open(directory, now, Shelf::Trust::stamps));
  TRY(holds, holds_in(directory));
  std::vector<Segment> segments;
  const auto& volumes = shelf.volumes();
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const auto& volume = volumes[i];
    Segment segment{.name = volume.name,
                    .state = state_of(shelf.path(volume), i + 1 == volumes.size()),
                    .node_id = volume.header().node_id,
                    .from = volume.from,
                    .to = volume.to,
                    .first_seq = volume.header().first_seq,
                    .last_seq = volume.extent.last_seq,
                    .bytes = size_of(shelf.path(volume)),
                    .follows = i == 0 || volume.follows};
    for (const auto& hold : holds) {
      if (hold.from <= segment.to && hold.to >= segment.from) segment.cases.push_back(hold.case_ref);
    }
    segments.push_back(std::move(segment));
  }
  if (!shelf.unreadable().empty()) segments.push_back({.why_not = shelf.unreadable()});
  return segments;
}

Result<std::vector<SegmentStats>> stats(const fs::path& directory, const std::string& day) {
  TRY(paths, list_day_files(directory));
  std::vector<SegmentStats> all;
  for (const auto& path : paths) {
    if (!path.filename().string().starts_with(day)) continue;
    TRY(source, Source::open(path));
    SegmentStats one{.name = source.path().filename().string(), .bytes = size_of(source.path())};
    std::set<std::pair<Prefix, std::string>> subscribers;
    TRY_VOID(source.visit(0, [&](const Row& row) {
      count(one, row);
      if (about_block(row.kind)) subscribers.emplace(row.subscriber, row.realm);
      return true;
    }));
    one.subscribers = subscribers.size();
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::vector<Hold>> holds_in(const fs::path& directory) {
  TRY(paths, list_day_files(directory));
  std::optional<Source> newest;
  for (const auto& path : paths) {
    auto source = Source::open(path);
    if (source && (!newest || source->header().first_seq > newest->header().first_seq)) newest = std::move(*source);
  }
  Holds holds;
  if (!newest) return holds.all();
  TRY_VOID(newest->visit(0, [&](const Row& row) {
    holds.apply(row);
    return true;
  }));
  return holds.all();
}

}  // namespace cgn::journal
