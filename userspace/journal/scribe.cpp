// SPDX-License-Identifier: Apache-2.0
// The writer's brain without its thread: which rows go into which file, when.
#include "journal/scribe.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "journal/birth.hpp"
#include "journal/day_files.hpp"
#include "journal/replay.hpp"

namespace cgn::journal {
namespace {

constexpr Duration kRetry = std::chrono::seconds{1};
constexpr auto kStep = std::chrono::seconds{1};
// About 2 ms of inserting, so that events never wait long behind a slice.
constexpr std::size_t kSlice = 256;

Row with_detail(Row row, std::string detail) {
  row.detail = std::move(detail);
  return row;
}

Row repeated(Row row, const Now& now) {
  row.wall = now.wall;
  row.boot = now.boot;
  return row;
}

Result<> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return {};
  std::filesystem::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    return fail_errno("create log directory " + directory.string(), errno,
                      "set [log] path to a directory of cgnd's own");
  }
  return {};
}

// The newest note about the clock, for a file that begins: an answer of this day need not ask the day before.
Row noted_before(const Row& note, const Now& now) {
  auto row = repeated(note, now);
  auto detail = nlohmann::json::parse(note.detail, nullptr, false);
  if (!detail.is_object()) return row;
  detail["noted_ms"] = note.wall.time_since_epoch().count();
  row.detail = detail.dump();
  return row;
}

}  // namespace

Row Scribe::row_of(const Item& item) {
  return std::visit([](const auto& event) { return to_row(event); }, item.event);
}

Result<Scribe> Scribe::open(const WriterOptions& options, const Now& now) {
  TRY_VOID(make_directory(options.directory));
  remove_unborn(options.directory);
  Scribe scribe{options};
  TRY_VOID(scribe.read_past());
  scribe.last_commit_ = now.mono;
  scribe.last_try_ = now.mono;
  scribe.start_due_ = now;
  auto begun = scribe.begin(now);
  // Of a log that never was there is no past to go on from.
  if (!begun && scribe.name_before_.empty()) return Unexpected{std::move(begun).error()};
  if (!begun) scribe.be_in_trouble(std::move(begun).error(), now);
  return scribe;
}

Result<> Scribe::read_past() {
  TRY(past, replay(options_.directory));
  if (past.name.empty()) return {};
  file_ = std::move(past.file);
  name_before_ = past.name;
  last_seq_ = past.last_seq;
  link_ = past.link;
  blocks_ = std::move(past.blocks);
  holds_ = std::move(past.holds);
  blocks_found_ = blocks_.all();
  unopened_.assign(past.unopened.begin(), past.unopened.end());
  if (past.parameters) parameters_ = parameters_found_ = past.parameters->detail;
  identities_ = std::move(past.identities);
  identities_found_ = identities_.over();
  std::ranges::move(identities_.current(), std::back_inserter(identities_found_));
  unopened_identities_.assign(past.unopened_identities.begin(), past.unopened_identities.end());
  same_boot_ = past.boot_id == options_.boot_id;
  for (const auto& row : past.released) released_found_.push_back({row.external, row.ports, row.wall});
  if (past.last) {
    last_record_ = past.last->wall;
    last_wall_ = past.last->wall;
    if (same_boot_) clocks_ = {past.last->wall, past.last->boot};
  }
  return {};
}

Result<> Scribe::begin(const Now& now) {
  if (!file_) {
    TRY_VOID(turn_page(now));
  } else {
    TRY_VOID(finish_opening(now));
  }
  TRY_VOID(commit(with_steps(start_rows(now))));
  start_due_.reset();
  return {};
}

// Opening rows that a crash cut short are finished on behalf of the boot that began them, before it ends.
Result<> Scribe::finish_opening(const Now& now) {
  while (!file_->complete()) TRY_VOID(write_opening_slice(now));
  return {};
}

std::vector<Row> Scribe::start_rows(const Now& now) {
  std::vector<Row> rows;
  // Across a reboot only a wall clock that went back can be told from time that passed.
  if (!same_boot_ && now.wall < last_record_) {
    rows.push_back(to_row(RowKind::clock_step, now));
    rows.back().allocated = last_record_;
  }
  if (!same_boot_) {
    clocks_.reset();
    blocks_.begin_boot();
  }
  rows.push_back(with_detail(to_row(RowKind::start, now), options_.boot_id));
  rows.back().allocated = last_record_;
  return rows;
}

