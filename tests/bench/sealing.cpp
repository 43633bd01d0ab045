// SPDX-License-Identifier: Apache-2.0
// Bench: how many rows a second a closed day is sealed at, beside what of it no sealing can do without.
//
// What        bench_sealing [--subscribers N] [--events N] [--rounds N] [--directory DIR]
//             A day as a network makes it, in the live form. In each round: the whole of seal_closed() (read, packed, chained,
//             written, read back, compared); and, each by itself, the reading of the live form, the chain over its rows
//             in memory, and the reading back of the sealed form with its chain. Rows a second, and medians of the rounds.
//             Processor time beside wall time: on a busy machine only the first says something.
// Failure     Exit 1 when a day cannot be written or sealed.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "journal/birth.hpp"
#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/sealer.hpp"
#include "journal/source.hpp"
#include "unit/journal_day.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;
using journal::test::DayPlan;
using journal::test::SyntheticDay;
namespace fs = std::filesystem;

constexpr const char* kDay = "2026-11-20.cgnlog";
constexpr const char* kNext = "2026-11-21.cgnlog";

struct Spent {
  double wall = 0, processor = 0;  // seconds
};

double processor_now() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Result<Spent> spent_by(const std::function<Result<>()>& work) {
  const auto wall = std::chrono::steady_clock::now();
  const auto processor = processor_now();
  TRY_VOID(work());
  return Spent{std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
               processor_now() - processor};
}

// The day that will be sealed, and the head of the next one, which builds on it.
Result<std::vector<Row>> write_day(const fs::path& directory, const DayPlan& plan) {
  fs::create_directories(directory);
  std::vector<Row> rows;
  SyntheticDay day{plan};
  TRY_VOID(day.feed([&](const Row& row) {
    rows.push_back(row);
    return true;
  }));
  auto header = SyntheticDay::header(plan);
  const auto closed = *header.closed;
  header.closed.reset();
  TRY_VOID(give_birth(directory / kDay, header, rows));
  TRY(db, Database::open(directory / kDay, Database::Mode::write));
  TRY_VOID(write_closed(db, closed, rows.back().seq));
  // The daemon's checkpointer has long been here.
  TRY_VOID(db.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  header.opened = closed;
  header.first_seq = rows.back().seq + 1;
  header.previous = kDay;
  header.previous_link = next_link(SyntheticDay::header(plan).previous_link, rows);
  auto first = rows.back();
  first.seq = header.first_seq;
  TRY_VOID(give_birth(directory / kNext, header, {&first, 1}));
  return rows;
}

Result<> seal_it(const fs::path& directory) {
  const auto report = seal_closed(directory, kNext, nullptr);
  if (report.sealed.size() == 1) return {};
  return fail(fmt::format("nothing was sealed: {}", fmt::join(report.troubles, "; ")));
}

Result<> read_all(const fs::path& path, const Link& before, const Link* link) {
  TRY(source, Source::open(path));
  Chain chain{before};
  TRY_VOID(source.visit(0, [&](const Row& row) {
    if (link != nullptr) chain.add(row);
    return true;
  }));
  return link == nullptr || chain.link() == *link ? Result<>{} : fail(path.string() + " has another chain");
}

class Table {
 public:
  explicit Table(std::size_t rows) : rows_{static_cast<double>(rows)} {}
  void add(const std::vector<Spent>& round) {
    rounds_.push_back(round);
    print(fmt::format("round {}", rounds_.size()), round);
  }
  void medians() const {
    std::vector<Spent> all(rounds_.front().size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = {median(i, &Spent::wall), median(i, &Spent::processor)};
    print("medians", all);
  }
  static void heads(std::initializer_list<const char*> names) {
    fmt::print("    rows/s (of processor time)");
    for (const auto* name : names) fmt::print("{:>24}", name);
    fmt::print("\n");
  }

 private:
  void print(const std::string& name, const std::vector<Spent>& round) const {
    fmt::print("    {:<26}", name);
    for (const auto& one : round) {
      fmt::print("{:>24}", fmt::format("{:.0f} ({:.0f})", rows_ / one.wall, rows_ / one.processor));
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
  [[nodiscard]] double median(std::size_t column, double Spent::*of) const {
    std::vector<double> values;
    for (const auto& round : rounds_) values.push_back(round[column].*of);
    std::ranges::sort(values);
    return values[values.size() / 2];
  }
  double rows_;
  std::vector<std::vector<Spent>> rounds_;
};

Result<> measure(const fs::path& directory, const DayPlan& plan, unsigned rounds) {
  TRY(rows, write_day(directory / "day", plan));
  const auto before = SyntheticDay::header(plan).previous_link;
  const auto link = next_link(before, rows);
  fmt::print("{} rows, of {} subscribers\n", rows.size(), plan.subscribers);
  Table::heads({"sealed, all in all", "live form read", "chain alone", "sealed form read back"});
  Table table{rows.size()};
  std::uintmax_t size = 0;
  for (unsigned i = 0; i < rounds; ++i) {
    const auto copy = directory / "copy";
    fs::remove_all(copy);
    fs::copy(directory / "day", copy);
    TRY(sealing, spent_by([&] { return seal_it(copy); }));
    const auto sealed = sealed_name(copy / kDay);
    size = fs::file_size(sealed);
    TRY(reading, spent_by([&] { return read_all(directory / "day" / kDay, before, nullptr); }));
    TRY(chaining,
        spent_by([&] { return next_link(before, rows) == link ? Result<>{} : fail("the chain is another one"); }));
    TRY(back, spent_by([&] { return read_all(sealed, before, &link); }));
    table.add({sealing, reading, chaining, back});
  }
  table.medians();
  fmt::print("    {:.1f} bytes a row\n", static_cast<double>(size) / static_cast<double>(rows.size()));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  DayPlan plan;
  unsigned rounds = 5;
  std::string base = fs::temp_directory_path();
  CLI::App app{"how fast a closed day is sealed"};
  app.add_option("--subscribers", plan.subscribers);
  app.add_option("--events", plan.events);
  app.add_option("--rounds", rounds);
  app.add_option("--directory", base, "where a directory is made for it");
  CLI11_PARSE(app, argc, argv);
  auto directory = base + "/cgn-sealing-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    fmt::print(stderr, "error: no directory can be made in {}\n", base);
    return 1;
  }
  const auto done = measure(directory, plan, rounds);
  std::error_code error;
  fs::remove_all(directory, error);
  if (!done) fmt::print(stderr, "error: {}\n", done.error().what);
  return done ? 0 : 1;
}
