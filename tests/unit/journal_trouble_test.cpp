// SPDX-License-Identifier: Apache-2.0
// The legal log when something is wrong: disks, copies, clocks, holes.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "unit/journal_desk.hpp"

#include "journal/day_files.hpp"
#include "journal/log_file.hpp"
#include "journal/scribe.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;
namespace fs = std::filesystem;

namespace {

void copy_log(const fs::path& from, const fs::path& to, bool with_wal) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator{from}) {
    const auto name = entry.path().filename().string();
    if (name.ends_with("-shm") || (!with_wal && name.ends_with("-wal"))) continue;
    fs::copy_file(entry.path(), to / name);
  }
}

std::uint64_t rows_without_gap(const fs::path& directory) {
  const auto files = list_day_files(directory);
  REQUIRE(files);
  std::vector<std::uint64_t> seqs;
  for (const auto& path : *files) {
    auto file = LogFile::open(path);
    REQUIRE(file);
    REQUIRE(file->visit(0, [&](const Row& row) {
      seqs.push_back(row.seq);
      return true;
    }));
  }
  std::ranges::sort(seqs);
  for (std::size_t i = 0; i < seqs.size(); ++i) REQUIRE(seqs[i] == i + 1);
  return seqs.size();
}

}  // namespace

TEST_CASE("while the log directory is gone events fail, and afterwards the log goes on by itself", "[RFC6888-REQ-14]") {
  Desk desk;
  desk.open();
  const auto first = desk.allocate(1, 1);
  fs::rename(desk.options.directory, desk.directory / "away");
  const auto fate = desk.append({event(BlockEventKind::allocated, 2, 2, desk.clock.now())});
  REQUIRE(fate.size() == 1);
  CHECK_FALSE(fate.front().durable);
  REQUIRE(eventually([&] { return !desk.writer->health().writable; }));
  CHECK_FALSE(desk.writer->health().trouble.empty());
  CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 3, 3, desk.clock.now())));

  fs::rename(desk.directory / "away", desk.options.directory);
  desk.clock.advance(1s);
  REQUIRE(eventually([&] { return desk.writer->health().writable; }));
  CHECK(desk.writer->health().trouble.empty());
  const auto again = desk.allocate(4, 2);
  desk.clock.advance(100s);
  const auto late = desk.clock.now().wall - 50s;
  CHECK(desk.who(1, late).holders.at(0).subscriber == subscriber(1));
  // The row of the failed event reached the file that was away; its release followed, so nobody is blamed.
  const auto answer = desk.who(2, late);
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().subscriber == subscriber(4));
  CHECK(desk.who(3, late).certainty == Certainty::nobody);
  desk.close();
  CHECK(rows_without_gap(desk.options.directory) >= 7);
}

TEST_CASE("a log directory that was emptied gets a new file with every open block", "[journal]") {
  Desk desk;
  desk.open();
  const auto first = desk.allocate(1, 1);
  for (const auto& entry : fs::directory_iterator{desk.options.directory}) fs::remove(entry.path());
  CHECK_FALSE(desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now())));
  desk.clock.advance(5s);
  REQUIRE(eventually([&] { return desk.writer->health().writable; }));
  const auto path = desk.writer->health().file;
  REQUIRE(eventually([&] { return LogFile::open(path)->complete(); }));
  desk.clock.advance(60s);
  const auto answer = desk.who(1, desk.clock.now().wall - 30s);
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().from == first.at.wall);
  CHECK(desk.who(1, first.at.wall + 1s).certainty == Certainty::not_covered);
}

TEST_CASE("a full disk fails the events, and their numbers are used again", "[journal]") {
  Desk desk;
  desk.open();
  (void)desk.allocate(1, 1);
  // The limit of file size stands for a full disk; SIGXFSZ would end us instead of an error.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit tight = before;
  tight.rlim_cur = fs::file_size(wal_of(desk.writer->health().file));
  setrlimit(RLIMIT_FSIZE, &tight);
  const bool durable = desk.record(event(BlockEventKind::allocated, 2, 2, desk.clock.now()));
  const bool noticed = eventually([&] { return !desk.writer->health().writable; });
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK_FALSE(durable);
  CHECK(noticed);
  desk.clock.advance(1s);
  REQUIRE(eventually([&] { return desk.writer->health().writable; }));
  (void)desk.allocate(3, 2);
  desk.clock.advance(60s);
  const auto answer = desk.who(2, desk.clock.now().wall - 30s);
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().subscriber == subscriber(3));
  desk.close();
  rows_without_gap(desk.options.directory);
}

