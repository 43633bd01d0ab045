// SPDX-License-Identifier: Apache-2.0
// From rows to loans: who held which block from when until when.
#include "journal/loans.hpp"

#include "journal/clock_state.hpp"

namespace cgn::journal {

void Loans::apply(const Row& row, std::size_t file) {
  if (about_block(row.kind)) return apply_block(row, file);
  apply_turn(row);
}

void Loans::apply_turn(const Row& row) {
  if (row.kind == RowKind::clock_step || row.kind == RowKind::clock) clock_rows_.push_back(row);
  if (row.kind == RowKind::clock_step && row.wall < row.allocated) {
    epochs_.back().last = row.allocated;
    epochs_.push_back({.first = earliest_after(row)});
  }
  if (row.kind == RowKind::start && !boot_id_.empty() && row.detail != boot_id_) end_boot(row);
  if (row.kind == RowKind::start || row.kind == RowKind::opened) boot_id_ = row.detail;
}

void Loans::end_boot(const Row& start) {
  for (auto& loan : loans_) {
    if (loan.to) continue;
    loan.to = start.wall;
    loan.to_epoch = epochs_.size() - 1;
    loan.last_seen = start.allocated;
  }
}

void Loans::apply_block(const Row& row, std::size_t file) {
  const Key key{row.external, row.ports, row.subscriber, row.realm, row.allocated};
  const auto [found, fresh] = index_.try_emplace(key, loans_.size());
  if (fresh) {
    loans_.push_back({.block = to_open_block(row), .seq = row.seq, .file = file, .from_epoch = {}});
    loans_.back().computed = row.detail == kComputedDetail;
    if (row.kind == RowKind::allocated) loans_.back().from_epoch = epochs_.size() - 1;
  }
  auto& loan = loans_[found->second];
  if (row.kind == RowKind::released) {
    const bool ended_by_row = loan.to && !loan.last_seen;
    if (ended_by_row) return;  // a release that was recorded twice: the first one counts
    loan.to = row.wall;
    loan.to_epoch = epochs_.size() - 1;
  } else {
    loan.to.reset();
  }
  loan.last_seen.reset();
}

std::vector<std::size_t> Loans::epochs_of(WallTime at, std::chrono::milliseconds tolerance) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < epochs_.size(); ++i) {
    const auto& epoch = epochs_[i];
    if (epoch.first && at < *epoch.first - tolerance) continue;
    if (epoch.last && at > *epoch.last + tolerance) continue;
    found.push_back(i);
  }
  return found;
}

std::vector<Interval> Loans::seen_in(std::size_t epoch) const {
  std::vector<Interval> intervals;
  intervals.reserve(loans_.size());
  for (const auto& loan : loans_) intervals.push_back(seen_in(loan, epoch));
  return intervals;
}

Interval Loans::seen_in(const Loan& loan, std::size_t epoch) const {
  const Interval nothing{loan.block.subscriber, loan.block.realm, WallTime{}, WallTime{}};
  Interval interval{.subscriber = loan.block.subscriber, .realm = loan.block.realm};
  if (loan.from_epoch && *loan.from_epoch > epoch) return nothing;
  if (loan.to && loan.to_epoch < epoch) return nothing;
  const bool began_here = loan.from_epoch ? *loan.from_epoch == epoch : epoch == 0;
  // A loan that seems to begin after the file that continues it was given before the clock went back.
  const bool before_a_step = !loan.from_epoch && loan.block.allocated_at > opened_;
  if (began_here && !before_a_step) interval.from = loan.block.allocated_at;
  if (loan.to && loan.to_epoch == epoch) interval.to = loan.to;
  return interval;
}

}  // namespace cgn::journal
