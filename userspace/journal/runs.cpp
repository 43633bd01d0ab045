// SPDX-License-Identifier: Apache-2.0
// Which files of a record belong together for a time, and why none does.
#include "journal/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cgn/control.hpp"

namespace cgn::journal {
namespace {

// The run that [low, high] needs to be understood: backward to a file that answers alone.
std::optional<Run> widen(const std::vector<Volume>& volumes, std::size_t low, std::size_t high) {
  while (!volumes[low].extent.complete) {
    if (low == 0 || !volumes[low].follows) return std::nullopt;
    --low;
  }
  return Run{low, high};
}

}  // namespace

std::vector<Run> runs_for(const Shelf& shelf, WallTime from, WallTime to) {
  const auto& volumes = shelf.volumes();
  std::vector<Run> runs;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (volumes[i].to < from || volumes[i].reach > to) continue;
    const bool joins = !runs.empty() && std::all_of(volumes.begin() + static_cast<std::ptrdiff_t>(runs.back().last) + 1,
                                                    volumes.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                    [](const Volume& v) { return v.follows; });
    if (joins) {
      runs.back().last = i;
    } else if (const auto run = widen(volumes, i, i)) {
      runs.push_back(*run);
    }
  }
  return runs;
}

std::string hole_at(const Shelf& shelf, WallTime at) {
  const auto& volumes = shelf.volumes();
  if (volumes.empty()) {
    return shelf.unreadable().empty() ? "the log directory holds no log file" : shelf.unreadable();
  }
  const Volume* before = nullptr;
  for (const auto& volume : volumes) {
    if (volume.from <= at) before = &volume;
  }
  if (before == nullptr) return "the log begins at " + control::to_text(volumes.front().from);
  const auto reason = before->end_reason.empty() ? "the file's opening rows are not finished" : before->end_reason;
  return fmt::format("the log is known up to {}: {}", control::to_text(before->to), reason);
}

}  // namespace cgn::journal
