// SPDX-License-Identifier: Apache-2.0
// Random histories of blocks, over day rolls, restarts and reboots, asked by the thousand and compared with an array.
#include <map>
#include <random>

#include "unit/journal_desk.hpp"

#include "journal/scribe.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

constexpr unsigned kBlocks = 6;
constexpr unsigned kSubscribers = 5;

struct Held {
  unsigned who;
  unsigned block;
  std::int64_t from;
  std::int64_t to;  // ms
};

// The naive judge: who holds at each instant of the window where anything could change. Times are doubled, so that
// there is an instant between any two milliseconds.
class Oracle {
 public:
  std::vector<Held> held;

  [[nodiscard]] std::optional<unsigned> holder(unsigned block, std::int64_t twice) const {
    for (const auto& h : held) {
      if (h.block == block && 2 * h.from <= twice && twice < 2 * h.to) return h.who;
    }
    return std::nullopt;
  }
  [[nodiscard]] Certainty certainty(unsigned block, std::int64_t at, std::int64_t tolerance) const {
    const auto here = holder(block, 2 * at);
    std::vector<std::int64_t> instants;
    for (const auto& h : held) {
      for (const auto edge : {2 * h.from, 2 * h.to}) {
        for (const auto instant : {edge - 1, edge, edge + 1}) instants.push_back(instant);
      }
    }
    for (const auto instant : instants) {
      if (instant <= 2 * (at - tolerance) || instant >= 2 * (at + tolerance)) continue;
      const auto there = holder(block, instant);
      if (there && there != here) return Certainty::ambiguous;
    }
    return here ? Certainty::one_holder : Certainty::nobody;
  }
};

class History {
 public:
  explicit History(unsigned seed) : random_{seed} { options_.directory = directory_.log(); }

  void live(int steps) {
    options_.boot_id = "boot-0";
    open();
    begin_ = ms(clock_.now().wall);
    for (int i = 0; i < steps; ++i) step();
    clock_.advance(2h);
    scribe_->tend(clock_.now());  // a heartbeat: everything up to here is covered
    while (scribe_->busy()) scribe_->tend(clock_.now());
    scribe_->tend(clock_.now());
    end_ = ms(clock_.now().wall);
    for (auto& [block, index] : open_) oracle_.held[index].to = end_ + 1'000'000'000;
    INFO("last number " << scribe_->health().last_seq);
    scribe_.reset();
  }

