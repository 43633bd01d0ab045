// SPDX-License-Identifier: Apache-2.0
// From intervals of holding to ONE HOLDER, NOBODY or AMBIGUOUS.
#include "journal/judgement.hpp"

#include <algorithm>

namespace cgn::journal {
namespace {

using std::chrono::milliseconds;

bool contains(const Interval& i, WallTime at) { return (!i.from || *i.from <= at) && (!i.to || at < *i.to); }

bool is_empty(const Interval& i) { return i.from && i.to && *i.to <= *i.from; }

// How far the interval is from `at`; zero at its end, because that is the first instant of not holding.
milliseconds distance(const Interval& i, WallTime at) {
  if (contains(i, at)) return milliseconds{0};
  return i.from && at < *i.from ? *i.from - at : at - *i.to;
}

}  // namespace

Judgement judge(std::span<const Interval> intervals, WallTime at, milliseconds tolerance) {
  Judgement judgement;
  std::vector<std::size_t> inside;
  std::vector<std::size_t> near;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    if (is_empty(intervals[i])) continue;
    if (contains(intervals[i], at)) {
      inside.push_back(i);
    } else if (distance(intervals[i], at) < tolerance) {
      near.push_back(i);
    }
  }
  const auto other = [&](std::size_t i) {
    if (inside.empty()) return true;
    const auto& holder = intervals[inside.front()];
    return intervals[i].subscriber != holder.subscriber || intervals[i].realm != holder.realm;
  };
  const bool contested = std::ranges::any_of(inside, other);
  std::erase_if(near, [&](std::size_t i) { return !other(i); });
  judgement.who = inside;
  if (!contested && near.empty()) {
    judgement.certainty = inside.empty() ? Certainty::nobody : Certainty::one_holder;
    return judgement;
  }
  judgement.certainty = Certainty::ambiguous;
  judgement.who.insert(judgement.who.end(), near.begin(), near.end());
  if (contested) return judgement;
  const auto by_distance = [&](std::size_t a, std::size_t b) {
    return distance(intervals[a], at) < distance(intervals[b], at);
  };
  judgement.would_do = distance(intervals[*std::ranges::min_element(near, by_distance)], at);
  return judgement;
}

}  // namespace cgn::journal
