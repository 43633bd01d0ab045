// SPDX-License-Identifier: Apache-2.0
// How far an answer can trust the clock of the record.
#include "unit/journal_desk.hpp"

#include "journal/clock_state.hpp"
#include "cgn/control.hpp"
#include "journal/day_files.hpp"
#include "journal/scribe.hpp"
#include "journal/source.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

const WallTime kNoon = at(0s).wall;
using Trust = ClockState::Trust;

Row step(WallTime expected, WallTime shown) {
  return {.kind = RowKind::clock_step, .wall = shown, .allocated = expected, .detail = {}};
}
Row note(WallTime when, std::string detail) {
  return {.kind = RowKind::clock, .wall = when, .detail = std::move(detail)};
}

}  // namespace

TEST_CASE("a clock of which nothing is said is unknown; a good offset is told with its source", "[journal][clock]") {
  CHECK(clock_at({}, kNoon, 1s).trust == Trust::unknown);
  const std::vector rows{note(kNoon - 1h, R"({"synchronised": true, "offset_us": 400, "source": "chrony"})"),
                         note(kNoon + 1h, R"({"synchronised": false})")};
  const auto state = clock_at(rows, kNoon, 1s);
  CHECK(state.trust == Trust::good);
  CHECK(state.text == "offset 0.400 ms by chrony at 2026-11-20T06:00:00.000Z");
  CHECK(state.wider == 0ms);
}

TEST_CASE("a clock that nobody set, or that is wrong by a second, lowers the certainty", "[journal][clock]") {
  const std::vector unset{note(kNoon - 1h, R"({"synchronised": false})")};
  CHECK(clock_at(unset, kNoon, 1s).trust == Trust::lowered);
  const std::vector wrong{note(kNoon - 1h, R"({"synchronised": true, "offset_us": -1500200, "source": "chrony"})")};
  const auto state = clock_at(wrong, kNoon, 1s);
  CHECK(state.trust == Trust::lowered);
  CHECK(state.wider == 1501ms);
  CHECK(clock_at(std::vector{note(kNoon, "no JSON")}, kNoon, 1s).trust == Trust::unknown);
}

TEST_CASE("a step is told within an hour of it, and only a time that it skipped is asked more widely",
          "[journal][clock]") {
  const std::vector rows{step(kNoon, kNoon + 300s)};
  const auto inside = clock_at(rows, kNoon + 100s, 1s);
  CHECK(inside.trust == Trust::lowered);
  CHECK(inside.wider == 300s);
  CHECK(inside.text == "the wall clock was stepped by +300.000 s at 2026-11-20T07:00:00.000Z");
  CHECK(clock_at(rows, kNoon - 1s, 1s).wider == 300s);
  CHECK(clock_at(rows, kNoon - 2s, 1s).wider == 0ms);
  CHECK(clock_at(rows, kNoon - 50min, 1s).trust == Trust::lowered);
  CHECK(clock_at(rows, kNoon - 2h, 1s).trust == Trust::unknown);
  // A backward step shows times twice: those are asked twice, not more widely.
  CHECK(clock_at(std::vector{step(kNoon, kNoon - 300s)}, kNoon - 100s, 1s).wider == 0ms);
}

TEST_CASE("a time that the clock never showed is answered only if nothing changed around the step",
          "[journal][clock]") {
  Desk desk;
  desk.open();
  const auto kept = desk.allocate(1, 1);
  desk.clock.advance(1h);
  const auto first = desk.allocate(2, 2);
  desk.clock.advance(200s);
  desk.release(first);
  desk.clock.advance(150s);
  const auto before = desk.clock.now().wall;
  desk.clock.step(1h);
  const auto second = desk.allocate(3, 2);
  desk.clock.advance(3h);
  const auto skipped = before + 30min;
  const auto sure = desk.who(1, skipped);
  CHECK(sure.certainty == Certainty::one_holder);
  CHECK(sure.clock.trust == Trust::lowered);
  const auto unsure = desk.who(2, skipped);
  CHECK(unsure.certainty == Certainty::ambiguous);
  CHECK(unsure.holders.size() == 2);
  CHECK(unsure.reason.find("stepped by +3600.000 s") != std::string::npos);
  const auto later = desk.who(2, second.at.wall + 2h);
  CHECK(later.certainty == Certainty::one_holder);
  CHECK(later.clock.trust == Trust::unknown);
  CHECK(desk.who(1, kept.at.wall + 10s).clock.trust == Trust::unknown);
}

