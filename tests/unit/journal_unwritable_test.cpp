// SPDX-License-Identifier: Apache-2.0
// The legal log whose disk takes nothing: from the start, or for a while. What is dropped, what waits, and what the record says of it.
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "unit/journal_desk.hpp"

#include "journal/backlog.hpp"
#include "journal/day_files.hpp"
#include "journal/log_file.hpp"
#include "journal/scribe.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;
namespace fs = std::filesystem;

namespace {

// No file grows beyond this while it lives: stands for a full disk. SIGXFSZ would end us instead of an error.
class FullDisk {
 public:
  explicit FullDisk(const fs::path& log_file) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    auto tight = before_;
    tight.rlim_cur = fs::file_size(wal_of(log_file));
    setrlimit(RLIMIT_FSIZE, &tight);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

Row newest(const std::vector<Row>& rows, RowKind kind) {
  const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const Row& row) { return row.kind == kind; });
  REQUIRE(found != rows.rend());
  return *found;
}

nlohmann::json detail_of(const Row& row) { return nlohmann::json::parse(row.detail); }

Note adoption_note(const Now& now) { return {.kind = NoteKind::adoption, .detail = "{}", .at = now}; }

// A log with one block, whose writer is gone.
struct Left : Desk {
  Left() {
    open();
    given = allocate(1, 1);
    file = writer->health().file;
    close();
    clock.advance(10s);
  }
  // The fate of the event with this token, once it is known.
  Completion fate_of(std::uint64_t token) {
    std::optional<Completion> found;
    REQUIRE(eventually([&] {
      for (const auto& c : writer->completed()) {
        if (c.token == token) found = c;
      }
      return found.has_value();
    }));
    return *found;
  }
  BlockEvent given;
  fs::path file;
};

}  // namespace

TEST_CASE("with its disk full a log is opened all the same: it knows what is held, and gives nothing",
          "[journal][RFC6888-REQ-14]") {
  Left desk;
  const auto started = desk.clock.now();
  {
    const FullDisk full{desk.file};
    desk.open();
    CHECK_FALSE(desk.writer->health().writable);
    CHECK_FALSE(desk.writer->health().trouble.empty());
    CHECK(desk.writer->health().since == started.wall);
    CHECK(desk.writer->open_blocks().size() == 1);
    CHECK(desk.writer->same_boot());
    desk.writer->append(7, adoption_note(started), Unwritable::waits);
    // Told last, so that the one before waits for sure.
    CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now())));
  }
  desk.clock.advance(60s);
  REQUIRE(eventually([&] { return desk.writer->health().writable; }));
  CHECK(desk.fate_of(7).durable);
  const auto again = desk.clock.now();
  (void)desk.allocate(3, 2);
  desk.clock.advance(10s);
  CHECK(desk.who(1, started.wall + 30s).holders.at(0).subscriber == subscriber(1));
  CHECK(desk.who(2, started.wall + 30s).certainty == Certainty::nobody);
  CHECK(desk.who(2, again.wall + 5s).holders.at(0).subscriber == subscriber(3));
  desk.close();

  // When the writer began, when it adopted, and that nothing could be written meanwhile.
  const auto rows = rows_of(desk.file);
  CHECK(newest(rows, RowKind::start).wall == started.wall);
  CHECK(newest(rows, RowKind::adoption).wall == started.wall);
  const auto gap = newest(rows, RowKind::gap);
  CHECK(gap.seq == newest(rows, RowKind::adoption).seq + 1);
  CHECK(gap.wall == again.wall);
  CHECK(detail_of(gap).at("from_ms") == started.wall.time_since_epoch().count());
  CHECK(detail_of(gap).at("to_ms") == again.wall.time_since_epoch().count());
  CHECK(detail_of(gap).at("refused") == 1);
  CHECK(detail_of(gap).at("late") == 1);
  CHECK(detail_of(gap).at("lost") == 0);
}

TEST_CASE(
    "after a reboot onto a full disk a block goes on when its continuation is on record, with the time of the start",
    "[journal]") {
  for (const bool continued : {true, false}) {
    CAPTURE(continued);
    Left desk;
    desk.options.boot_id = "another boot";
    const auto started = desk.clock.now();
    {
      const FullDisk full{desk.file};
      desk.open();
      REQUIRE_FALSE(desk.writer->health().writable);
      CHECK_FALSE(desk.writer->same_boot());
      auto goes_on = desk.given;
      goes_on.kind = BlockEventKind::continued;
      goes_on.at = started;
      if (continued) desk.writer->append(7, goes_on, Unwritable::waits);
      desk.writer->append(8, adoption_note(started), Unwritable::waits);
      CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now())));
    }
    desk.clock.advance(60s);
    CHECK(desk.fate_of(8).durable);
    desk.clock.advance(60s);
    const auto answer = desk.who(1, started.wall + 30s);
    CHECK(answer.certainty == (continued ? Certainty::one_holder : Certainty::nobody));
    if (continued) CHECK_FALSE(answer.holders.front().to);
  }
}

TEST_CASE("a daemon that dies with the disk still full has changed nothing", "[journal]") {
  Left desk;
  const auto rows = rows_of(desk.file).size();
  {
    const FullDisk full{desk.file};
    for (int life = 0; life < 3; ++life) {
      desk.open();
      CHECK(desk.writer->open_blocks().size() == 1);
      CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now())));
      desk.close();
      desk.clock.advance(10s);
    }
  }
  desk.open();
  CHECK(desk.writer->health().writable);
  CHECK(desk.writer->open_blocks().size() == 1);
  desk.close();
  CHECK(rows_of(desk.file).size() == rows + 2);  // a start and a stop
}

