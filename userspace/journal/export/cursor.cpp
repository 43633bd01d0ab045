// SPDX-License-Identifier: Apache-2.0
// The legal record read from a sequence number on.
#include "journal/export/cursor.hpp"

#include <algorithm>
#include <iterator>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kAhead = 65'536;

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
  ahead_.clear();
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

Result<std::vector<Row>> Cursor::rows_in_file(std::size_t most, std::uint64_t end) const {
  std::vector<Row> rows;
  TRY_VOID(source_->visit(next_, [&](const Row& row) {
    if (row.seq >= end) return false;
    rows.push_back(row);
    return rows.size() < most;
  }));
  return rows;
}

Result<std::vector<Row>> Cursor::rows(std::size_t most, std::uint64_t end) {
  if (!source_->sealed()) return rows_in_file(most, end);
  if (ahead_.empty() || ahead_after_ != next_) {
    TRY(found, rows_in_file(std::max(most, kAhead), end));
    ahead_.assign(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  std::vector<Row> rows;
  while (rows.size() < most && !ahead_.empty() && ahead_.front().seq < end) {
    rows.push_back(std::move(ahead_.front()));
    ahead_.pop_front();
  }
  if (!rows.empty()) ahead_after_ = rows.back().seq + 1;
  return rows;
}

fs::path Cursor::before(const File& file) const {
  fs::path best;
  std::uint64_t first = 0;
  for (const auto& [path, other] : files_) {
    if (other.first_seq >= file.first_seq || other.first_seq < first) continue;
    best = path;
    first = other.first_seq;
  }
  return best;
}

// A file repeats in its opening rows whose each address is; until they are complete the file before it is needed as well.
Result<> Cursor::learn_names(const File& file, std::uint64_t seq) {
  names_ = {};
  bool complete = false;
  std::vector<Row> rows;
  TRY_VOID(source_->visit(file.first_seq, [&](const Row& row) {
    if (row.seq >= seq) return false;
    complete = complete || row.kind == RowKind::complete;
    if (row.kind == RowKind::identity) rows.push_back(row);
    return true;
  }));
  const auto former = complete ? fs::path{} : before(file);
  if (!former.empty()) {
    TRY(source, Source::open(former));
    TRY_VOID(source.visit(files_.at(former).first_seq, [&](const Row& row) {
      if (row.seq < file.first_seq) names_.apply(row);
      return row.seq < file.first_seq;
    }));
  }
  for (const auto& row : rows) names_.apply(row);
  return {};
}

Result<> Cursor::take(std::vector<Row> rows, const File& file, Batch& batch) {
  TRY(mark, mark_before(file, rows.front().seq));
  if (names_known_ != rows.front().seq) TRY_VOID(learn_names(file, rows.front().seq));
  for (const auto& row : rows) {
    if (names_boot(row)) note_boot(row, mark);
    batch.missing += row.seq - next_;
    names_.apply(row);
    batch.events.push_back(event_of(row, mark, names_.of(row)));
    next_ = names_known_ = row.seq + 1;
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