TEST_CASE("a copy without its -wal covers nothing past its last visible row, and is not touched", "[journal]") {
  Desk desk;
  desk.options.heartbeat = 20s;
  desk.open();
  desk.clock.advance(10s);
  const auto given = desk.allocate(1, 1);
  const auto bare = desk.directory / "bare";
  copy_log(desk.options.directory, bare, false);
  const auto files = [&] { return std::distance(fs::directory_iterator{bare}, fs::directory_iterator{}); };
  const auto copied_files = files();  // the catalogue may have been among them
  const auto whole = desk.directory / "whole";
  copy_log(desk.options.directory, whole, true);
  desk.clock.advance(100s);
  const auto port = block_ports(1).first;
  const Question question{.external = kExternal, .ports = PortRange{port, port}, .at = given.at.wall + 30s};
  auto incomplete = desk.reader(bare);
  const auto answer = incomplete.holders(question);
  CHECK(answer.certainty == Certainty::not_covered);
  CHECK(answer.reason.find("-wal") != std::string::npos);
  CHECK(files() == copied_files);

  auto copied = desk.reader(whole);
  // The copy knows the row; but not whether anything came after it.
  CHECK(copied.holders({.external = kExternal, .ports = PortRange{port, port}, .at = given.at.wall}).certainty ==
        Certainty::one_holder);
  CHECK(copied.holders(question).certainty == Certainty::not_covered);
  desk.close();
  CHECK(desk.who(1, question.at).certainty == Certainty::one_holder);
}

TEST_CASE("a reader without the right to write reads a private copy, which has no name, while the writer lives",
          "[journal]") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: becoming an unprivileged user needs root");
    return;
  }
  Desk desk;
  const auto& log = desk.options.directory;
  const auto when = desk.clock.now().wall;
  const auto temporary = desk.directory / "tmp";
  fs::create_directory(temporary);
  fs::permissions(temporary, fs::perms{0777});
  // Made while there is one thread: a child has none of the others, and would wait for ever for a lock that one of them held.
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const auto child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    char go = 0;
    if (::read(pipe[0], &go, 1) != 1 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(1);
    ::setenv("TMPDIR", temporary.c_str(), 1);
    auto reader = Reader::open(log, when);
    if (!reader) ::_exit(2);
    if (!fs::is_empty(temporary)) ::_exit(4);
    const auto answer = reader->holders({.external = kExternal, .ports = block_ports(1), .at = when});
    ::_exit(answer.certainty == Certainty::one_holder ? 0 : 3);
  }
  desk.open();
  (void)desk.allocate(1, 1);
  fs::permissions(log.parent_path(), fs::perms{0755});
  fs::permissions(log, fs::perms{0555});
  for (const auto& entry : fs::directory_iterator{log}) {
    const bool shared = entry.path().string().ends_with("-shm");
    fs::permissions(entry.path(), shared ? fs::perms{0600} : fs::perms{0644});
  }
  REQUIRE(::write(pipe[1], "!", 1) == 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  for (const int end : pipe) ::close(end);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("an unreadable file of the past does not stop the writer", "[journal]") {
  Desk desk;
  desk.open();
  (void)desk.allocate(1, 1);
  const auto file = desk.writer->health().file;
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(file));
  const auto newest = desk.writer->health().file;
  REQUIRE(eventually([&] { return LogFile::open(newest)->complete(); }));
  desk.close();
  std::ofstream{file} << "overwritten";
  desk.open();
  CHECK(desk.writer->open_blocks().size() == 1);
}

TEST_CASE("no directory, an empty one, an earlier and a future time are not covered", "[journal]") {
  Desk desk;
  CHECK(desk.who(1, desk.clock.now().wall).certainty == Certainty::not_covered);
  fs::create_directory(desk.options.directory);
  const auto empty = desk.who(1, desk.clock.now().wall);
  CHECK(empty.certainty == Certainty::not_covered);
  CHECK_FALSE(empty.reason.empty());
  desk.open();
  CHECK(desk.who(1, desk.clock.now().wall - 1ms).certainty == Certainty::not_covered);
  CHECK(desk.who(1, desk.clock.now().wall).certainty == Certainty::nobody);
  CHECK(desk.who(1, desk.clock.now().wall + 1ms).certainty == Certainty::not_covered);
}

TEST_CASE("a file that is missing in the middle is a hole, not an answer", "[journal]") {
  Desk desk;
  desk.open();
  const auto given = desk.allocate(1, 1);
  std::vector<fs::path> files{desk.writer->health().file};
  for (int day = 0; day < 2; ++day) {
    desk.clock.advance(24h);
    REQUIRE(desk.rolled(files.back()));
    files.push_back(desk.writer->health().file);
    REQUIRE(eventually([&] { return LogFile::open(files.back())->complete(); }));
  }
  desk.clock.advance(1h);
  CHECK(desk.who(1, given.at.wall + 30h).certainty == Certainty::one_holder);
  fs::remove(files[1]);
  CHECK(desk.who(1, given.at.wall).certainty == Certainty::one_holder);
  const auto hole = desk.who(1, given.at.wall + 30h);
  CHECK(hole.certainty == Certainty::not_covered);
  CHECK(hole.reason.find("missing") != std::string::npos);
  CHECK(desk.who(1, desk.clock.now().wall).certainty == Certainty::one_holder);
  auto reader = desk.reader();
  CHECK_FALSE(reader.whereis(subscriber(1), given.at.wall, desk.clock.now().wall).complete);
}