TEST_CASE("a note of the clock in the record is told with the answers after it", "[journal][clock]") {
  Desk desk;
  desk.open();
  const auto given = desk.allocate(1, 1);
  desk.clock.advance(1min);
  desk.writer->append(7, Note{.kind = NoteKind::clock,
                              .detail = R"({"source": "adjtimex", "synchronised": true, "offset_us": 400})",
                              .subscriber = {},
                              .realm = {},
                              .at = desk.clock.now()});
  REQUIRE(eventually([&] { return !desk.writer->completed().empty(); }));
  desk.clock.advance(1min);
  desk.release(given);
  desk.clock.advance(5min);
  CHECK(desk.who(1, given.at.wall + 30s).clock.trust == Trust::unknown);
  const auto after = desk.who(1, given.at.wall + 90s);
  CHECK(after.certainty == Certainty::one_holder);
  CHECK(after.clock.trust == Trust::good);
  CHECK(after.clock.text.find("offset 0.400 ms by adjtimex at ") == 0);
}

namespace {

BlockEvent lent(unsigned block, const Now& now) { return event(BlockEventKind::allocated, block, block, now); }

int steps_in(const std::filesystem::path& directory) {
  int steps = 0;
  const auto paths = list_day_files(directory);
  REQUIRE(paths);
  for (const auto& path : *paths) {
    const auto source = Source::open(path);
    REQUIRE(source);
    REQUIRE(source->visit(0, [&](const Row& row) {
      steps += row.kind == RowKind::clock_step ? 1 : 0;
      return true;
    }));
  }
  return steps;
}

}  // namespace

TEST_CASE("an event that carries the new clock has one step before it, not two", "[journal][clock]") {
  Desk desk;
  auto scribe = Scribe::open(desk.options, desk.clock.now());
  REQUIRE(scribe);
  REQUIRE(scribe->write({{1, lent(1, desk.clock.now())}}).front().durable);
  desk.clock.advance(10ms);
  desk.clock.step(-1h);
  REQUIRE(scribe->write({{2, lent(2, desk.clock.now())}, {3, lent(3, desk.clock.now())}}).back().durable);
  scribe->stop(desk.clock.now());
  CHECK(steps_in(desk.options.directory) == 1);
}

TEST_CASE("an event stamped before the clock was set and written after a look at it makes no step of its own",
          "[journal][clock]") {
  Desk desk;
  auto scribe = Scribe::open(desk.options, desk.clock.now());
  REQUIRE(scribe);
  REQUIRE(scribe->write({{1, lent(1, desk.clock.now())}}).front().durable);
  desk.clock.advance(10ms);
  const auto before = desk.clock.now();
  desk.clock.step(-1h);
  scribe->tend(desk.clock.now());
  REQUIRE(scribe->write({{2, lent(2, before)}}).front().durable);
  SECTION("with another event after it") {
    REQUIRE(scribe->write({{3, lent(3, desk.clock.now())}}).front().durable);
  }
  SECTION("with nothing after it") {
    scribe->tend(desk.clock.now());
    scribe->tend(desk.clock.now());
  }
  scribe->stop(desk.clock.now());
  CHECK(steps_in(desk.options.directory) == 1);
  desk.clock.advance(2h);
  auto reader = desk.reader();
  const auto given = reader.holders({.external = kExternal, .ports = block_ports(2), .at = before.wall + 100ms});
  CHECK(given.holders.size() == 1);
}

TEST_CASE("a day that begins knows what the clock was said to be on the day before", "[journal][clock]") {
  Desk desk;
  desk.open();
  const auto file = desk.writer->health().file;
  const auto noted = desk.clock.now().wall;
  desk.writer->append(7, Note{.kind = NoteKind::clock,
                              .detail = R"({"source": "adjtimex", "synchronised": true, "offset_us": 400})",
                              .subscriber = {},
                              .realm = {},
                              .at = desk.clock.now()});
  REQUIRE(eventually([&] { return !desk.writer->completed().empty(); }));
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(file));
  const auto given = desk.allocate(1, 1);
  desk.clock.advance(1min);
  const auto answer = desk.who(1, given.at.wall + 30s);
  CHECK(answer.clock.trust == Trust::good);
  CHECK(answer.clock.text == "offset 0.400 ms by adjtimex at " + control::to_text(noted));
}
