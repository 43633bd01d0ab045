// SPDX-License-Identifier: Apache-2.0
// Times as people write them.
#include <catch2/catch.hpp>

#include "cgn/control.hpp"
#include "cgnctl/instant.hpp"

using namespace cgn;
using namespace cgn::cgnctl;

namespace {

constexpr WallTime kNow{std::chrono::milliseconds{1'795'158'000'123}};

// What the text means, in UTC; or the error.
std::string meaning(std::string_view text) {
  const auto time = parse_time(text, kNow);
  return time ? control::to_text(*time) : "error: " + time.error().what;
}

std::string hint(std::string_view text) {
  const auto time = parse_time(text, kNow);
  return time ? std::string{} : time.error().hint;
}

}  // namespace

TEST_CASE("a time in UTC is read to the millisecond", "[time]") {
  CHECK(meaning("2026-11-20T14:03:11Z") == "2026-11-20T14:03:11.000Z");
  CHECK(meaning("2026-11-20 14:03:11Z") == "2026-11-20T14:03:11.000Z");
  CHECK(meaning("2026-11-20T14:03Z") == "2026-11-20T14:03:00.000Z");
  CHECK(meaning("2026-11-20T14:03:11.5Z") == "2026-11-20T14:03:11.500Z");
  CHECK(meaning("2026-11-20T14:03:11.331999Z") == "2026-11-20T14:03:11.331Z");
  CHECK(meaning(" 2026-11-20T14:03:11 UTC ") == "2026-11-20T14:03:11.000Z");
  CHECK(meaning("2024-02-29T23:59:59.999Z") == "2024-02-29T23:59:59.999Z");
}

TEST_CASE("an offset is taken away, across midnight too", "[time]") {
  CHECK(meaning("2026-11-20T15:03:11+01:00") == "2026-11-20T14:03:11.000Z");
  CHECK(meaning("2026-11-20T15:03:11 +01:00") == "2026-11-20T14:03:11.000Z");
  CHECK(meaning("2026-11-20T00:30:00+0530") == "2026-11-19T19:00:00.000Z");
  CHECK(meaning("2026-12-31T23:00:00-02") == "2027-01-01T01:00:00.000Z");
}

TEST_CASE("a place gives the offset of that day", "[time]") {
  CHECK(meaning("2026-11-20 08:30:00 Europe/Berlin") == "2026-11-20T07:30:00.000Z");
  CHECK(meaning("2026-07-20 08:30:00 Europe/Berlin") == "2026-07-20T06:30:00.000Z");
  CHECK(meaning("2026-07-20T08:30:00.250 America/Sao_Paulo") == "2026-07-20T11:30:00.250Z");
}

TEST_CASE("seconds since 1970 are read, milliseconds are not taken for them", "[time]") {
  CHECK(meaning("1795158000") == "2026-11-20T07:00:00.000Z");
  CHECK(meaning("1795158000.25") == "2026-11-20T07:00:00.250Z");
  CHECK(meaning("0") == "1970-01-01T00:00:00.000Z");
  CHECK(meaning("1795158000250") == "error: '1795158000250' is too large for seconds since 1970");
}

TEST_CASE("now is the clock's time", "[time]") { CHECK(meaning("now") == "2026-11-20T07:00:00.123Z"); }

TEST_CASE("a local time that happened twice is refused with both candidates", "[time][dst]") {
  CHECK(meaning("2026-10-25 02:30 Europe/Berlin") == "error: 02:30 happened twice that night (DST end)");
  CHECK(hint("2026-10-25 02:30 Europe/Berlin") ==
        "use 2026-10-25T00:30:00Z (first, CEST) or 2026-10-25T01:30:00Z (second, CET)");
  // Both candidates are themselves accepted, and the hours around the fold are no fold.
  CHECK(meaning("2026-10-25T00:30:00Z") == "2026-10-25T00:30:00.000Z");
  CHECK(meaning("2026-10-25 01:59:59 Europe/Berlin") == "2026-10-24T23:59:59.000Z");
  CHECK(meaning("2026-10-25 03:00:00 Europe/Berlin") == "2026-10-25T02:00:00.000Z");
}

TEST_CASE("a local time that never happened is refused with both readings", "[time][dst]") {
  CHECK(meaning("2026-03-29 02:30 Europe/Berlin") ==
        "error: 02:30 never happened that night (the clocks were set forward)");
  CHECK(hint("2026-03-29 02:30 Europe/Berlin") ==
        "use 2026-03-29T01:30:00Z (by CET) or 2026-03-29T00:30:00Z (by CEST)");
}

TEST_CASE("a time without zone or with an abbreviation is refused, never guessed", "[time]") {
  CHECK(meaning("2026-11-20T14:03:11") == "error: '2026-11-20T14:03:11' does not say in which time zone");
  CHECK(meaning("2026-11-20 14:03:11 CET") == "error: 'CET' is no time zone that means one thing only");
  CHECK(meaning("2026-11-20 14:03:11 EST") == "error: 'EST' is no time zone that means one thing only");
  CHECK(meaning("2026-11-20 14:03:11 Europe/Atlantis") == "error: no time zone is called 'Europe/Atlantis'");
}

TEST_CASE("what is no time is refused with the forms that are", "[time]") {
  const auto* text =
      GENERATE("", "yesterday", "2026-11-20", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-20T24:00:00Z",
               "2026-11-20T14:60:00Z", "2026-11-20T14:03:60Z", "2026-11-20T14:03:11.Z", "26-11-20T14:03:11Z",
               "20.11.2026 14:03", "1795158000.", "1.2.3", "2026-11-20T1:03:11Z");
  CAPTURE(text);
  const auto time = parse_time(text, kNow);
  REQUIRE_FALSE(time);
  CHECK_FALSE(time.error().hint.empty());
}

TEST_CASE("offsets that no clock has are refused", "[time]") {
  const auto* text = GENERATE("2026-11-20T14:03:11+25:00", "2026-11-20T14:03:11+01:60", "2026-11-20T14:03:11+1",
                              "2026-11-20T14:03:11+01:00:00");
  CAPTURE(text);
  CHECK_FALSE(parse_time(text, kNow));
}

TEST_CASE("durations are read with their unit", "[time]") {
  CHECK(parse_duration("1s") == std::chrono::seconds{1});
  CHECK(parse_duration("90") == std::chrono::seconds{90});
  CHECK(parse_duration("500ms") == std::chrono::milliseconds{500});
  CHECK(parse_duration("2m") == std::chrono::minutes{2});
  CHECK(parse_duration("1h") == std::chrono::hours{1});
  CHECK_FALSE(parse_duration("-1s"));
  CHECK_FALSE(parse_duration("1 s"));
  CHECK_FALSE(parse_duration("s"));
  CHECK_FALSE(parse_duration(""));
  CHECK_FALSE(parse_duration("99999999999s"));
}
