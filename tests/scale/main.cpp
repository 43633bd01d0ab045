// SPDX-License-Identifier: Apache-2.0
// The proof `history`: years of record, asked cold and warm, and every answer held against the generator's own arrays.
//
// What        history --rows N [--days D] [--seed S] [--cold N] [--warm N] [--directory DIR] [--keep] [--fadvise]
//                     [--goal-ms MS] [--control]
//             A goal is one for the whole process that answers a cold question, from its start to its end.
//             --control forges one row in the oracle, and fails unless exactly the questions about it are reported.
// Failure     Any answer that is not the oracle's; a run that hardly met a verdict; a cold p99 over the goal, if one is given.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <random>

#include "scale/oracle.hpp"
#include "scale/questions.hpp"
#include "scale/record.hpp"

namespace {

using namespace cgn;
using namespace cgn::scale;

struct Arguments {
  std::uint64_t rows = 300'000;
  unsigned days = 730;
  std::uint64_t seed = 0;
  unsigned cold = 100;
  unsigned warm = 5000;
  std::string directory{};
  bool keep = false, fadvise = false, control = false;
  double goal_ms = 0;
};

// Compares, counts, and says the first differences.
class Judge {
 public:
  explicit Judge(const Oracle& oracle) : oracle_{oracle} {}
  void take(const Query& query, const Timed& timed) {
    const auto expected = oracle_.answer(query);
    ++seen_[expected.verdict];
    times_.push_back(timed.milliseconds);
    if (timed.process_ms > 0) processes_.push_back(timed.process_ms);
    if (timed.milliseconds >= slowest_.second) slowest_ = {to_text(query), timed.milliseconds};
    const bool same = expected.verdict == timed.answer.verdict &&
                      (expected.verdict == "NOT COVERED" || expected.subscribers == timed.answer.subscribers);
    if (same) return;
    constexpr std::size_t kTold = 10;
    if (++wrong_ > kTold) return;
    fmt::print("WRONG: block {} port {} at {} tolerance {} ms{}\n  record: {} {}\n  oracle: {} {}\n", query.block,
               query.port, query.at, query.tolerance, query.whole_address ? " (whole address)" : "",
               timed.answer.verdict, fmt::join(timed.answer.subscribers, " "), expected.verdict,
               fmt::join(expected.subscribers, " "));
  }
  void print(std::string_view name) {
    fmt::print("{}: {} questions, {} wrong;", name, times_.size(), wrong_);
    for (const auto& [verdict, count] : seen_) fmt::print(" {} {}", count, verdict);
    fmt::print("\n  answer: p50 {:.3f} ms, p99 {:.3f} ms, slowest {:.3f} ms ({})\n", at(times_, 0.5), at(times_, 0.99),
               slowest_.second, slowest_.first);
    if (!processes_.empty()) {
      fmt::print("  whole process: p50 {:.1f} ms, p99 {:.1f} ms, slowest {:.1f} ms\n", at(processes_, 0.5),
                 at(processes_, 0.99), at(processes_, 1));
    }
    std::fflush(stdout);
  }
  [[nodiscard]] std::size_t wrong() const { return wrong_; }
  [[nodiscard]] double process_p99() { return at(processes_, 0.99); }
  // Each verdict often enough that the comparison says something.
  [[nodiscard]] bool is_vacuous() const {
    return std::ranges::any_of(std::initializer_list<const char*>{"ONE HOLDER", "NOBODY", "AMBIGUOUS", "NOT COVERED"},
                               [&](const char* verdict) {
                                 const auto found = seen_.find(verdict);
                                 return found == seen_.end() || found->second * 200 < times_.size();
                               });
  }

 private:
  static double at(std::vector<double>& times, double part) {
    if (times.empty()) return 0;
    std::ranges::sort(times);
    return times[std::min(times.size() - 1, static_cast<std::size_t>(part * static_cast<double>(times.size())))];
  }
  const Oracle& oracle_;
  std::map<std::string, std::size_t> seen_;
  std::vector<double> times_, processes_;
  std::pair<std::string, double> slowest_{};  // question, ms
  std::size_t wrong_ = 0;
};

std::vector<Query> draw(const Shape& shape, std::uint64_t seed, unsigned count) {
  Asker asker{shape, seed};
  std::vector<Query> queries;
  for (unsigned i = 0; i < count; ++i) queries.push_back(asker.next());
  return queries;
}

int failed(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.what);
  return 1;
}

