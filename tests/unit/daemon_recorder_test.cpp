// SPDX-License-Identifier: Apache-2.0
// Between the core's loans and the log's rows while the log is away: what fails, what waits, and that nothing is dropped.
#include "daemon/recorder.hpp"

#include "unit/journal_desk.hpp"

using namespace cgn;
using namespace cgn::journal::test;
using daemon::Recorder;
namespace fs = std::filesystem;

namespace {

// A log whose directory comes and goes.
struct Away : Desk {
  Away() {
    open();
    recorder.emplace(*writer, Duration{1h});
  }
  void go() {
    fs::rename(options.directory, directory / "away");
    writer->append(1'000'000, event(BlockEventKind::allocated, 99, 99, clock.now()));
    REQUIRE(eventually([&] { return !writer->health().writable; }));
    (void)recorder->answers(clock.now());
  }
  void come_back() {
    fs::rename(directory / "away", options.directory);
    clock.advance(1s);
    REQUIRE(eventually([&] { return writer->health().writable; }));
  }
  void append(core::BlockTicket ticket, const BlockEvent& e) {
    recorder->append(core::Journal{.ticket = ticket, .event = e}, clock.now());
  }
  std::vector<Recorder::Answer> answers(std::size_t count) {
    std::vector<Recorder::Answer> all;
    REQUIRE(eventually([&] {
      for (auto& answer : recorder->answers(clock.now())) all.push_back(std::move(answer));
      return all.size() >= count;
    }));
    return all;
  }
  std::optional<Recorder> recorder;
};

}  // namespace

TEST_CASE("while the log is away a block is not given, and a release that somebody asks after fails, to be tried again",
          "[recorder]") {
  Away desk;
  desk.append(1, event(BlockEventKind::allocated, 1, 1, desk.clock.now()));
  REQUIRE(desk.answers(1).front().durable);
  desk.go();
  desk.append(2, event(BlockEventKind::allocated, 2, 2, desk.clock.now()));
  desk.append(1, release_of(event(BlockEventKind::allocated, 1, 1, desk.clock.now()), desk.clock.now()));
  for (const auto& answer : desk.answers(2)) CHECK_FALSE(answer.durable);
  CHECK(desk.recorder->pending() == 0);
  desk.come_back();
}

TEST_CASE("a release that nobody in the core asks after, and a block that goes on, wait for the log", "[recorder]") {
  Away desk;
  const auto one = event(BlockEventKind::allocated, 1, 1, desk.clock.now());
  const auto two = event(BlockEventKind::allocated, 2, 2, desk.clock.now());
  desk.append(1, one);
  desk.append(2, two);
  CHECK(desk.answers(2).size() == 2);
  desk.clock.advance(10s);
  desk.go();
  const auto ended = desk.clock.now();
  desk.append(0, release_of(one, ended));
  auto goes_on = two;
  goes_on.kind = BlockEventKind::continued;
  goes_on.at = ended;
  desk.append(2, goes_on);
  CHECK(desk.recorder->pending() == 2);
  desk.clock.advance(30s);
  desk.come_back();
  for (const auto& answer : desk.answers(2)) CHECK(answer.durable);
  desk.clock.advance(30s);
  // With the time at which it ended, not that at which it could be written.
  CHECK(desk.who(1, ended.wall - 5s).holders.at(0).subscriber == subscriber(1));
  CHECK(desk.who(1, ended.wall + 5s).certainty == journal::Certainty::nobody);
  CHECK(desk.who(2, ended.wall + 5s).holders.at(0).subscriber == subscriber(2));
}
