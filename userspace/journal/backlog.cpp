// SPDX-License-Identifier: Apache-2.0
// What the record owes while it cannot be written.
#include "journal/backlog.hpp"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

#include "journal/schema.hpp"

namespace cgn::journal {
namespace {

bool same_event(Row one, const Row& other) {
  one.seq = other.seq;
  return one == other;
}

}  // namespace

void Backlog::begin(WallTime at, const std::string& why) {
  if (!since_) since_ = at;
  why_ = why;
}

bool Backlog::keep(std::uint64_t token, Row row) {
  if (waiting_.size() >= most_) {
    ++lost_;
    return false;
  }
  waiting_.push_back({token, std::move(row)});
  return true;
}

bool Backlog::found(const Row& row) {
  const auto it = std::ranges::find_if(waiting_, [&](const Waiting& w) { return same_event(w.row, row); });
  if (it == waiting_.end()) return false;
  ++on_disk_;
  if (it->token) found_.push_back({*it->token, true, row.seq});
  waiting_.erase(it);
  return true;
}

std::vector<Row> Backlog::rows() const {
  std::vector<Row> rows;
  rows.reserve(waiting_.size());
  for (const auto& w : waiting_) rows.push_back(w.row);
  return rows;
}

Note Backlog::note(const Now& now) const {
  const nlohmann::json detail = {{"why", "the log could not be written"},
                                 {"error", why_},
                                 {"from_ms", to_ms(since_.value_or(now.wall))},
                                 {"to_ms", to_ms(now.wall)},
                                 {"refused", refused_},
                                 {"late", waiting_.size() + on_disk_},
                                 {"lost", lost_}};
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return {.kind = NoteKind::gap, .detail = detail.dump(-1, ' ', false, kReplace), .at = now};
}

std::vector<Completion> Backlog::settle(const std::vector<std::uint64_t>& seqs) {
  assert(seqs.size() == waiting_.size());
  auto completions = std::move(found_);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (const auto token = waiting_[i].token) completions.push_back({*token, true, seqs[i]});
  }
  *this = Backlog{most_};
  return completions;
}

}  // namespace cgn::journal
