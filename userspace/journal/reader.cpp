// SPDX-License-Identifier: Apache-2.0
// The legal record, asked: who held this address and port at that time?
#include "journal/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "cgn/control.hpp"
#include "journal/computed.hpp"
#include "journal/day_files.hpp"
#include "journal/loans.hpp"
#include "journal/naming.hpp"
#include "journal/runs.hpp"
#include "journal/schema.hpp"
#include "journal/shelf.hpp"

namespace cgn::journal {
namespace {

using std::chrono::milliseconds;

// A freed block rests for this long before another subscriber gets it: nobody else can hide in a shorter window.
constexpr auto kRest = std::chrono::seconds{120};

// A question of whereis.
struct Trace {
  Prefix subscriber{};
  std::optional<std::string> realm{};
  WallTime from{};
  WallTime to{};
  std::optional<std::string> identity{};  // only what was held while it was this one's
};

std::string text_of(milliseconds span) { return fmt::format("{}.{:03} s", span.count() / 1000, span.count() % 1000); }

Answer not_covered(std::string reason, std::string hint = {}) {
  return {.certainty = Certainty::not_covered, .holders = {}, .reason = std::move(reason), .hint = std::move(hint)};
}

std::set<std::tuple<std::string, Prefix, std::string>> holders_of(const Answer& answer) {
  std::set<std::tuple<std::string, Prefix, std::string>> holders;
  for (const auto& holder : answer.holders) holders.emplace(holder.realm, holder.subscriber, holder.identity);
  return holders;
}

// The same wall time, seen more than once: certain only if every time says the same.
Answer agreed(std::vector<Answer> answers) {
  auto result = std::move(answers.front());
  for (std::size_t i = 1; i < answers.size(); ++i) {
    auto& other = answers[i];
    if (other.clock.wider > result.clock.wider) result.clock = other.clock;
    if (result.certainty == other.certainty && holders_of(result) == holders_of(other)) continue;
    result.certainty = Certainty::ambiguous;
    std::ranges::move(other.holders, std::back_inserter(result.holders));
    std::ranges::move(other.files, std::back_inserter(result.files));
    result.reason = "the wall clock was set back and showed this time twice";
    result.hint = "Ask with a time of another source.";
  }
  return result;
}

}  // namespace

std::string_view to_string(Certainty certainty) {
  switch (certainty) {
    case Certainty::one_holder: return "ONE HOLDER";
    case Certainty::nobody: return "NOBODY";
    case Certainty::ambiguous: return "AMBIGUOUS";
    case Certainty::not_covered: return "NOT COVERED";
  }
  return "";
}

struct Reader::State {
  std::filesystem::path directory;
  WallTime now;
  std::optional<Shelf> shelf;
  std::string trouble;  // why there is no shelf
  Computed::Book parameters;
  Shelf::Trust trust = Shelf::Trust::catalogue;

