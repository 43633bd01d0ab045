// SPDX-License-Identifier: Apache-2.0
// Edit distance (optimal string alignment), three rows at a time.
#include "config/suggest.hpp"

#include <algorithm>
#include <vector>

namespace cgn::config {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> known) {
  const auto far = std::max<std::size_t>(2, name.size() / 3);
  std::optional<std::string_view> best;
  auto best_distance = far + 1;
  for (const auto candidate : known) {
    const auto distance = edit_distance(name, candidate);
    // A name of two letters is two edits away from every other: the distance must leave something in common.
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto meant = nearest(name, known);
  return meant ? "did you mean '" + std::string{*meant} + "'?" : std::string{};
}

}  // namespace cgn::config
