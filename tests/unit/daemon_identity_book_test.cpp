// SPDX-License-Identifier: Apache-2.0
// Whose an address is, after reports that came late, twice, in any order or not at all.
#include "daemon/identity_book.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "daemon/accounting_claim.hpp"
#include "journal/identity_terms.hpp"

namespace cgn::daemon {
namespace {

using namespace std::chrono_literals;
using Outcome = IdentityBook::Outcome;
using radius::Status;

const Prefix kWho = Prefix::of(Ipv4::from_host(0x64400307), 32);

// One address, its book and the terms that its rows tell.
struct Address {
  IdentityBook book{};
  journal::IdentityTerms terms{kWho, ""};
  std::vector<journal::Row> rows{};
  unsigned changes = 0;

  IdentityBook::Ruling take(radius::Accounting told, WallTime arrival, const std::string& source = "radius:bng-1") {
    told.address = kWho.address();
    auto report = report_of(told, {.source = source, .by = "10.0.0.1"}, arrival, false);
    report.claim.who.second = kWho;
    return take(report.claim, arrival);
  }
  IdentityBook::Ruling take(const Claim& claim, WallTime arrival) {
    auto ruling = book.judge(claim);
    changes += ruling.changes_hands ? 1 : 0;
    for (const auto& row : ruling.rows) {
      rows.push_back(journal::to_row(to_note(claim.who, row, {.wall = arrival})));
      terms.apply(rows.back(), 0);
    }
    if (!ruling.rows.empty()) book.recorded(claim.who, ruling);
    return ruling;
  }
  [[nodiscard]] std::string now() const {
    const auto* const bound = book.find({"", kWho});
    return bound == nullptr ? "" : bound->id;
  }
  [[nodiscard]] std::set<std::string> at(WallTime t) const { return terms.possible(0, {t, t + 1ms}); }
};

WallTime at_second(int s) { return cgn::at(std::chrono::seconds{s}).wall; }

radius::Accounting told(Status status, const std::string& session, const std::string& id) {
  return {.status = status, .session = session, .identity = id};
}

using Ids = std::set<std::string>;

}  // namespace

TEST_CASE("start, sign of life and stop make one term", "[radius]") {
  Address a;
  CHECK(a.take(told(Status::start, "1", "A"), at_second(10)).outcome == Outcome::bound);
  CHECK(a.changes == 0);
  CHECK(a.take(told(Status::interim, "1", "A"), at_second(60)).outcome == Outcome::unchanged);
  CHECK(a.take(told(Status::start, "1", "A"), at_second(61)).rows.empty());
  CHECK(a.now() == "A");
  const auto stop = a.take(told(Status::stop, "1", "A"), at_second(100));
  CHECK(stop.outcome == Outcome::ended);
  CHECK(stop.changes_hands);
  CHECK(a.take(told(Status::stop, "1", "A"), at_second(101)).rows.empty());
  CHECK(a.now().empty());
  CHECK(a.rows.size() == 2);
  CHECK(a.at(at_second(50)) == Ids{"A"});
  CHECK(a.at(at_second(100)) == Ids{""});
}

TEST_CASE("another session ends the one whose stop was lost, at a time that is only known to a span", "[radius]") {
  Address a;
  (void)a.take(told(Status::start, "1", "A"), at_second(10));
  (void)a.take(told(Status::interim, "1", "A"), at_second(60));
  const auto next = a.take(told(Status::start, "2", "B"), at_second(100));
  CHECK(next.changes_hands);
  CHECK(next.rows.size() == 2);
  CHECK(a.at(at_second(59)) == Ids{"A"});
  CHECK(a.at(at_second(80)) == Ids{"", "A"});
  CHECK(a.at(at_second(100)) == Ids{"B"});
}

TEST_CASE("the same customer's next session is another session", "[radius]") {
  Address a;
  (void)a.take(told(Status::start, "1", "A"), at_second(10));
  CHECK(a.take(told(Status::start, "2", "A"), at_second(100)).changes_hands);
}

TEST_CASE("a sign of life suffices to bind, from when the session says it began", "[radius]") {
  Address a;
  auto alive = told(Status::interim, "1", "A");
  alive.session_time = 40s;
  const auto ruling = a.take(alive, at_second(100));
  CHECK(ruling.outcome == Outcome::bound);
  CHECK(ruling.older_is_former);
  CHECK(a.at(at_second(61)) == Ids{"A"});
  CHECK(a.at(at_second(50)) == Ids{""});
}

TEST_CASE("a start that arrives after a newer one changes nobody's present, and is recorded as over", "[radius]") {
  Address a;
  (void)a.take(told(Status::start, "2", "B"), at_second(100));
  auto late = told(Status::start, "1", "A");
  late.delay = 90s;
  const auto ruling = a.take(late, at_second(150));  // of second 60
  CHECK(ruling.outcome == Outcome::late);
  CHECK_FALSE(ruling.changes_hands);
  CHECK(a.now() == "B");
  CHECK(a.at(at_second(60)) == Ids{"", "A"});
  CHECK(a.at(at_second(80)) == Ids{"", "A"});
  CHECK(a.at(at_second(110)) == Ids{"B"});
}

TEST_CASE("a start that arrives after its own stop binds nobody", "[radius]") {
  Address a;
  auto stop = told(Status::stop, "1", "A");
  stop.session_time = 50s;
  CHECK(a.take(stop, at_second(100)).changes_hands);
  auto start = told(Status::start, "1", "A");
  start.delay = 55s;
  CHECK(a.take(start, at_second(105)).outcome == Outcome::late);
  CHECK(a.now().empty());
  CHECK(a.at(at_second(70)) == Ids{"A"});
}

TEST_CASE("the stop of a session that nobody told of ends what is older", "[radius]") {
  Address a;
  (void)a.take(told(Status::start, "1", "A"), at_second(10));
  auto stop = told(Status::stop, "2", "B");
  stop.session_time = 30s;
  CHECK(a.take(stop, at_second(100)).changes_hands);
  CHECK(a.now().empty());
  CHECK(a.at(at_second(80)) == Ids{"B"});
  CHECK(a.at(at_second(40)) == Ids{"", "A"});
}

TEST_CASE("a session's name that comes again is a new session", "[radius]") {
  Address a;
  (void)a.take(told(Status::start, "1", "A"), at_second(10));
  (void)a.take(told(Status::stop, "1", "A"), at_second(20));
  CHECK(a.take(told(Status::start, "1", "B"), at_second(60)).outcome == Outcome::bound);
  CHECK(a.now() == "B");
}

TEST_CASE("what the log did not take is worth its rows again, and nothing is acknowledged meanwhile", "[radius]") {
  IdentityBook book;
  Claim claim{.who = {"", kWho}, .id = "A", .session = "1", .source = "radius:bng-1"};
  claim.when = journal::Span::at(at_second(10));
  const auto first = book.judge(claim);
  REQUIRE(first.rows.size() == 1);
  CHECK(book.judge(claim).outcome == Outcome::undecided);
  book.unrecorded(claim.who, first);
  CHECK(book.find(claim.who) == nullptr);
  const auto again = book.judge(claim);
  REQUIRE(again.rows.size() == 1);
  book.recorded(claim.who, again);
  CHECK(book.judge(claim).outcome == Outcome::unchanged);
}

TEST_CASE("after a restart the book knows what the log knows") {
  Address a;
  (void)a.take(told(Status::start, "1", "A"), at_second(10));
  journal::Identities known;
  for (const auto& row : a.rows) known.apply(row);
  IdentityBook book{known.current()};
  REQUIRE(book.find({"", kWho}) != nullptr);
  CHECK(book.find({"", kWho})->session == "1");
  CHECK(book.bound() == 1);
  CHECK(book.of_source("radius:bng-1", std::nullopt, 10).size() == 1);
  CHECK(book.of_identity("A", 10).size() == 1);
}

TEST_CASE("an operator's word binds, is not repeated, and is ended by a word or a stop of that name") {
  Address a;
  Claim word{.who = {"", kWho}, .id = "A", .source = "cgnctl", .by = "root"};
  word.when = journal::Span::at(at_second(10));
  CHECK(a.take(word, at_second(10)).outcome == Outcome::bound);
  word.when = journal::Span::at(at_second(20));
  CHECK(a.take(word, at_second(20)).outcome == Outcome::unchanged);
  word.id = std::string{"B"};
  word.when = journal::Span::at(at_second(30));
  CHECK(a.take(word, at_second(30)).changes_hands);
  CHECK(a.at(at_second(25)) == Ids{"A"});
  CHECK(a.take(told(Status::stop, "9", "B"), at_second(40)).outcome == Outcome::ended);
  Claim end{.kind = Claim::Kind::ends, .who = {"", kWho}, .source = "cgnctl"};
  end.when = journal::Span::at(at_second(50));
  CHECK(a.take(end, at_second(50)).rows.empty());
}

// --- a day of sessions ---------------------------------------------------------------------------------------------------

namespace {

struct Truth {
  std::string id{};
  WallTime from{}, to{};
};

struct Sent {
  WallTime arrival{};
  radius::Accounting what{};
};

class Day {
 public:
  explicit Day(unsigned seed) : random_{seed} {}