std::vector<Completion> Scribe::write(const std::vector<Item>& items) {
  if (items.empty()) return {};
  if (trouble_) return turn_away(items, false);
  step_seen_ = false;
  std::vector<Row> events;
  events.reserve(items.size());
  for (const auto& item : items) events.push_back(row_of(item));
  const auto rows = with_steps(std::move(events));
  const auto seqs = numbers_of(rows);
  if (!commit(rows)) return turn_away(items, true);
  events_today_ += items.size();
  std::vector<Completion> completions;
  for (std::size_t i = 0; i < items.size(); ++i) completions.push_back({items[i].token, true, seqs[i]});
  return completions;
}

std::vector<Completion> Scribe::tend(const Now& now) {
  const bool retry = now.mono - last_try_ >= kRetry;
  if (trouble_) {
    if (!retry) return {};
    last_try_ = now.mono;
    recover(now);
    return std::exchange(settled_, {});
  }
  if (busy() || !file_->complete()) {
    (void)write_opening_slice(now);
    return {};
  }
  const auto probe = to_row(RowKind::heartbeat, now);
  const bool stepped = step_before(probe).has_value();
  // Events that were stamped before the clock was set may be on their way, and come first: let the next look say it.
  if (stepped && !step_seen_) {
    step_seen_ = true;
    return {};
  }
  step_seen_ = false;
  // A step stands in the file whose times it shows again, before it makes the day another one.
  if (!stepped && page_is_over(now) && (page_trouble_.empty() || retry)) {
    last_try_ = now.mono;
    auto turned = turn_page(now);
    page_trouble_ = turned ? std::string{} : turned.error().what;
    // Named but not opened, or not known to be durable: only recovery can tell which file is in use.
    if (!turned && !identity_of(born_).empty()) be_in_trouble(std::move(turned).error(), now);
    return {};
  }
  if (now.mono - last_commit_ < options_.heartbeat && !stepped) return {};
  last_commit_ = now.mono;
  (void)commit(with_steps({probe}));
  return {};
}

std::vector<Completion> Scribe::stop(const Now& now) {
  // What waits has no other chance.
  if (trouble_) recover(now);
  if (!trouble_) (void)commit(with_steps({to_row(RowKind::stop, now)}));
  if (file_) name_before_ = file_->path().filename().string();
  file_.reset();
  return std::exchange(settled_, {});
}

bool Scribe::page_is_over(const Now& now) const {
  // Blocks that wait for adoption are in no boot that a new file could continue them in.
  if (blocks_.waiting()) return false;
  const auto& header = file_->header();
  return day_of(now.wall) != day_of(header.opened) || header.node_id != options_.node_id ||
         header.node_name != options_.node_name;
}

Header Scribe::next_header(const Now& now) const {
  return {.node_id = options_.node_id,
          .node_name = options_.node_name,
          .opened = now.wall,
          .first_seq = last_seq_ + 1,
          .previous = file_ ? file_->path().filename().string() : name_before_,
          .previous_link = link_,
          .heartbeat = options_.heartbeat,
          .retention = options_.retention};
}

// What stands in every file, whichever of those before it are still there: in which boot it begins, how its clock stands,
// and legal holds.
std::vector<Row> Scribe::first_rows(const Now& now) const {
  std::vector<Row> rows{with_detail(to_row(RowKind::opened, now), options_.boot_id)};
  if (clock_note_) rows.push_back(noted_before(*clock_note_, now));
  if (!parameters_.empty()) rows.push_back(with_detail(to_row(RowKind::deterministic, now), parameters_));
  for (const auto& hold : holds_.all()) rows.push_back(to_row(hold_note("kept", hold, now)));
  if (blocks_.keys().empty() && identities_.keys().empty()) rows.push_back(to_row(RowKind::complete, now));
  for (auto seq = last_seq_; auto& row : rows) row.seq = ++seq;
  return rows;
}

Result<> Scribe::turn_page(const Now& now) {
  const auto path = free_name(options_.directory, now.wall);
  const auto rows = first_rows(now);
  born_ = path;
  TRY_VOID(give_birth(path, next_header(now), rows));
  return turn_to(path, now);
}

