// SPDX-License-Identifier: Apache-2.0
// The legal record read from a sequence number on.
#include "journal/export/cursor.hpp"

#include <algorithm>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;

namespace {

// Head and nothing else: no check of the whole file, no -wal. A file has its header before it has its name.
Result<Header> header_of(const fs::path& path) {
  TRY(db, Database::open(path, Database::Mode::immutable));
  return read_header(db);
}

bool names_boot(const Row& row) { return row.kind == RowKind::start || row.kind == RowKind::opened; }

void note_boot(const Row& row, Mark& mark) {
  mark.boot = row.detail;
  mark.booted = row.wall - row.boot;
}

}  // namespace

Result<> Cursor::list() {
  TRY(paths, list_day_files(directory_));
  std::erase_if(files_, [&](const auto& known) { return std::ranges::find(paths, known.first) == paths.end(); });
  for (const auto& path : paths) {
    if (files_.contains(path)) continue;
    TRY(header, header_of(path));
    files_[path] = {header.first_seq, header.opened, header.node_id, header.node_name};
  }
  return {};
}

Cursor::Place Cursor::place() const {
  Place best;
  std::uint64_t first = 0;
  for (const auto& [path, file] : files_) {
    if (file.first_seq > next_) {
      best.end = std::min(best.end, file.first_seq);
    } else if (best.path.empty() || file.first_seq >= first) {
      best.path = path;
      first = file.first_seq;
    }
  }
  return best;
}

Result<> Cursor::open(const fs::path& path) {
  if (source_ && open_path_ == path && !source_->has_wal()) return {};
  source_.reset();
  TRY(source, Source::open(path));
  source_.emplace(std::move(source));
  open_path_ = path;
  return {};
}

Result<Mark> Cursor::mark_before(const File& file, std::uint64_t seq) const {
  Mark mark{.node_id = file.node_id, .node_name = file.node_name};
  TRY(turns, source_->turns());
  for (const auto& turn : turns) {
    if (turn.seq < seq && names_boot(turn)) note_boot(turn, mark);
  }
  return mark;
}

Result<std::vector<Row>> Cursor::rows(std::size_t most, std::uint64_t end) const {
  std::vector<Row> rows;
  TRY_VOID(source_->visit(next_, [&](const Row& row) {
    if (row.seq >= end) return false;
    rows.push_back(row);
    return rows.size() < most;
  }));
  return rows;
}

Result<> Cursor::take(std::vector<Row> rows, const File& file, Batch& batch) {
  TRY(mark, mark_before(file, rows.front().seq));
  for (const auto& row : rows) {
    if (names_boot(row)) note_boot(row, mark);
    batch.missing += row.seq - next_;
    batch.events.push_back(event_of(row, mark));
    next_ = row.seq + 1;
  }
  return {};
}

Result<Cursor::Batch> Cursor::read(std::size_t most, std::uint64_t last) {
  Batch batch;
  while (next_ <= last && batch.events.empty()) {
    TRY_VOID(list());
    const auto where = place();
    if (!where.path.empty()) {
      TRY_VOID(open(where.path));
      TRY(found, rows(most, std::min(where.end, last == UINT64_MAX ? last : last + 1)));
      if (!found.empty()) TRY_VOID(take(std::move(found), files_.at(where.path), batch));
      if (source_->has_wal()) source_.reset();
    }
    if (!batch.events.empty() || where.end > last || where.end == UINT64_MAX) return batch;
    batch.missing += where.end - next_;
    next_ = where.end;
  }
  return batch;
}

Result<std::uint64_t> Cursor::first_of(WallTime when) {
  TRY_VOID(list());
  std::uint64_t first = 1;
  for (const auto& [path, file] : files_) {
    if (file.opened <= when) first = std::max(first, file.first_seq);
  }
  return first;
}

}  // namespace cgn::journal