// The oracle says something else about one loan: the question about it must come out as wrong, and no other.
int control(const Arguments& arguments, const Shape& shape) {
  Oracle oracle{shape};
  auto queries = draw(shape, shape.seed ^ 3, 200);
  std::erase_if(queries, [&](const Query& q) { return q.whole_address || oracle.answer(q).verdict != "ONE HOLDER"; });
  if (queries.empty()) return failed({"no question with one holder was drawn"});
  const auto& victim = queries[queries.size() / 2];
  oracle.forge(victim.block, victim.at);
  Judge judge{oracle};
  const auto asked =
      ask_warm(arguments.directory, shape, {victim}, [&](const Query& q, const Timed& t) { judge.take(q, t); });
  if (!asked) return failed(asked.error());
  judge.print("control");
  fmt::print("{}\n", judge.wrong() == 1 ? "control: the forged row was reported"
                                        : "CONTROL FAILED: the forged row went unnoticed");
  return judge.wrong() == 1 ? 0 : 1;
}

int ask(const Arguments& arguments, const Shape& shape) {
  const Oracle oracle{shape};
  Judge cold{oracle};
  for (const auto& query : draw(shape, shape.seed ^ 1, arguments.cold)) {
    if (const auto dropped = make_cold(arguments.directory, !arguments.fadvise); !dropped)
      return failed(dropped.error());
    const auto timed = ask_cold(arguments.directory, query);
    if (!timed) return failed(timed.error());
    cold.take(query, *timed);
  }
  cold.print(arguments.fadvise ? "cold (files dropped from the page cache)"
                               : "cold (page cache, inodes and names dropped)");
  Judge warm{oracle};
  const auto asked = ask_warm(arguments.directory, shape, draw(shape, shape.seed ^ 2, arguments.warm),
                              [&](const Query& q, const Timed& t) { warm.take(q, t); });
  if (!asked) return failed(asked.error());
  warm.print("warm");
  if (warm.is_vacuous()) {
    fmt::print("FAILED: a verdict was hardly met\n");
    return 1;
  }
  const bool slow = arguments.goal_ms > 0 && cold.process_p99() > arguments.goal_ms;
  if (slow) fmt::print("FAILED: p99 of the processes that answer a cold question is over {} ms\n", arguments.goal_ms);
  return cold.wrong() + warm.wrong() == 0 && !slow ? 0 : 1;
}

int prove(Arguments arguments) {
  if (arguments.seed == 0) arguments.seed = std::random_device{}();
  const auto shape = Shape::of(arguments.rows, arguments.days, arguments.seed);
  fmt::print("history: seed {}, {} days ({} lost), {} blocks of {} subscribers\n", arguments.seed, shape.days,
             shape.lost.size(), shape.blocks, kSubscribers);
  std::fflush(stdout);
  const bool own = arguments.directory.empty();
  if (own) {
    auto name = (std::filesystem::temp_directory_path() / "cgn-history-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return failed({"no directory can be made in " + name});
    arguments.directory = name;
  }
  int code = 0;
  if (own || !std::filesystem::exists(arguments.directory)) {
    const auto written = write_record(shape, arguments.directory);
    if (!written) {
      code = failed(written.error());
    } else {
      fmt::print("written: {} rows in {} files, {:.1f} bytes a row, {:.0f} rows/s\n", written->rows, written->files,
                 static_cast<double>(written->bytes) / static_cast<double>(written->rows),
                 static_cast<double>(written->rows) / written->seconds);
      std::fflush(stdout);
    }
  }
  if (code == 0) code = arguments.control ? control(arguments, shape) : ask(arguments, shape);
  if (own && !arguments.keep) std::filesystem::remove_all(arguments.directory);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"years of record, asked cold and warm"};
  app.add_option("--rows,--n", arguments.rows, "about so many rows")->take_last();
  app.add_option("--days", arguments.days)->check(CLI::Range(20U, 3650U));
  app.add_option("--seed", arguments.seed, "0: from the machine")->take_last();
  app.add_option("--cold", arguments.cold);
  app.add_option("--warm", arguments.warm);
  app.add_option("--directory", arguments.directory, "written when it is not there, and kept; else asked as it is");
  app.add_flag("--keep", arguments.keep);
  app.add_flag("--fadvise", arguments.fadvise, "leave other programs' files in the page cache");
  app.add_flag("--control", arguments.control);
  app.add_option("--goal-ms", arguments.goal_ms);
  CLI11_PARSE(app, argc, argv);
  return prove(std::move(arguments));
}
