// SPDX-License-Identifier: Apache-2.0
// One log file, opened to be asked.
#include "journal/source.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

#include "journal/day_files.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;

// A directory of our own, gone when we are.
struct Source::PrivateCopy {
  PrivateCopy() = default;
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;
  ~PrivateCopy() {
    std::error_code error;
    if (!directory.empty()) fs::remove_all(directory, error);
  }
  fs::path directory;
};

Source::Source() = default;
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

namespace {

// The head of a -wal holds its salts: while they stay, frames are only added, and a copy of the file made in the
// meantime is made whole by a -wal copied after it, as after a crash.
std::array<char, 32> wal_head(const fs::path& path) {
  std::array<char, 32> head{};
  std::ifstream{wal_of(path), std::ios::binary}.read(head.data(), head.size());
  return head;
}

Result<> copy_together(const fs::path& from, const fs::path& to) {
  constexpr int kTries = 10;
  std::error_code error;
  for (int i = 0; i < kTries && !error; ++i) {
    const auto head = wal_head(from);
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (!error) fs::copy_file(wal_of(from), wal_of(to), fs::copy_options::overwrite_existing, error);
    if (!error && head == wal_head(from) && head == wal_head(to)) return {};
  }
  if (error) return fail_errno("copy " + from.string(), error.value());
  return fail("copy " + from.string() + ": its -wal changes faster than it can be copied", "ask through cgnctl");
}

Result<> check_whole(const Database& db) {
  TRY(check, db.prepare("PRAGMA integrity_check(1)"));
  TRY(row, check.step());
  if (row && check.text(0) == "ok") return {};
  return fail(db.path().string() + " is an incomplete copy", "copy it together with its -wal file");
}

Result<std::vector<Row>> all_rows(Statement& statement) {
  std::vector<Row> rows;
  for (;;) {
    TRY(more, statement.step());
    if (!more) return rows;
    rows.push_back(read_row(statement));
  }
}

std::string select_rows(std::string_view where) {
  return "SELECT " + std::string{kRowColumns} + " FROM events WHERE " + std::string{where};
}

void sort_by_seq(std::vector<Row>& rows) { std::ranges::sort(rows, {}, &Row::seq); }

}  // namespace

Result<Source> Source::open(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return fail(path.string() + " does not exist");
  if (!fs::exists(wal_of(path), error)) {
    TRY(source, try_open(path, Database::Mode::immutable));
    TRY_VOID(check_whole(source.db_));
    return source;
  }
  auto source = try_open(path, Database::Mode::read);
  if (!source && ::access(path.parent_path().c_str(), W_OK) != 0) return open_copy(path);
  if (source) source->has_wal_ = true;
  return source;
}

Result<Source> Source::try_open(const fs::path& path, Database::Mode mode) {
  Source source;
  TRY(db, Database::open(path, mode));
  source.db_ = std::move(db);
  TRY_VOID(source.prepare());
  return source;
}

Result<Source> Source::open_copy(const fs::path& path) {
  auto copy = std::make_unique<PrivateCopy>();
  std::error_code error;
  auto name = (fs::temp_directory_path(error) / "cgn-log-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return fail_errno("make a private directory for a copy of " + path.string());
  copy->directory = name;
  const auto to = copy->directory / path.filename();
  TRY_VOID(copy_together(path, to));
  TRY(source, try_open(to, Database::Mode::read));
  source.copy_ = std::move(copy);
  source.has_wal_ = true;
  return source;
}

Result<> Source::prepare() {
  const auto make = [this](Statement& into, const std::string& sql) -> Result<> {
    TRY(statement, db_.prepare(sql));
    into = std::move(statement);
    return {};
  };
  TRY_VOID(make(by_external_, select_rows("external = ?1")));
  TRY_VOID(make(by_ports_, select_rows("external = ?1 AND first BETWEEN ?2 AND ?3 AND last >= ?4")));
  TRY_VOID(make(by_subscriber_, select_rows("subscriber BETWEEN ?1 AND ?2")));
  TRY_VOID(make(by_exact_subscriber_, select_rows("subscriber = ?1 AND subscriber_length = ?2")));
  return make(widest_, "SELECT max(count) FROM widths");
}

Result<unsigned> Source::widest() {
  TRY(found, widest_.step());
  const auto count = found ? static_cast<unsigned>(widest_.integer(0)) : 0U;
  widest_.reset();
  return count;
}

Result<std::optional<Row>> Source::last_row() const {
  TRY(last, db_.prepare("SELECT " + std::string{kRowColumns} + " FROM events ORDER BY seq DESC LIMIT 1"));
  TRY(found, last.step());
  if (!found) return std::optional<Row>{};
  return std::optional{read_row(last)};
}

Result<> Source::visit(std::uint64_t first, const std::function<bool(const Row&)>& visitor) const {
  return visit_rows(db_, first, visitor);
}

Result<std::optional<WallTime>> Source::reach() const {
  TRY(reach, db_.prepare("SELECT min(wall_ms) FROM reach"));
  TRY(found, reach.step());
  if (!found || reach.is_null(0)) return std::optional<WallTime>{};
  return std::optional{from_ms(reach.integer(0))};
}

Result<std::vector<Row>> Source::turns() const {
  TRY(turns, db_.prepare(select_rows(kTurnRows) + " ORDER BY seq"));
  return all_rows(turns);
}

Result<std::vector<Row>> Source::rows(Ipv4 external, const std::optional<PortRange>& ports) {
  auto* statement = &by_external_;
  if (ports) {
    // A block that holds the port begins at most the widest block's size below it.
    TRY(width, widest());
    statement = &by_ports_;
    statement->bind(2, std::int64_t{ports->first.value()} - width + 1);
    statement->bind(3, std::int64_t{ports->last.value()});
    statement->bind(4, std::int64_t{ports->first.value()});
  }
  statement->bind(1, std::int64_t{external.host()});
  TRY(rows, all_rows(*statement));
  sort_by_seq(rows);
  return rows;
}

Result<std::vector<Row>> Source::rows(const Prefix& subscriber) {
  by_subscriber_.bind(1, std::int64_t{subscriber.first().host()});
  by_subscriber_.bind(2, std::int64_t{subscriber.last().host()});
  TRY(rows, all_rows(by_subscriber_));
  // Wider subscribers that hold the whole prefix, one look-up for each length; those that begin at the prefix's own
  // first address are among the rows already.
  for (unsigned length = 0; length < subscriber.length(); ++length) {
    const auto wider = Prefix::of(subscriber.address(), length);
    if (wider.address() == subscriber.address()) continue;
    by_exact_subscriber_.bind(1, std::int64_t{wider.address().host()});
    by_exact_subscriber_.bind(2, std::int64_t{length});
    TRY(more, all_rows(by_exact_subscriber_));
    rows.insert(rows.end(), more.begin(), more.end());
  }
  sort_by_seq(rows);
  return rows;
}

Result<std::vector<Row>> Source::rows_of_identity(const std::string& id) const {
  TRY(rows, db_.prepare(select_rows("kind = 22 AND json_extract(detail, '$.id') = ?1 ORDER BY seq")));
  rows.bind(1, id);
  return all_rows(rows);
}

}  // namespace cgn::journal