TEST_CASE("a log that never was is not begun on a disk that takes nothing", "[journal]") {
  Desk desk;
  std::ofstream{desk.directory / "log"} << "no directory";
  CHECK_FALSE(Writer::open(desk.options, desk.clock.function()));
}

TEST_CASE("a release whose commit failed is decided when the disk is back: until then its block is of no use",
          "[journal]") {
  Desk desk;
  desk.open();
  const auto given = desk.allocate(1, 1);
  const auto file = desk.writer->health().file;
  const auto released = desk.clock.now();
  std::vector<Completion> early;
  {
    const FullDisk full{file};
    desk.writer->append(7, release_of(given, released));
    REQUIRE(eventually([&] { return !desk.writer->health().writable; }));
    early = desk.writer->completed();
    // Of one that was never tried it is certain that no file has it: the block goes on, and its holder's daemon tries again.
    const auto fate = desk.append({release_of(given, desk.clock.now())});
    REQUIRE(fate.size() == 1);
    CHECK_FALSE(fate.front().durable);
  }
  CHECK(early.empty());
  desk.clock.advance(1s);
  REQUIRE(eventually([&] { return desk.writer->health().writable; }));
  std::optional<Completion> late;
  REQUIRE(eventually([&] {
    for (const auto& c : desk.writer->completed()) late = c;
    return late.has_value();
  }));
  CHECK(late->token == 7);
  CHECK(late->durable);
  desk.close();
  const auto rows = rows_of(file);
  CHECK(newest(rows, RowKind::released).wall == released.wall);
  CHECK(newest(rows, RowKind::released).seq == late->seq);
  CHECK(detail_of(newest(rows, RowKind::gap)).at("refused") == 1);
  CHECK(detail_of(newest(rows, RowKind::gap)).at("late") == 1);
}

TEST_CASE("every time in which the log could not be written is an event", "[journal]") {
  Desk desk;
  desk.open();
  (void)desk.allocate(1, 1);
  const auto file = desk.writer->health().file;
  for (const unsigned times : {1U, 2U}) {
    {
      const FullDisk full{file};
      CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now())));
      CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 3, 3, desk.clock.now())));
    }
    desk.clock.advance(2s);
    REQUIRE(eventually([&] { return desk.writer->health().writable; }));
    const auto rows = rows_of(file);
    CHECK(std::ranges::count(rows, RowKind::gap, &Row::kind) == times);
    CHECK(detail_of(newest(rows, RowKind::gap)).at("refused") == 2);
    CHECK_FALSE(desk.writer->health().since);
  }
}

TEST_CASE("an event right after the clock was set is told the number that its row has", "[journal]") {
  Desk desk;
  auto scribe = Scribe::open(desk.options, desk.clock.now());
  REQUIRE(scribe);
  desk.clock.advance(10s);
  desk.clock.step(1h);
  const auto given = event(BlockEventKind::allocated, 1, 1, desk.clock.now());
  const auto fate = scribe->write({{.token = 1, .event = given}});
  REQUIRE(fate.size() == 1);
  const auto rows = rows_of(scribe->health().file);
  CHECK(newest(rows, RowKind::allocated).seq == fate.front().seq);
  CHECK(std::ranges::count(rows, RowKind::clock_step, &Row::kind) == 1);
}

TEST_CASE("a backlog is written in the order in which it came, but for what turned out to be on disk", "[journal]") {
  Desk desk;
  Backlog backlog;
  const auto now = desk.clock.now();
  backlog.begin(now.wall, "full");
  std::vector<Row> rows;
  for (unsigned i = 1; i <= 3; ++i) {
    rows.push_back(to_row(event(BlockEventKind::continued, i, i, now)));
    REQUIRE(backlog.keep(i, rows.back()));
  }
  const auto owed = to_row(RowKind::heartbeat, now);
  backlog.owe(owed);
  auto on_disk = rows[1];
  on_disk.seq = 40;
  CHECK(backlog.found(on_disk));
  CHECK_FALSE(backlog.found(on_disk));
  CHECK(backlog.found(owed));
  CHECK(backlog.rows() == std::vector{rows[0], rows[2]});
  CHECK(detail_of(to_row(backlog.note(now))).at("late") == 4);
  std::map<std::uint64_t, std::uint64_t> numbers;
  for (const auto& c : backlog.settle({41, 42})) {
    CHECK(c.durable);
    numbers[c.token] = c.seq;
  }
  CHECK(numbers == std::map<std::uint64_t, std::uint64_t>{{1, 41}, {2, 40}, {3, 42}});
  CHECK_FALSE(backlog.since());
  CHECK(backlog.rows().empty());
}

TEST_CASE("a backlog is bounded, and what it had no room for is counted in the record", "[journal]") {
  Desk desk;
  Backlog backlog{2};
  const auto now = desk.clock.now();
  backlog.begin(now.wall, "full");
  CHECK(backlog.keep(1, to_row(adoption_note(now))));
  CHECK(backlog.keep(2, to_row(adoption_note(now))));
  CHECK_FALSE(backlog.keep(3, to_row(adoption_note(now))));
  backlog.owe(to_row(RowKind::heartbeat, now));
  const auto detail = detail_of(to_row(backlog.note(now)));
  CHECK(detail.at("lost") == 1);
  CHECK(detail.at("error") == "full");
}