// From here on nothing may be written to the file before: the new one's rows would have the same numbers.
Result<> Scribe::turn_to(const std::filesystem::path& path, const Now& now) {
  TRY_VOID(sync_directory(options_.directory));
  TRY(file, LogFile::open(path));
  born_.clear();
  auto keys = blocks_.keys();
  // The books of the file before are closed for the reader by the one that follows; this only helps a lone copy.
  if (file_) (void)file_->close_books(now.wall);
  file_ = std::move(file);
  last_seq_ = file_->last_seq();
  link_ = file_->link();
  // A step that nobody has written yet is written with the next rows.
  if (!step_before(to_row(RowKind::opened, now))) clocks_ = {now.wall, now.boot};
  last_wall_ = now.wall;
  unopened_.assign(keys.begin(), keys.end());
  const auto bound = identities_.keys();
  unopened_identities_.assign(bound.begin(), bound.end());
  identities_.forget_before(now.wall - kLatestReport);
  events_today_ = 0;
  ++commits_;
  return {};
}

std::vector<Row> Scribe::opening_slice(const Now& now) {
  std::vector<Row> rows;
  while (!unopened_.empty() && rows.size() < kSlice) {
    // Released since the file began: its release row alone says all about it.
    if (const auto* block = blocks_.find(unopened_.front())) rows.push_back(continued_row(*block, now));
    unopened_.pop_front();
  }
  while (unopened_.empty() && !unopened_identities_.empty() && rows.size() < kSlice) {
    if (const auto* bound = identities_.find(unopened_identities_.front())) rows.push_back(repeated(*bound, now));
    unopened_identities_.pop_front();
  }
  if (unopened_.empty() && unopened_identities_.empty()) rows.push_back(to_row(RowKind::complete, now));
  return rows;
}

Result<> Scribe::write_opening_slice(const Now& now) {
  const auto before = unopened_;
  const auto identities_before = unopened_identities_;
  auto written = commit(with_steps(opening_slice(now)));
  if (written) return {};
  unopened_ = before;
  unopened_identities_ = identities_before;
  return written;
}

std::optional<Row> Scribe::step_between(const std::optional<ClockPair>& before, const Row& row) {
  if (!before) return std::nullopt;
  const auto expected = before->wall + (row.boot - before->boot);
  const auto drift = row.wall - expected;
  if (drift <= kStep && drift >= -kStep) return std::nullopt;
  Row step{.seq = 0, .kind = RowKind::clock_step, .wall = row.wall, .boot = row.boot};
  step.allocated = expected;
  step.detail = std::to_string(before->wall.time_since_epoch().count());
  return step;
}

std::vector<Row> Scribe::with_steps(std::vector<Row> rows) const {
  std::vector<Row> all;
  all.reserve(rows.size());
  auto clocks = clocks_;
  for (auto& row : rows) {
    if (auto step = step_between(clocks, row)) all.push_back(std::move(*step));
    clocks = ClockPair{row.wall, row.boot};
    all.push_back(std::move(row));
  }
  return all;
}

std::vector<std::uint64_t> Scribe::numbers_of(const std::vector<Row>& rows) const {
  std::vector<std::uint64_t> numbers;
  for (auto seq = last_seq_; const auto& row : rows) {
    ++seq;
    if (row.kind != RowKind::clock_step) numbers.push_back(seq);
  }
  return numbers;
}

Result<> Scribe::commit(std::vector<Row> rows) {
  for (auto seq = last_seq_; auto& row : rows) row.seq = ++seq;
  if (auto appended = file_->append(rows); !appended) {
    const auto& first = rows.front();
    be_in_trouble(appended.error(), {.mono = {}, .wall = first.wall, .boot = first.boot});
    return appended;
  }
  last_seq_ = file_->last_seq();
  link_ = file_->link();
  for (const auto& row : rows) {
    blocks_.apply(row);
    holds_.apply(row);
    identities_.apply(row);
    if (row.kind == RowKind::deterministic) parameters_ = row.detail;
    if (row.kind == RowKind::clock) clock_note_ = row;
  }
  last_wall_ = rows.back().wall;
  clocks_ = {rows.back().wall, rows.back().boot};
  ++commits_;
  return {};
}

Standing Scribe::standing() const {
  return {.seq = last_seq_,
          .link = link_,
          .wall = last_wall_,
          .file = file_ ? file_->path().filename().string() : name_before_,
          .holds = holds_};
}

WriterHealth Scribe::health() const {
  WriterHealth health;
  health.writable = !trouble_;
  health.trouble = trouble_ ? trouble_->what : page_trouble_;
  if (trouble_) health.since = backlog_.since();
  health.last_seq = last_seq_;
  health.events_today = events_today_;
  health.commits = commits_;
  if (file_) {
    health.file = file_->path();
    health.opened_at = file_->header().opened;
  }
  return health;
}

}  // namespace cgn::journal
