// SPDX-License-Identifier: Apache-2.0
// Identities: their rows, who is possible when, and that files and look-ups carry them.
#include "journal/identities.hpp"
#include "journal/identity_terms.hpp"
#include "unit/journal_desk.hpp"

namespace cgn::journal::test {
namespace {

using Ids = std::set<std::string>;

WallTime wall(std::chrono::milliseconds since) { return at(since).wall; }
Span exactly(std::chrono::milliseconds since) { return Span::at(wall(since)); }

IdentityRow said(IdentityEvent event, const std::string& id, Span from, Span to = {}) {
  return {.event = event, .id = id, .source = "cgnctl", .by = "root", .from = from, .to = to};
}

Note note(const IdentityRow& row, unsigned who, const Now& now) {
  return {.kind = NoteKind::identity, .detail = to_detail(row), .subscriber = subscriber(who), .at = now};
}

Row row_of(const IdentityRow& row, std::chrono::milliseconds recorded) { return to_row(note(row, 1, at(recorded))); }

IdentityTerms terms_of(const std::vector<Row>& rows) {
  IdentityTerms terms{subscriber(1), ""};
  for (const auto& row : rows) terms.apply(row, 0);
  return terms;
}

Ids possible(const IdentityTerms& terms, std::chrono::milliseconds from, std::chrono::milliseconds to) {
  return terms.possible(0, {wall(from), wall(to)});
}

}  // namespace

TEST_CASE("a row of an identity says the same after it was written") {
  const auto row = IdentityRow{.event = IdentityEvent::was,
                               .id = "C-1048213 \"the other\"",
                               .source = "radius:bng-1",
                               .by = "10.0.0.1",
                               .session = "0000A7",
                               .from = {wall(1s), wall(2s)},
                               .to = exactly(9s)};
  const auto read = read_identity(row_of(row, 10s));
  REQUIRE(read);
  CHECK(*read == row);
  CHECK_FALSE(read_identity(Row{.kind = RowKind::identity, .detail = "[]"}));
  CHECK_FALSE(read_identity(Row{.kind = RowKind::identity, .detail = R"({"event": "set", "id": 7})"}));
  CHECK_FALSE(read_identity(Row{.kind = RowKind::heartbeat}));
}

TEST_CASE("an identity is 1 to 64 printable characters, and the complaint says what is wrong") {
  CHECK_FALSE(fault_of_identity("C-1048213"));
  CHECK_FALSE(fault_of_identity(std::string(64, '~')));
  CHECK(fault_of_identity("").value() == "an identity has at least one character");
  CHECK(fault_of_identity(std::string(65, 'x')).value() == "an identity has at most 64 characters, this one has 65");
  CHECK(fault_of_identity("a\tb").value() == "character 2 of the identity is not a printable one of ASCII");
}

TEST_CASE("between two customers both are possible, or nobody, as far as it is known") {
  const auto terms = terms_of({row_of(said(IdentityEvent::set, "A", exactly(10s)), 10s),
                               row_of(said(IdentityEvent::end, "A", exactly(10s), {wall(20s), wall(30s)}), 31s),
                               row_of(said(IdentityEvent::set, "B", exactly(30s)), 31s)});
  CHECK(possible(terms, 0s, 9s) == Ids{""});
  CHECK(possible(terms, 9s, 11s) == Ids{"", "A"});
  CHECK(possible(terms, 10s, 20s) == Ids{"A"});
  CHECK(possible(terms, 21s, 22s) == Ids{"", "A"});  // it ended somewhere here
  CHECK(possible(terms, 29s, 31s) == Ids{"", "A", "B"});
  CHECK(possible(terms, 30s, 99s) == Ids{"B"});
}

TEST_CASE("a term that became known late stands beside the one that was known") {
  const auto terms = terms_of({row_of(said(IdentityEvent::set, "A", exactly(0s)), 0s),
                               row_of(said(IdentityEvent::was, "B", exactly(10s), exactly(20s)), 40s)});
  CHECK(possible(terms, 5s, 6s) == Ids{"A"});
  CHECK(possible(terms, 15s, 16s) == Ids{"A", "B"});  // both say that they were there
  CHECK(possible(terms, 25s, 26s) == Ids{"A"});
}

TEST_CASE("an end tells of the whole term where its beginning is in another file") {
  const auto terms = terms_of({row_of(said(IdentityEvent::end, "A", exactly(10s), exactly(20s)), 20s)});
  CHECK(possible(terms, 12s, 13s) == Ids{"A"});
  CHECK(possible(terms, 22s, 23s) == Ids{""});
}

TEST_CASE("rows of other subscribers and realms are none of this one's") {
  auto other = row_of(said(IdentityEvent::set, "A", exactly(0s)), 0s);
  other.subscriber = subscriber(2);
  auto elsewhere = row_of(said(IdentityEvent::set, "B", exactly(0s)), 0s);
  elsewhere.realm = "vrf-7";
  CHECK(possible(terms_of({other, elsewhere}), 5s, 6s) == Ids{""});
}

TEST_CASE("what holds is repeated until it ends, and what was doubtful can be undone") {
  Identities identities;
  identities.apply(row_of(said(IdentityEvent::set, "A", exactly(0s)), 0s));
  const auto former = identities;
  identities.apply(row_of(said(IdentityEvent::end, "A", exactly(0s), exactly(9s)), 9s));
  identities.apply(row_of(said(IdentityEvent::set, "B", exactly(9s)), 9s));
  REQUIRE(identities.current().size() == 1);
  CHECK(read_identity(identities.current().front())->id == "B");
  REQUIRE(identities.over().size() == 1);
  auto after = identities;
  for (const auto& row : identities.back_to(former, identities.keys())) after.apply(row);
  CHECK(after.current() == former.current());
  identities.forget_before(wall(10s));
  CHECK(identities.over().empty());
}

// The fate of one note.
bool recorded(Desk& desk, const Note& what) {
  constexpr std::uint64_t kToken = 4711;
  desk.writer->append(kToken, what);
  for (;;) {
    pollfd ready{desk.writer->completion_fd(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) <= 0) return false;
    for (const auto& c : desk.writer->completed()) {
      if (c.token == kToken) return c.durable;
    }
  }
}

TEST_CASE("a look-up names who it was then, and says so when that changed within the tolerance") {
  Desk desk;
  desk.open();
  const auto started = desk.clock.now().wall;
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "A", Span::at(started)), 1, desk.clock.now())));
  desk.allocate(1, 0);
  desk.clock.advance(60s);
  const auto changed = desk.clock.now().wall;
  REQUIRE(
      recorded(desk, note(said(IdentityEvent::end, "A", Span::at(started), Span::at(changed)), 1, desk.clock.now())));
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "B", Span::at(changed)), 1, desk.clock.now())));
  desk.clock.advance(60s);

  const auto before = desk.who(0, changed - 10s);
  REQUIRE(before.certainty == Certainty::one_holder);
  CHECK(before.holders.front().identity == "A");
  const auto after = desk.who(0, changed + 10s);
  REQUIRE(after.certainty == Certainty::one_holder);
  CHECK(after.holders.front().identity == "B");
  const auto between = desk.who(0, changed);
  CHECK(between.certainty == Certainty::ambiguous);
  REQUIRE(between.holders.size() == 2);
  CHECK(between.holders[0].identity == "A");
  CHECK(between.holders[1].identity == "B");
  CHECK_FALSE(between.reason.empty());
  CHECK(desk.who(0, changed, 0s).holders.front().identity == "B");

  auto reader = desk.reader();
  const auto where = reader.whereis_identity("A", started, changed);
  CHECK(where.complete);
  REQUIRE(where.holdings.size() == 1);
  CHECK(where.holdings.front().identity == "A");
  CHECK(reader.whereis_identity("C", started, changed).holdings.empty());
}