  void play(bool with_lengths) {
    auto t = at_second(0);
    for (int session = 1; session <= 60; ++session) {
      t += milliseconds(3'000, 200'000);
      const Truth truth{
          .id = std::string(1, static_cast<char>('A' + below(6))), .from = t, .to = t + milliseconds(2'000, 900'000)};
      truths_.push_back(truth);
      report(Status::start, session, truth, truth.from, with_lengths);
      for (auto sign = truth.from + 60s; sign < truth.to; sign += 60s)
        report(Status::interim, session, truth, sign, with_lengths);
      report(Status::stop, session, truth, truth.to, with_lengths);
      t = truth.to;
    }
    std::ranges::stable_sort(sent_, {}, &Sent::arrival);
    for (const auto& one : sent_) (void)address_.take(one.what, one.arrival);
    (void)address_.take(told(Status::start, "the last", "Z"), t + 1h);  // whoever is there ends at last
  }

  // Whether the record is right there; what it says is counted.
  [[nodiscard]] bool right(WallTime t) {
    const auto said = address_.at(t);
    ++(said.size() == 1 ? certain : uncertain);
    const auto truth = std::ranges::find_if(truths_, [&](const Truth& x) { return x.from <= t && t < x.to; });
    if (truth == truths_.end()) return said.contains("");
    return said.contains(truth->id) || said.contains("");
  }
  [[nodiscard]] WallTime end() const { return truths_.back().from; }  // after it an end may be missing for good

