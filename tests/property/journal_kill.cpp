// SPDX-License-Identifier: Apache-2.0
// kill -9 at any moment loses no event that was said to be durable.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>

#include "unit/journal_desk.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

// What the child says through the pipe when an event is durable.
struct Said {
  std::uint32_t number;
  std::int64_t wall_ms;
  std::uint64_t seq;
};

BlockEvent nth(std::uint32_t number, const Now& now) {
  auto e = event(BlockEventKind::allocated, number, number % 100, now);
  e.external = Ipv4::from_host(kExternal.host() + number / 100);
  return e;
}

// Every look at the clock is half a minute later, so that kills meet day rolls, too.
class HastyClock {
 public:
  explicit HastyClock(WallTime base) : base_{base} {}
  Now operator()() {
    const auto passed = std::chrono::milliseconds{30'000 * ++looks_};
    return {.mono = Monotonic{1h + passed}, .wall = base_ + passed, .boot = base_.time_since_epoch() + passed};
  }

 private:
  WallTime base_;
  std::atomic<std::int64_t> looks_{0};
};

[[noreturn]] void write_for_ever(const WriterOptions& options, WallTime base, std::uint32_t number, int pipe_end) {
  HastyClock clock{base};
  auto writer = Writer::open(options, [&clock] { return clock(); });
  if (!writer) ::_exit(1);
  std::map<std::uint64_t, std::int64_t> stamps;
  for (;;) {
    while (stamps.size() < 16) {
      const auto e = nth(number, clock());
      stamps[number] = e.at.wall.time_since_epoch().count();
      writer->append(number++, e);
    }
    pollfd ready{writer->completion_fd(), POLLIN, 0};
    ::poll(&ready, 1, 1000);
    for (const auto& c : writer->completed()) {
      if (!c.durable) ::_exit(2);
      const Said said{static_cast<std::uint32_t>(c.token), stamps[c.token], c.seq};
      if (::write(pipe_end, &said, sizeof said) != sizeof said) ::_exit(3);
      stamps.erase(c.token);
    }
  }
}

// Runs a child for a while, kills it, and returns what it had said.
std::vector<Said> run_and_kill(const WriterOptions& options, WallTime base, std::uint32_t number, int micros) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) write_for_ever(options, base, number, ends[1]);
  ::close(ends[1]);
  std::vector<Said> all;
  Said said{};
  // The first word tells that it works; then it may die at any moment.
  if (::read(ends[0], &said, sizeof said) == sizeof said) all.push_back(said);
  ::usleep(static_cast<useconds_t>(micros));
  ::kill(child, SIGKILL);
  while (::read(ends[0], &said, sizeof said) == sizeof said) all.push_back(said);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  return all;
}

}  // namespace

TEST_CASE("after each of many kills every acknowledged event is found", "[RFC6888-REQ-14]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  Directory directory;
  const WriterOptions options{
      .directory = directory.log(), .node_id = 1, .node_name = "cgn", .boot_id = machine_boot_id(), .heartbeat = 1h};
  auto base = at(0s).wall;
  std::uint32_t number = 0;
  std::uint64_t last_seq = 0;
  std::size_t acknowledged = 0;
  for (int round = 0; round < 36; ++round) {
    CAPTURE(round);
    const auto said = run_and_kill(options, base, number, std::uniform_int_distribution{0, 60'000}(random));
    REQUIRE_FALSE(said.empty());
    // Asked before any writer has recovered the files; far enough in the future for all of the child's stamps.
    auto reader = Reader::open(options.directory, base + 24h * 365);
    REQUIRE(reader);
    for (const auto& one : said) {
      const auto e = nth(one.number, {});
      const auto answer = reader->holders({.external = e.external,
                                           .ports = e.ports,
                                           .at = WallTime{std::chrono::milliseconds{one.wall_ms}},
                                           .tolerance = 0s});
      CAPTURE(one.number, answer.reason);
      REQUIRE(answer.certainty == Certainty::one_holder);
      REQUIRE(answer.holders.front().subscriber == subscriber(one.number));
      REQUIRE(one.seq > last_seq);
      last_seq = one.seq;
    }
    acknowledged += said.size();
    number = said.back().number + 100;
    // The next writer finds all of them open, and goes on.
    HastyClock clock{WallTime{std::chrono::milliseconds{said.back().wall_ms}} + 1h};
    auto writer = Writer::open(options, [&clock] { return clock(); });
    REQUIRE(writer);
    REQUIRE(writer->open_blocks().size() >= acknowledged);
    writer->stop();
    base = clock().wall + 1h;
    last_seq = writer->health().last_seq;
  }
  CHECK(acknowledged > 36 * 10);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{options.directory}) {
    files += entry.path().extension() == ".cgnlog" ? 1U : 0U;
  }
  CHECK(files > 3);
}
