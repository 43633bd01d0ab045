// SPDX-License-Identifier: Apache-2.0
// What the record must answer, from the arrays of the generator.
#include "scale/oracle.hpp"

#include <algorithm>
#include <limits>

namespace cgn::scale {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
// Shorter than this no other holder can hide.
constexpr std::int64_t kRestMs = 120'000;

}  // namespace

std::optional<Oracle::Span> Oracle::covered_around(std::int64_t at) const {
  if (at < kBeginMs || at > shape_.end_ms()) return std::nullopt;
  const auto is_lost = [&](std::int64_t day) {
    return day < 0 || day >= shape_.days || shape_.lost.contains(static_cast<unsigned>(day));
  };
  // A file covers its end, too: the instant at which the next one begins.
  auto day = (at - kBeginMs) / kDayMs;
  if (is_lost(day) && (at - kBeginMs) % kDayMs == 0) --day;
  if (is_lost(day)) return std::nullopt;
  auto first = day;
  while (!is_lost(first - 1)) --first;
  auto last = day;
  while (!is_lost(last + 1)) ++last;
  return Span{kBeginMs + first * kDayMs, kBeginMs + (last + 1) * kDayMs};
}

std::vector<Loan> Oracle::loans_of(unsigned block) const {
  auto loans = all_loans(shape_, block);
  if (!forged_ || forged_->block != block) return loans;
  for (auto& loan : loans) {
    if (loan.from <= forged_->at && forged_->at < loan.to) loan.who = (loan.who + 1) % kSubscribers;
  }
  return loans;
}

std::vector<Loan> Oracle::told_in(const Span& span, const Query& query) const {
  auto first = query.block;
  auto last = query.block;
  if (query.whole_address) {
    first = query.block / kBlocksPerAddress * kBlocksPerAddress;
    last = std::min(first + kBlocksPerAddress, shape_.blocks) - 1;
  }
  std::vector<Loan> told;
  for (auto block = first; block <= last; ++block) {
    for (auto loan : loans_of(block)) {
      if (loan.to < span.from || loan.from >= span.to) continue;
      if (loan.to >= span.to) loan.to = kNever;
      told.push_back(loan);
    }
  }
  return told;
}

Expected Oracle::answer(const Query& query) const {
  const auto span = covered_around(query.at);
  if (!span) return {"NOT COVERED", {}};
  const auto low = query.at - query.tolerance;
  const auto high = query.at + query.tolerance;
  std::set<std::string> now;
  std::set<std::string> near;
  for (const auto& loan : told_in(*span, query)) {
    const auto who = to_string(subscriber_of(loan.who));
    if (loan.from <= query.at && query.at < loan.to) {
      now.insert(who);
    } else if (loan.from < high && loan.to > low) {
      near.insert(who);
    }
  }
  auto all = now;
  all.insert(near.begin(), near.end());
  // Nobody now and somebody near, or somebody now and somebody else as well.
  if (all.size() > 1 || (now.empty() && !near.empty())) return {"AMBIGUOUS", all};
  const bool whole = (low >= span->from || span->from == kBeginMs) && high <= span->to;
  if (now.empty()) return {whole ? "NOBODY" : "NOT COVERED", {}};
  if (query.tolerance > kRestMs && !whole) return {"NOT COVERED", {}};
  return {"ONE HOLDER", now};
}

}  // namespace cgn::scale