  std::mt19937 random_;
  unsigned certain = 0, uncertain = 0;

 private:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>{0, n - 1}(random_); }
  std::chrono::milliseconds milliseconds(unsigned from, unsigned to) {
    return std::chrono::milliseconds{from + below(to - from)};
  }

  void report(Status status, int session, const Truth& truth, WallTime when, bool with_lengths) {
    if (below(5) == 0) return;  // lost for good
    auto what = told(status, std::to_string(session), truth.id);
    if (with_lengths && status != Status::start) {
      what.session_time = std::chrono::floor<std::chrono::seconds>(when - truth.from);
    }
    for (unsigned copies = below(5) == 0 ? 2 : 1; copies > 0; --copies) {
      const auto wait = below(4) == 0 ? milliseconds(0, 600'000) : std::chrono::milliseconds{0};
      what.delay = std::chrono::floor<std::chrono::seconds>(wait);
      if (what.delay->count() == 0) what.delay.reset();
      sent_.push_back({what.delay ? when + wait : when, what});
    }
  }

  std::vector<Truth> truths_;
  std::vector<Sent> sent_;
  Address address_;
};

}  // namespace

TEST_CASE("after any loss, repetition and order of reports the record is right or uncertain, never wrong",
          "[property]") {
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);
  unsigned certain = 0;
  unsigned uncertain = 0;
  for (unsigned i = 0; i < 200; ++i) {
    Day day{seed + i};
    day.play(i % 2 == 0);
    const auto length = (day.end() - at_second(0)).count();
    for (int n = 0; n < 500; ++n) {
      const auto t =
          at_second(0) + std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{0, length}(day.random_)};
      CAPTURE(i, (t - at_second(0)).count());
      REQUIRE(day.right(t));
    }
    certain += day.certain;
    uncertain += day.uncertain;
  }
  // Not for want of saying anything.
  CHECK(certain > 2 * uncertain);
  CHECK(uncertain > 100);
}

}  // namespace cgn::daemon