TEST_CASE("whereis of an identity follows it over sealed days, from address to address, and names no successor") {
  Desk desk;
  desk.options.sealing = true;
  desk.open();
  const auto next_day = [&] {
    const auto before = desk.writer->health().file;
    desk.clock.advance(24h);
    REQUIRE(desk.rolled(before));
  };
  const auto sealed = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{desk.options.directory}) {
      count += entry.path().native().ends_with(".sealed.cgnlog") ? 1 : 0;
    }
    return count;
  };
  // Day one: A behind 1, with a block. Day two: A moves to 2, B comes to 1 and has a block there. Day three: A's block goes.
  const auto began = desk.clock.now().wall;
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "A", Span::at(began)), 1, desk.clock.now())));
  const auto first = desk.allocate(1, 0);
  next_day();
  desk.clock.advance(1h);
  const auto moved = desk.clock.now().wall;
  desk.release(first);
  REQUIRE(recorded(desk, note(said(IdentityEvent::end, "A", Span::at(began), Span::at(moved)), 1, desk.clock.now())));
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "B", Span::at(moved)), 1, desk.clock.now())));
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "A", Span::at(moved)), 2, desk.clock.now())));
  desk.clock.advance(5min);
  const auto second = desk.allocate(2, 1);
  desk.allocate(1, 2);  // B's
  next_day();
  desk.clock.advance(1h);
  const auto gone = desk.clock.now().wall;
  desk.release(second);
  next_day();
  REQUIRE(eventually([&] { return sealed() == 3; }));
  desk.clock.advance(1min);

  auto reader = desk.reader();
  const auto where = reader.whereis_identity("A", began, desk.clock.now().wall - 1s);
  CHECK(where.complete);
  REQUIRE(where.holdings.size() == 2);
  CHECK(where.holdings[0].subscriber == subscriber(1));
  CHECK(where.holdings[0].ports == block_ports(0));
  CHECK(where.holdings[0].from == first.at.wall);
  CHECK(where.holdings[0].to == moved);
  CHECK(where.holdings[1].subscriber == subscriber(2));
  CHECK(where.holdings[1].from == second.at.wall);
  CHECK(where.holdings[1].to == gone);
  for (const auto& holding : where.holdings) CHECK(holding.identity == "A");
  const auto other = reader.whereis_identity("B", began, desk.clock.now().wall - 1s);
  REQUIRE(other.holdings.size() == 1);
  CHECK(other.holdings[0].ports == block_ports(2));
  CHECK_FALSE(other.holdings[0].to);
  // Of a day that is in no file nothing is claimed.
  CHECK_FALSE(reader.whereis_identity("A", began - 24h, desk.clock.now().wall - 1s).complete);
}

