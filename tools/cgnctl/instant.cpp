// SPDX-License-Identifier: Apache-2.0
// Times as people write them: a scanner, then the calendar (std::chrono) and the zones (Howard Hinnant's date, because
// this standard library has no time zones yet).
#include "cgnctl/instant.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

namespace cgn::cgnctl {

namespace {

using namespace std::chrono;

constexpr std::string_view kForms =
    "write 2026-11-20T14:03:11Z, ...T15:03:11+01:00, '... 15:03:11 Europe/Berlin', or "
    "seconds since 1970";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads from the front of a text; every method leaves the text alone when it does not fit.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = 10 * value + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // ".331" as 331 ms; nothing is no fraction.
  std::optional<milliseconds> fraction() {
    if (!take('.') && !take(',')) return milliseconds{0};
    if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
    int value = 0;
    int scale = 100;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), scale /= 10) {
      value += scale * (rest_.front() - '0');
    }
    return milliseconds{value};
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

using LocalTime = date::local_time<milliseconds>;

std::optional<days> scan_date(Scanner& scanner) {
  const auto y = scanner.digits(4);
  if (!y || !scanner.take('-')) return std::nullopt;
  const auto m = scanner.digits(2);
  if (!m || !scanner.take('-')) return std::nullopt;
  const auto d = scanner.digits(2);
  if (!d) return std::nullopt;
  const auto ymd = year{*y} / month{static_cast<unsigned>(*m)} / day{static_cast<unsigned>(*d)};
  if (!ymd.ok()) return std::nullopt;
  return sys_days{ymd}.time_since_epoch();
}

std::optional<milliseconds> scan_clock(Scanner& scanner) {
  const auto h = scanner.digits(2);
  if (!h || !scanner.take(':')) return std::nullopt;
  const auto m = scanner.digits(2);
  if (!m) return std::nullopt;
  int s = 0;
  if (scanner.take(':')) {
    const auto seconds_of_minute = scanner.digits(2);
    if (!seconds_of_minute) return std::nullopt;
    s = *seconds_of_minute;
  }
  const auto part = scanner.fraction();
  if (!part || *h > 23 || *m > 59 || s > 59) return std::nullopt;
  return hours{*h} + minutes{*m} + seconds{s} + *part;
}

// "+01:00", "-0330", "+01"
std::optional<minutes> scan_offset(std::string_view text) {
  Scanner scanner{text};
  const bool minus = scanner.take('-');
  if (!minus && !scanner.take('+')) return std::nullopt;
  const auto h = scanner.digits(2);
  if (!h) return std::nullopt;
  std::optional<int> m = 0;
  if (!scanner.rest().empty()) {
    scanner.take(':');
    m = scanner.digits(2);
  }
  if (!m || !scanner.rest().empty() || *h > 14 || *m > 59) return std::nullopt;
  const auto offset = hours{*h} + minutes{*m};
  return minus ? -offset : offset;
}

std::string utc(LocalTime local, seconds offset) {
  auto text = date::format("%FT%T", date::sys_time<milliseconds>{local.time_since_epoch() - offset});
  if (text.ends_with(".000")) text.resize(text.size() - 4);
  return text + "Z";
}

std::string clock_of(LocalTime local) { return date::format("%H:%M", local); }

Unexpected happened_twice(LocalTime local, const date::local_info& info) {
  const bool dst = info.first.save != minutes{0} && info.second.save == minutes{0};
  return fail(
      fmt::format("{} happened twice that night ({})", clock_of(local), dst ? "DST end" : "the clocks were set back"),
      fmt::format("use {} (first, {}) or {} (second, {})", utc(local, info.first.offset), info.first.abbrev,
                  utc(local, info.second.offset), info.second.abbrev));
}

Unexpected never_happened(LocalTime local, const date::local_info& info) {
  return fail(fmt::format("{} never happened that night (the clocks were set forward)", clock_of(local)),
              fmt::format("use {} (by {}) or {} (by {})", utc(local, info.first.offset), info.first.abbrev,
                          utc(local, info.second.offset), info.second.abbrev));
}

Result<WallTime> in_zone(LocalTime local, std::string_view name) {
  const bool universal = name == "UTC" || name == "GMT";
  if (!universal && name.find('/') == std::string_view::npos) {
    return fail(fmt::format("'{}' is no time zone that means one thing only", name),
                "name a place, as in Europe/Berlin, or give the offset, as in +01:00");
  }
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(universal ? "Etc/UTC" : std::string{name});
  } catch (const std::exception&) {  // the library's only way to say no
    return fail(fmt::format("no time zone is called '{}'", name), "timedatectl list-timezones lists them");
  }
  const auto info = zone->get_info(local);
  switch (info.result) {
    case date::local_info::nonexistent: return never_happened(local, info);
    case date::local_info::ambiguous: return happened_twice(local, info);
    default: return WallTime{local.time_since_epoch() - info.first.offset};
  }
}