  void ask(int questions, std::map<Certainty, int>& seen) {
    auto reader = Reader::open(options_.directory, WallTime{std::chrono::milliseconds{end_}});
    REQUIRE(reader);
    for (int i = 0; i < questions; ++i) {
      const auto block = pick(kBlocks);
      const auto at = instant();
      const auto tolerance = std::vector<std::int64_t>{0, 1, 500, 1000, 60'000}[pick(5)];
      const auto range = block_ports(block);
      const Port port{static_cast<std::uint16_t>(range.first.value() + pick(kBlockSize))};
      const auto answer = reader->holders({.external = kExternal,
                                           .ports = PortRange{port, port},
                                           .at = WallTime{std::chrono::milliseconds{at}},
                                           .tolerance = std::chrono::milliseconds{tolerance}});
      CAPTURE(i, block, at, tolerance, answer.reason);
      REQUIRE(answer.certainty == oracle_.certainty(block, at, tolerance));
      if (answer.certainty == Certainty::one_holder) {
        REQUIRE(answer.holders.size() == 1);
        REQUIRE(answer.holders.front().subscriber == subscriber(*oracle_.holder(block, 2 * at)));
      }
      ++seen[answer.certainty];
    }
  }

  // Every loan of a subscriber, once.
  void ask_whereis() {
    auto reader = Reader::open(options_.directory, WallTime{std::chrono::milliseconds{end_}});
    REQUIRE(reader);
    for (unsigned who = 0; who < kSubscribers; ++who) {
      const auto answer = reader->whereis(subscriber(who), WallTime{std::chrono::milliseconds{begin_}},
                                          WallTime{std::chrono::milliseconds{end_}});
      CHECK(answer.complete);
      CAPTURE(who, answer.reason);
      const auto expected = std::ranges::count_if(
          oracle_.held, [&](const Held& h) { return h.who == who && h.from < h.to && h.to > begin_; });
      const auto found = std::ranges::count_if(answer.holdings, [](const Holding& h) { return h.to != h.from; });
      CHECK(found == expected);
    }
  }

  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{options_.directory}) {
      count += entry.path().extension() == ".cgnlog" ? 1U : 0U;
    }
    return count;
  }

 private:
  static std::int64_t ms(WallTime t) { return t.time_since_epoch().count(); }
  unsigned pick(unsigned bound) { return std::uniform_int_distribution<unsigned>{0, bound - 1}(random_); }

  void open() {
    auto scribe = Scribe::open(options_, clock_.now());
    REQUIRE(scribe);
    scribe_.emplace(std::move(*scribe));
  }

  void step() {
    const std::vector<std::int64_t> waits{0, 1, 7, 400, 1000, 30'000, 600'000, 7'200'000};
    clock_.advance(std::chrono::milliseconds{waits[pick(8)]});
    const auto dice = pick(40);
    if (dice == 0) return restart();
    if (dice == 1) return reboot();
    if (dice < 12) return scribe_->tend(clock_.now());
    change();
  }

  void restart() {
    if (pick(2) == 0) scribe_->stop(clock_.now());
    scribe_.reset();
    clock_.advance(std::chrono::milliseconds{pick(100'000)});
    open();
    REQUIRE(scribe_->blocks_found().size() == open_.size());
  }

  // The blocks of the old boot end; the daemon of this test continues none.
  void reboot() {
    scribe_.reset();
    clock_.advance(std::chrono::milliseconds{1 + pick(100'000)});
    options_.boot_id = "boot-" + std::to_string(++boots_);
    open();
    for (auto& [block, index] : open_) oracle_.held[index].to = ms(clock_.now().wall);
    open_.clear();
    // The first allocation of the new boot tells the log that adoption is over.
    allocate(pick(kBlocks));
  }

  void change() {
    const auto block = pick(kBlocks);
    if (!open_.contains(block)) return allocate(block);
    auto& held = oracle_.held[open_[block]];
    auto release = given_[block];
    release.kind = BlockEventKind::released;
    release.at = clock_.now();
    held.to = ms(clock_.now().wall);
    open_.erase(block);
    write(release);
    if (pick(3) == 0) allocate(block);
  }

  void allocate(unsigned block) {
    const auto who = pick(kSubscribers);
    const auto e = event(BlockEventKind::allocated, who, block, clock_.now());
    oracle_.held.push_back({who, block, ms(clock_.now().wall), std::numeric_limits<std::int64_t>::max() / 4});
    open_[block] = oracle_.held.size() - 1;
    given_[block] = e;
    write(e);
  }

  void write(const BlockEvent& e) {
    const auto fate = scribe_->write({{1, e}});
    REQUIRE(fate.front().durable);
  }

  // Mostly around edges, sometimes anywhere.
  std::int64_t instant() {
    if (pick(4) == 0) return begin_ + std::uniform_int_distribution<std::int64_t>{0, end_ - begin_}(random_);
    const auto& h = oracle_.held[pick(static_cast<unsigned>(oracle_.held.size()))];
    const std::vector<std::int64_t> offsets{0, 1, -1, 499, 500, 501, -500, 1000, -1000, 999, -999, 60'000};
    const auto at = (pick(2) == 0 ? h.from : h.to) + offsets[pick(12)];
    return std::clamp(at, begin_, end_);
  }

  std::mt19937 random_;
  Directory directory_;
  Clock clock_;
  WriterOptions options_{.directory = {}, .boot_id = {}, .heartbeat = 1h};
  std::optional<Scribe> scribe_;
  Oracle oracle_;
  std::map<unsigned, std::size_t> open_;  // block -> index into the oracle
  std::map<unsigned, BlockEvent> given_;
  unsigned boots_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace

TEST_CASE("every answer about a random history is that of a naive array", "[journal]") {
  std::map<Certainty, int> seen;
  std::size_t files = 0;
  const auto base = std::random_device{}();
  for (unsigned i = 0; i < 4; ++i) {
    const auto seed = base + i;
    INFO("seed " << seed);
    History history{seed};
    history.live(300);
    history.ask(1500, seen);
    history.ask_whereis();
    files += history.files();
  }
  // The test would say nothing if it never met these.
  CHECK(seen[Certainty::one_holder] > 500);
  CHECK(seen[Certainty::nobody] > 200);
  CHECK(seen[Certainty::ambiguous] > 200);
  CHECK(seen[Certainty::not_covered] == 0);
  CHECK(files >= 12);
}
