// SPDX-License-Identifier: Apache-2.0
// How far the record's own clock can be trusted around an instant.
#include "journal/clock_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "cgn/control.hpp"

namespace cgn::journal {
namespace {

using std::chrono::milliseconds;

// A step this near is told even when it changes nothing.
constexpr auto kNear = std::chrono::hours{1};
// An offset beyond this is told as a lower certainty, and asked around.
constexpr double kGoodOffsetMs = 500;

milliseconds distance(const Row& step, WallTime at) {
  const auto [low, high] = std::minmax(step.wall, step.allocated);
  if (at < low) return low - at;
  return at > high ? at - high : milliseconds{0};
}

std::string signed_seconds(milliseconds by) {
  return fmt::format("{}{}.{:03} s", by.count() < 0 ? "-" : "+", std::abs(by.count()) / 1000,
                     std::abs(by.count()) % 1000);
}

std::string told(const Row& step) {
  return fmt::format("the wall clock was stepped by {} at {}", signed_seconds(step.wall - step.allocated),
                     control::to_text(step.allocated));
}

// The fields of a clock note that matter here; a note without them says nothing.
ClockState of_note(const Row& row) {
  const auto note = nlohmann::json::parse(row.detail, nullptr, false);
  if (!note.is_object()) return {};
  const bool named = note.contains("source") && note["source"].is_string();
  const auto source = named ? note["source"].get<std::string>() : std::string{"an unnamed source"};
  // A file begins with the newest note of the one before it.
  const bool repeated = note.contains("noted_ms") && note["noted_ms"].is_number_integer();
  const auto when = control::to_text(repeated ? WallTime{milliseconds{note["noted_ms"].get<std::int64_t>()}} : row.wall);
  if (!note.contains("synchronised") || note["synchronised"] != true) {
    return {ClockState::Trust::lowered, "the wall clock was not synchronised at " + when, {}};
  }
  const auto offset =
      note.contains("offset_us") && note["offset_us"].is_number() ? note["offset_us"].get<double>() / 1000 : 0.0;
  ClockState state{ClockState::Trust::good, fmt::format("offset {:.3f} ms by {} at {}", offset, source, when), {}};
  if (std::abs(offset) <= kGoodOffsetMs) return state;
  state.trust = ClockState::Trust::lowered;
  constexpr double kMostMs = 1e12;
  state.wider = milliseconds{static_cast<std::int64_t>(std::ceil(std::min(std::abs(offset), kMostMs)))};
  return state;
}

}  // namespace

std::string_view to_string(ClockState::Trust trust) {
  switch (trust) {
    case ClockState::Trust::unknown: return "unknown";
    case ClockState::Trust::good: return "good";
    case ClockState::Trust::lowered: return "lowered";
  }
  return "";
}

ClockState clock_at(std::span<const Row> rows, WallTime at, milliseconds tolerance) {
  const Row* note = nullptr;
  const Row* step = nullptr;
  for (const auto& row : rows) {
    if (row.kind == RowKind::clock && row.wall <= at) note = &row;
    if (row.kind != RowKind::clock_step || distance(row, at) > kNear + tolerance) continue;
    if (step == nullptr || distance(row, at) < distance(*step, at)) step = &row;
  }
  auto state = note != nullptr ? of_note(*note) : ClockState{};
  if (step == nullptr) return state;
  state.trust = ClockState::Trust::lowered;
  state.text = told(*step) + (state.text.empty() ? "" : "; " + state.text);
  const auto jump = step->wall - step->allocated;
  // Nobody's clock showed these times here: what was true then stands before the jump, or after it.
  if (jump > milliseconds{0} && distance(*step, at) < tolerance + milliseconds{1})
    state.wider = std::max(state.wider, jump);
  return state;
}

WallTime earliest_after(const Row& step) {
  std::int64_t before = 0;
  const auto* end = step.detail.data() + step.detail.size();
  const auto [rest, error] = std::from_chars(step.detail.data(), end, before);
  if (error != std::errc{} || rest != end) return step.wall;
  return step.wall - std::max(step.allocated - WallTime{milliseconds{before}}, milliseconds{0});
}

}  // namespace cgn::journal
