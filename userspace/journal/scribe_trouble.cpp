// SPDX-License-Identifier: Apache-2.0
// The writer's brain when the log cannot be written: what becomes of events, and how the log goes on.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "journal/day_files.hpp"
#include "journal/scribe.hpp"

namespace cgn::journal {
namespace {

// The file that was in use is not there any more: what it held up to this row, the record does not answer for.
Note gap_note(const std::string& file, std::uint64_t last_seq, const Now& now) {
  const nlohmann::json detail = {{"why", "the file in use was gone"}, {"file", file}, {"last_seq", last_seq}};
  return {.kind = NoteKind::gap, .detail = detail.dump(), .at = now};
}

}  // namespace

// They are in no file, or nobody knows: a block whose release may be on disk is nobody's until that is known.
std::vector<Completion> Scribe::turn_away(const std::vector<Item>& items, bool tried) {
  std::vector<Completion> completions;
  for (const auto& item : items) {
    auto row = row_of(item);
    const bool waits = item.unwritable == Unwritable::waits || (tried && row.kind == RowKind::released);
    if (waits && backlog_.keep(item.token, std::move(row))) continue;
    if (!waits) backlog_.refuse();
    completions.push_back({item.token, false, 0});
  }
  return completions;
}

void Scribe::be_in_trouble(Error why, const Now& now) {
  backlog_.begin(now.wall, why.what);
  trouble_ = std::move(why);
}

void Scribe::recover(const Now& now) {
  if (auto recovered = go_on(now); !recovered) be_in_trouble(std::move(recovered).error(), now);
}

Result<> Scribe::go_on(const Now& now) {
  TRY_VOID(open_anew(now));
  trouble_.reset();
  std::vector<Row> rows;
  if (start_due_) {
    TRY_VOID(finish_opening(*start_due_));
    rows = start_rows(*start_due_);
  }
  const auto late = backlog_.rows();
  rows.insert(rows.end(), late.begin(), late.end());
  rows.push_back(to_row(backlog_.note(now)));
  rows = with_steps(std::move(rows));
  const auto seqs = numbers_of(rows);
  TRY_VOID(commit(std::move(rows)));
  start_due_.reset();
  const auto gap = seqs.end() - 1;
  settled_ = backlog_.settle({gap - static_cast<std::ptrdiff_t>(late.size()), gap});
  return {};
}

// What is to be written because of what is found is owed from then on, however often the disk fails again.
Result<> Scribe::open_anew(const Now& now) {
  std::error_code error;
  if (!std::filesystem::is_directory(options_.directory, error)) {
    return fail("the log directory " + options_.directory.string() + " is gone", "put it back, or mount it");
  }
  if (!born_.empty() && !identity_of(born_).empty()) {
    return turn_to(std::filesystem::path{born_}, now);
  }
  if (!file_) return turn_page(now);
  const auto path = file_->path();
  const auto identity = file_->header().identity;
  if (identity_of(path) != identity) {
    // Another file or none: what we have written is not here, so the log goes on in a file of its own.
    const auto last = last_seq_;
    TRY_VOID(turn_page(now));
    backlog_.owe(to_row(gap_note(path.filename().string(), last, now)));
    return {};
  }
  TRY(file, LogFile::open(path));
  file_ = std::move(file);
  if (file_->last_seq() < last_seq_)
    return fail(path.string() + " has lost rows", "move it away; a new file is begun then");
  return correct_doubtful();
}

// Rows of a failed commit may be on disk all the same. The daemon undid what they say, so the log undoes it, too.
Result<> Scribe::correct_doubtful() {
  std::vector<Row> corrections;
  const auto former = identities_;
  std::vector<Identities::Key> doubtful;
  TRY_VOID(file_->visit(last_seq_ + 1, [&](const Row& row) {
    blocks_.apply(row);
    if (row.kind == RowKind::deterministic) parameters_ = row.detail;
    if (row.kind == RowKind::clock) clock_note_ = row;
    holds_.apply(row);
    identities_.apply(row);
    if (row.kind == RowKind::start && start_due_ && row.wall == start_due_->wall) start_due_.reset();
    const bool waited = backlog_.found(row);
    if (row.kind == RowKind::identity && !waited) doubtful.push_back(Identities::key_of(row));
    if (row.kind == RowKind::allocated) {
      corrections.push_back(row);
      corrections.back().kind = RowKind::released;
    }
    clocks_ = {row.wall, row.boot};
    return true;
  }));
  std::ranges::move(identities_.back_to(former, doubtful), std::back_inserter(corrections));
  last_seq_ = file_->last_seq();
  link_ = file_->link();
  for (auto& row : corrections) backlog_.owe(std::move(row));
  return {};
}

}  // namespace cgn::journal