  void open_shelf();
  // The answer that `ask` gives from a shelf that is what its files say. One that is not `known` needs all of them.
  template <class Ask, class Known>
  [[nodiscard]] auto settled(const Ask&, const Known&);
  [[nodiscard]] Answer ask(const Question&, milliseconds tolerance);
  // From files of the time within tolerance and `beyond` it.
  [[nodiscard]] Answer ask_around(const Question&, milliseconds tolerance, milliseconds beyond);
  [[nodiscard]] WhereisAnswer whereis(const Trace&);
  [[nodiscard]] std::vector<Answer> ask_run(const Run&, const Question&, milliseconds tolerance);
  template <class Select>
  [[nodiscard]] Result<Loans> loans(const Run&, const Computed::Subject&, const Select&);
  [[nodiscard]] Holding holding(const Loan&) const;
  [[nodiscard]] Answer answer(const Judgement&, const Loans&, const Question&) const;
  [[nodiscard]] WhereisAnswer whereis_identity(const std::string& id, const Window&);
};

template <class Select>
Result<Loans> Reader::State::loans(const Run& run, const Computed::Subject& subject, const Select& select) {
  const auto& volumes = shelf->volumes();
  Loans loans{volumes[run.first].header().opened};
  Computed computed{parameters, subject};
  for (auto i = run.first; i <= run.last; ++i) {
    TRY(source, shelf->source(i));
    TRY(rows, select(*source));
    TRY(turns, shelf->turns(i));
    std::erase_if(rows, [&](const Row& row) { return row.seq > volumes[i].extent.last_seq; });
    TRY_VOID(computed.take(turns, rows));
    loans.expect(rows.size());
    auto turn = turns.begin();
    for (const auto& row : rows) {
      for (; turn != turns.end() && turn->seq < row.seq; ++turn) loans.apply(*turn, i);
      loans.apply(row, i);
    }
    for (; turn != turns.end(); ++turn) loans.apply(*turn, i);
  }
  return loans;
}

Holding Reader::State::holding(const Loan& loan) const {
  const auto& volume = shelf->volumes()[loan.file];
  Holding holding{.subscriber = loan.block.subscriber,
                  .realm = loan.block.realm,
                  .external = loan.block.external,
                  .ports = loan.block.ports,
                  .pool = loan.block.pool,
                  .from = loan.block.allocated_at,
                  .to = loan.to,
                  .seq = loan.seq,
                  .file = shelf->path(volume),
                  .node_id = volume.header().node_id,
                  .node_name = volume.header().node_name,
                  .computed = loan.computed};
  if (loan.last_seen) {
    holding.note = fmt::format("ended between {} (last record) and {} (boot)", control::to_text(*loan.last_seen),
                               control::to_text(*loan.to));
  }
  return holding;
}

Answer Reader::State::answer(const Judgement& judgement, const Loans& loans, const Question& question) const {
  Answer answer{.certainty = judgement.certainty};
  for (const auto index : judgement.who) {
    const auto& loan = loans.all()[index];
    answer.holders.push_back(holding(loan));
    if (loan.last_seen && question.at <= *loan.last_seen) answer.holders.back().note.clear();
  }
  if (answer.certainty != Certainty::ambiguous) return answer;
  const auto count = holders_of(answer).size();
  answer.reason = count == 1 ? "the holder's time begins or ends within the tolerance: it was this one or nobody"
                             : fmt::format("{} subscribers held it within the tolerance", count);
  if (!judgement.would_do) {
    answer.hint = "Ask with the port.";
  } else if (judgement.would_do->count() > 0) {
    answer.hint = "Ask with a tolerance of at most " + text_of(*judgement.would_do) + ".";
  } else {
    answer.hint = "Ask for a time that is further from the edge.";
  }
  return answer;
}

std::vector<Answer> Reader::State::ask_run(const Run& run, const Question& question, milliseconds tolerance) {
  auto loans = this->loans(run, {.external = question.external, .ports = question.ports},
                           [&](Source& source) { return source.rows(question.external, question.ports); });
  if (!loans) return {not_covered(loans.error().what, loans.error().hint)};
  const auto& volumes = shelf->volumes();
  const auto& first = volumes[run.first];
  const auto clock = clock_at(loans->clock_rows(), question.at, tolerance);
  tolerance += clock.wider;
  const bool knows_before = first.header().first_seq == 1 || question.at - tolerance >= first.from;
  const bool knows_after = std::min(question.at + tolerance, now) <= volumes[run.last].to;
  // Open at both ends; of an instant it is the millisecond that begins with it.
  const auto shortest = std::max(tolerance, milliseconds{1});
  const Window window{question.at - shortest + milliseconds{1}, question.at + shortest};
  Naming naming{*shelf, run.first};
  std::vector<Answer> answers;
  for (const auto epoch : loans->epochs_of(question.at, tolerance)) {
    auto answer = this->answer(judge(loans->seen_in(epoch), question.at, tolerance), *loans, question);
    if (auto named = naming.name(answer, epoch, window); !named) {
      return {not_covered(named.error().what, named.error().hint)};
    }
    const bool hidden =
        answer.certainty == Certainty::nobody || (answer.certainty == Certainty::one_holder && tolerance > kRest);
    if (hidden && !(knows_before && knows_after)) {
      answer =
          not_covered("the log does not cover the whole tolerance around this time", "Ask with a smaller tolerance.");
    }
    if (answer.certainty == Certainty::ambiguous && clock.wider.count() > 0) {
      answer.reason += "; " + clock.text;
      answer.hint = "The record's own clock was wrong then: ask for a time that is further away from it.";
    }
    answer.clock = clock;
    for (auto i = run.first; i <= run.last; ++i) answer.files.push_back(shelf->path(volumes[i]));
    answers.push_back(std::move(answer));
  }
  return answers;
}

Answer Reader::State::ask(const Question& question, milliseconds tolerance) {
  auto answer = ask_around(question, tolerance, {});
  return answer.clock.wider.count() > 0 ? ask_around(question, tolerance, answer.clock.wider) : answer;
}

Answer Reader::State::ask_around(const Question& question, milliseconds tolerance, milliseconds beyond) {
  if (!shelf) return not_covered(trouble);
  if (question.at > now) return not_covered("the time lies in the future", "Times are UTC.");
  const auto& volumes = shelf->volumes();
  std::vector<std::size_t> covering;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (volumes[i].from <= question.at && question.at <= volumes[i].to) covering.push_back(i);
  }
  auto runs = runs_for(*shelf, question.at - tolerance - beyond, question.at + tolerance + beyond);
  std::erase_if(runs, [&](const Run& run) {
    return std::ranges::none_of(covering, [&](std::size_t i) { return run.first <= i && i <= run.last; });
  });
  if (runs.empty()) return not_covered(hole_at(*shelf, question.at));
  std::vector<Answer> answers;
  for (const auto& run : runs) std::ranges::move(ask_run(run, question, tolerance), std::back_inserter(answers));
  return agreed(std::move(answers));
}

void Reader::State::open_shelf() {
  auto opened = Shelf::open(directory, now, trust);
  if (opened) {
    shelf = std::move(*opened);
  } else {
    shelf.reset();
    trouble = opened.error().what;
  }
}