TEST_CASE("a log file that is no database is named, and nothing is guessed over it", "[journal]") {
  Desk desk;
  desk.open();
  const auto given = desk.allocate(1, 1);
  desk.close();
  desk.clock.advance(1min);
  std::ofstream{desk.options.directory / "2026-11-21.cgnlog"} << "not a database, but long enough to be read as one?";
  const auto answer = desk.who(1, given.at.wall + 30s);
  CHECK(answer.certainty == Certainty::not_covered);
  CHECK(answer.reason.find("2026-11-21") != std::string::npos);
  CHECK(desk.who(1, given.at.wall).certainty == Certainty::one_holder);
  CHECK_FALSE(Writer::open(desk.options, desk.clock.function()));
}

TEST_CASE("a wall clock set back makes an overlapping time ambiguous, unless the holder is the same", "[journal]") {
  Desk desk;
  desk.open();
  const auto first = desk.allocate(1, 1);
  const auto kept = desk.allocate(9, 9);
  desk.clock.advance(100s);
  desk.release(first);
  desk.clock.advance(200s);
  desk.clock.step(-300s);
  const auto second = desk.allocate(2, 1);  // at the very wall time of the first
  desk.clock.advance(1000s);
  const auto twice = desk.who(1, first.at.wall + 50s);
  CHECK(twice.certainty == Certainty::ambiguous);
  CHECK(twice.holders.size() == 2);
  CHECK(twice.reason.find("clock") != std::string::npos);
  CHECK(desk.who(9, kept.at.wall + 50s).certainty == Certainty::one_holder);
  const auto later = desk.who(1, first.at.wall + 600s);
  REQUIRE(later.certainty == Certainty::one_holder);
  CHECK(later.holders.front().subscriber == subscriber(2));
}

TEST_CASE("a question without a port names every holder of the address", "[journal]") {
  Desk desk;
  desk.open();
  (void)desk.allocate(1, 1);
  desk.clock.advance(10s);
  auto alone = desk.reader();
  CHECK(alone.holders({.external = kExternal, .at = desk.clock.now().wall - 5s}).certainty == Certainty::one_holder);
  (void)desk.allocate(2, 2);
  desk.clock.advance(10s);
  auto both = desk.reader();
  const auto answer = both.holders({.external = kExternal, .at = desk.clock.now().wall - 5s});
  CHECK(answer.certainty == Certainty::ambiguous);
  CHECK(answer.holders.size() == 2);
  CHECK(answer.reason.find("2 subscribers") != std::string::npos);
}

TEST_CASE("two holders within the tolerance are ambiguous, with the tolerance that would do", "[journal]") {
  Desk desk;
  desk.open();
  const auto first = desk.allocate(1, 1);
  desk.clock.advance(100s);
  desk.release(first);
  desk.clock.advance(120s);
  (void)desk.allocate(2, 1);
  desk.clock.advance(300s);
  const auto at = first.at.wall + 90s;
  CHECK(desk.who(1, at, 130s).certainty == Certainty::one_holder);
  const auto answer = desk.who(1, at, 131s);
  CHECK(answer.certainty == Certainty::ambiguous);
  CHECK(answer.holders.size() == 2);
  CHECK(answer.hint.find("130.000 s") != std::string::npos);
}

TEST_CASE("opening rows that a crash cut short are finished before anything else", "[journal]") {
  Desk desk;
  auto scribe = Scribe::open(desk.options, desk.clock.now());
  REQUIRE(scribe);
  std::vector<Scribe::Item> items;
  for (unsigned i = 0; i < 100; ++i) {
    for (unsigned a = 0; a < 10; ++a) {
      auto e = event(BlockEventKind::allocated, i * 10 + a, i, desk.clock.now());
      e.external = Ipv4::from_host(kExternal.host() + a);
      items.push_back({i, e});
    }
  }
  REQUIRE(scribe->write(items).front().durable);
  desk.clock.advance(24h);
  scribe->tend(desk.clock.now());  // the page turns
  scribe->tend(desk.clock.now());  // one slice of several
  REQUIRE(scribe->busy());
  const auto file = scribe->health().file;
  REQUIRE_FALSE(LogFile::open(file)->complete());
  desk.clock.advance(1s);
  const auto meanwhile = desk.who(99, desk.clock.now().wall - 500ms, 0s);
  CHECK(meanwhile.certainty == Certainty::one_holder);
  { const auto dropped = std::move(*scribe); }  // as a crash: no stop row
  desk.clock.advance(1s);
  desk.open();
  CHECK(desk.writer->open_blocks().size() == 1000);
  CHECK(LogFile::open(file)->complete());
  CHECK(desk.who(99, desk.clock.now().wall - 500ms, 0s).certainty == Certainty::one_holder);
  desk.close();
  rows_without_gap(desk.options.directory);
}
