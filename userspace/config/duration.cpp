// SPDX-License-Identifier: Apache-2.0
// Durations, read and written.
#include "config/duration.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <utility>

namespace cgn::config {
namespace {

using namespace std::chrono;

constexpr std::array<std::pair<std::string_view, Duration>, 5> kUnits{
    {{"ms", milliseconds{1}}, {"s", seconds{1}}, {"m", minutes{1}}, {"h", hours{1}}, {"d", hours{24}}}};
constexpr Duration kLongest = hours{24} * 36'525;

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const auto unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, unit] : kUnits) {
    if (name != unit_name) continue;
    if (count > static_cast<std::uint64_t>(kLongest / unit)) return std::nullopt;
    return unit * static_cast<Duration::rep>(count);
  }
  return std::nullopt;
}

std::string to_string(Duration d) {
  if (d % seconds{1} != Duration::zero() || d == Duration::zero()) {
    return d == Duration::zero() ? "0s" : fmt::format("{}ms", d / milliseconds{1});
  }
  // Timers are compared with the RFCs' seconds, so hours and days only from where nobody counts seconds any more.
  if (d % hours{24} == Duration::zero()) return fmt::format("{}d", d / hours{24});
  if (d > hours{3} && d % hours{1} == Duration::zero()) return fmt::format("{}h", d / hours{1});
  return fmt::format("{}s", d / seconds{1});
}

}  // namespace cgn::config