template <class Ask, class Known>
auto Reader::State::settled(const Ask& ask, const Known& known) {
  for (;;) {
    auto answer = ask();
    if (shelf && !std::invoke(known, answer)) shelf->check_all();
    if (!shelf || !shelf->stale()) return answer;
    trust = trust == Shelf::Trust::catalogue ? Shelf::Trust::stamps : Shelf::Trust::files_only;
    open_shelf();
  }
}

Result<Reader> Reader::open(const std::filesystem::path& directory, WallTime now) {
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->now = now;
  state->open_shelf();
  return Reader{std::move(state)};
}

Reader::Reader(std::unique_ptr<State> state) : state_{std::move(state)} {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

const std::filesystem::path& Reader::directory() const { return state_->directory; }

bool Reader::original() {
  if (!state_->shelf || state_->shelf->volumes().empty()) return false;
  auto& shelf = *state_->shelf;
  const auto newest = shelf.volumes().size() - 1;
  if (shelf.volumes()[newest].listed && !shelf.source(newest)) return false;
  const auto& volume = shelf.volumes()[newest];
  return identity_of(shelf.path(volume)) == volume.identity;
}

Answer Reader::holders(const Question& question) {
  const auto tolerance = std::chrono::ceil<milliseconds>(std::max(question.tolerance, Duration::zero()));
  return state_->settled([&] { return state_->ask(question, tolerance); },
                         [](const Answer& answer) { return answer.certainty != Certainty::not_covered; });
}

Result<std::string> Reader::parameters(WallTime at) {
  auto& state = *state_;
  const auto ask = [&]() -> Result<std::string> {
    if (!state.shelf) return fail(state.trouble);
    if (at > state.now) return fail("the time lies in the future", "Times are UTC.");
    const auto covers = [&](const Volume& v) { return v.from <= at && at <= v.to; };
    if (std::ranges::none_of(state.shelf->volumes(), covers)) return fail("NOT COVERED: " + hole_at(*state.shelf, at));
    return parameters_at(*state.shelf, at);
  };
  return state.settled(ask, [](const Result<std::string>& found) { return found.has_value(); });
}

WhereisAnswer Reader::whereis(const Prefix& subscriber, WallTime from, WallTime to,
                              const std::optional<std::string>& realm) {
  const Trace trace{subscriber, realm, from, to};
  return state_->settled([&] { return state_->whereis(trace); }, &WhereisAnswer::complete);
}

WhereisAnswer Reader::whereis_identity(const std::string& id, WallTime from, WallTime to) {
  return state_->settled([&] { return state_->whereis_identity(id, {from, to}); }, &WhereisAnswer::complete);
}

WhereisAnswer Reader::State::whereis(const Trace& trace) {
  WhereisAnswer answer;
  if (!shelf) {
    answer.reason = trouble;
    return answer;
  }
  const auto [subscriber, realm, from, to, identity] = trace;
  answer.complete = true;
  // Walk from file to file; where one does not follow the other, there is a hole.
  auto covered = from;
  for (const auto& volume : shelf->volumes()) {
    if (volume.from <= covered && covered <= volume.to) covered = volume.to;
  }
  if (covered < to || to > now) {
    answer.complete = false;
    answer.reason = to > now ? "the interval reaches into the future" : hole_at(*shelf, covered);
  }
  for (const auto& run : runs_for(*shelf, from, to)) {
    auto loans = this->loans(run, {.subscriber = trace.subscriber},
                             [&trace](Source& source) { return source.rows(trace.subscriber); });
    std::vector<Holding> found;
    for (const auto& loan : loans ? loans->all() : std::vector<Loan>{}) {
      if (loan.block.allocated_at >= to || (loan.to && *loan.to <= from)) continue;
      if (realm && loan.block.realm != *realm) continue;
      found.push_back(holding(loan));
    }
    const auto named =
        loans ? Naming{*shelf, run.first}.name(found, {from, to}, identity) : Result<>{Unexpected{loans.error()}};
    if (!named) {
      answer.complete = false;
      answer.reason = named.error().what;
      continue;
    }
    std::ranges::move(found, std::back_inserter(answer.holdings));
  }
  std::ranges::sort(answer.holdings, {}, &Holding::from);
  return answer;
}

WhereisAnswer Reader::State::whereis_identity(const std::string& id, const Window& time) {
  // What is covered, whoever is asked about.
  auto answer = whereis({Prefix::of(Ipv4{}, 32), std::nullopt, time.from, time.to});
  if (!shelf) return answer;
  const auto keys = Naming::subscribers(*shelf, id, time);
  if (!keys) return {.reason = keys.error().what};
  for (const auto& [realm, subscriber] : *keys) {
    auto of_one = whereis({subscriber, realm, time.from, time.to, id});
    if (!of_one.complete) std::tie(answer.complete, answer.reason) = std::tuple{false, of_one.reason};
    std::ranges::move(of_one.holdings, std::back_inserter(answer.holdings));
  }
  std::ranges::sort(answer.holdings, {}, &Holding::from);
  return answer;
}

}  // namespace cgn::journal
