// SPDX-License-Identifier: Apache-2.0
// The log file in use, as its writer holds it.
#include "journal/log_file.hpp"

#include <cassert>
#include <cstring>

#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
Result<LogFile> LogFile::open(const std::filesystem::path& path) {
  TRY(db, Database::open(path, Database::Mode::write));
  return take(std::move(db));
}

Result<LogFile> LogFile::take(Database db) {
  LogFile file;
  file.db_ = std::move(db);
  TRY_VOID(file.db_.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"));
  TRY(header, read_header(file.db_));
  file.header_ = std::move(header);
  TRY_VOID(file.prepare());
  TRY_VOID(file.read_end());
  file.identity_ = identity_of(file.path());
  file.wal_identity_ = identity_of(wal_of(file.path()));
  return file;
}

Result<> LogFile::prepare() {
  const auto make = [this](Statement& into, std::string_view sql) -> Result<> {
    TRY(statement, db_.prepare(sql));
    into = std::move(statement);
    return {};
  };
  TRY_VOID(make(begin_, "BEGIN IMMEDIATE"));
  TRY_VOID(make(commit_, "COMMIT"));
  TRY_VOID(make(insert_, insert_row_sql("events")));
  TRY_VOID(make(insert_commit_, "INSERT INTO commits(last_seq, hash) VALUES (?1, ?2)"));
  TRY_VOID(make(insert_width_, "INSERT OR IGNORE INTO widths(count) VALUES (?1)"));
  TRY_VOID(make(insert_reach_, "INSERT OR IGNORE INTO reach(wall_ms) VALUES (?1)"));
  return {};
}

Result<> LogFile::read_end() {
  // Set after wal_autocheckpoint, which would take the hook away.
  db_.watch_wal(*wal_pages_);
  link_ = header_.previous_link;
  last_seq_ = header_.first_seq - 1;
  TRY(end, db_.prepare("SELECT last_seq, hash FROM commits ORDER BY last_seq DESC LIMIT 1"));
  TRY(found, end.step());
  if (found) {
    last_seq_ = static_cast<std::uint64_t>(end.integer(0));
    const auto hash = end.blob(1);
    if (hash.size() != link_.size()) return fail(path().string() + ": a hash link has a wrong length");
    std::memcpy(link_.data(), hash.data(), hash.size());
  }
  TRY(marker, db_.prepare("SELECT 1 FROM events WHERE " + std::string{kTurnRows} + " AND kind = 6"));
  TRY(marked, marker.step());
  complete_ = marked;
  TRY(reach, db_.prepare("SELECT min(wall_ms) FROM reach"));
  TRY(reaches, reach.step());
  reach_ = reaches && !reach.is_null(0) ? from_ms(reach.integer(0)) : header_.opened;
  TRY(widths, db_.prepare("SELECT count FROM widths"));
  for (;;) {
    TRY(more, widths.step());
    if (!more) return {};
    widths_.insert(static_cast<unsigned>(widths.integer(0)));
  }
}

Result<> LogFile::append(std::span<const Row> rows) {
  assert(!rows.empty() && rows.front().seq == last_seq_ + 1);
  const auto link = next_link(link_, rows);
  if (auto written = write_group(rows, link); !written) {
    if (!db_.idle()) (void)db_.execute("ROLLBACK");
    return written;
  }
  TRY_VOID(still_in_place());
  last_seq_ = rows.back().seq;
  link_ = link;
  for (const auto& row : rows) complete_ = complete_ || row.kind == RowKind::complete;
  return {};
}

Result<> LogFile::write_group(std::span<const Row> rows, const Link& link) {
  TRY_VOID(begin_.run());
  for (const auto& row : rows) {
    bind_row(insert_, row);
    TRY_VOID(insert_.run());
    if (!about_block(row.kind)) continue;
    TRY_VOID(note_width(row));
    TRY_VOID(note_reach(row));
  }
  insert_commit_.bind(1, static_cast<std::int64_t>(rows.back().seq));
  insert_commit_.bind(2, std::span<const std::byte>{link});
  TRY_VOID(insert_commit_.run());
  return commit_.run();
}

Result<> LogFile::note_width(const Row& row) {
  if (widths_.contains(row.ports.count())) return {};
  insert_width_.bind(1, std::int64_t{row.ports.count()});
  TRY_VOID(insert_width_.run());
  // Should the transaction fail, the next opening of the file reads the set anew.
  widths_.insert(row.ports.count());
  return {};
}

Result<> LogFile::note_reach(const Row& row) {
  if (row.wall >= reach_) return {};
  insert_reach_.bind(1, to_ms(row.wall));
  TRY_VOID(insert_reach_.run());
  reach_ = row.wall;
  return {};
}

// A file that was unlinked or moved away takes commits as before, but nobody would ever find them.
Result<> LogFile::still_in_place() const {
  if (identity_of(path()) == identity_ && identity_of(wal_of(path())) == wal_identity_) return {};
  return fail(path().string() + " is gone from its place", "put the log directory back");
}

Result<> LogFile::close_books(WallTime closed) {
  if (header_.closed) return {};
  TRY_VOID(write_closed(db_, closed, last_seq_));
  header_.closed = closed;
  return {};
}

Result<> LogFile::visit(std::uint64_t first, const std::function<bool(const Row&)>& visitor) const {
  return visit_rows(db_, first, visitor);
}

Result<std::optional<Row>> LogFile::last_row() const {
  TRY(rows, db_.prepare("SELECT " + std::string{kRowColumns} + " FROM events ORDER BY seq DESC LIMIT 1"));
  TRY(found, rows.step());
  if (!found) return std::optional<Row>{};
  return std::optional{read_row(rows)};
}

}  // namespace cgn::journal