TEST_CASE("a new day's file names whom the day before bound, and so does the next writer") {
  Desk desk;
  desk.open();
  const auto bound = desk.clock.now();
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "A", Span::at(bound.wall)), 1, bound)));
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "B", Span::at(bound.wall)), 2, bound)));
  REQUIRE(
      recorded(desk, note(said(IdentityEvent::end, "B", Span::at(bound.wall), Span::at(bound.wall + 1s)), 2, bound)));
  desk.allocate(1, 0);
  const auto first_file = desk.writer->health().file;
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(first_file));
  desk.allocate(3, 1);
  // The first day is gone; the second must answer alone.
  desk.close();
  std::filesystem::remove(first_file);
  desk.open();
  REQUIRE(desk.writer->identities().size() == 1);
  CHECK(read_identity(desk.writer->identities().front())->id == "A");
  const auto answer = desk.who(0, desk.clock.now().wall, 0s);
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().identity == "A");
}

TEST_CASE("what a late report tells of the day before stands in the next day's file, and is read there") {
  Desk desk;
  desk.open();
  const auto began = desk.clock.now().wall;
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "A", Span::at(began)), 1, desk.clock.now())));
  desk.allocate(1, 0);
  const auto file = desk.writer->health().file;
  desk.clock.advance(20h);
  REQUIRE(desk.rolled(file));
  const auto changed = desk.clock.now().wall - 5h;  // before midnight
  REQUIRE(recorded(desk, note(said(IdentityEvent::end, "A", Span::at(began), Span::at(changed)), 1, desk.clock.now())));
  REQUIRE(recorded(desk, note(said(IdentityEvent::set, "B", Span::at(changed)), 1, desk.clock.now())));
  const auto before = desk.who(0, changed - 1min);
  const auto after = desk.who(0, changed + 1min);
  REQUIRE(before.certainty == Certainty::one_holder);
  REQUIRE(after.certainty == Certainty::one_holder);
  CHECK(before.holders.front().identity == "A");
  CHECK(after.holders.front().identity == "B");
}

}  // namespace cgn::journal::test