Result<WallTime> since_1970(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  constexpr std::size_t kMostDigits = 11;
  if (whole.size() > kMostDigits) {
    return fail(fmt::format("'{}' is too large for seconds since 1970", text), "milliseconds? divide by 1000");
  }
  std::int64_t value = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), value);
  Scanner scanner{point == std::string_view::npos ? std::string_view{} : text.substr(point)};
  const auto part = scanner.fraction();
  if (!part || !scanner.rest().empty()) return fail(fmt::format("'{}' is no time", text), std::string{kForms});
  return WallTime{seconds{value} + *part};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<WallTime> parse_time(std::string_view given, WallTime now) {
  const auto text = trimmed(given);
  if (text == "now") return now;
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos && is_digit(text.front())) {
    return since_1970(text);
  }
  Scanner scanner{text};
  const auto day = scan_date(scanner);
  const bool parted = day && (scanner.take('T') || scanner.take('t') || scanner.take(' '));
  const auto clock = parted ? scan_clock(scanner) : std::nullopt;
  if (!clock) return fail(fmt::format("'{}' is no time", text), std::string{kForms});
  const LocalTime local{*day + *clock};
  const auto zone = trimmed(scanner.rest());
  if (zone.empty()) {
    return fail(fmt::format("'{}' does not say in which time zone", text),
                "add Z for UTC, an offset as in +01:00, or a place as in Europe/Berlin");
  }
  if (zone == "Z" || zone == "z") return WallTime{local.time_since_epoch()};
  if (const auto offset = scan_offset(zone)) return WallTime{local.time_since_epoch() - *offset};
  return in_zone(local, zone);
}

std::string place_of(std::string_view given) {
  const auto text = trimmed(given);
  const auto space = text.rfind(' ');
  const auto place = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  return place.find('/') == std::string_view::npos ? std::string{} : std::string{place};
}

std::optional<std::string> local_text(WallTime time, const std::string& place) {
  const date::sys_time<milliseconds> instant{time.time_since_epoch()};
  try {
    const auto* const zone = date::locate_zone(place);
    const auto offset = duration_cast<minutes>(zone->get_info(instant).offset).count();
    return fmt::format("{} {} (UTC{}{:02}:{:02})", date::format("%F %T", zone->to_local(instant)), place,
                       offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
  } catch (const std::exception&) {  // the library's only way to say no
    return std::nullopt;
  }
}

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  constexpr std::int64_t kMost = 1'000'000'000;
  if (error == std::errc{} && value >= 0 && value <= kMost) {
    if (unit == "ms") return milliseconds{value};
    if (unit == "s" || unit.empty()) return seconds{value};
    if (unit == "m") return minutes{std::min<std::int64_t>(value, 10'000'000)};
    if (unit == "h") return hours{std::min<std::int64_t>(value, 100'000)};
  }
  return fail(fmt::format("'{}' is no duration", text), "write 1s, 500ms, 2m or 1h");
}

}  // namespace cgn::cgnctl
