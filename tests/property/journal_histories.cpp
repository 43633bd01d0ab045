// SPDX-License-Identifier: Apache-2.0
// Random histories of blocks, over day rolls, restarts and reboots, asked by the thousand and compared with an array.
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "property/journal_life.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

constexpr unsigned kBlocks = 6;
// Those from kInRed on have an address that another has in the default realm.
constexpr unsigned kHolders = 8;
constexpr unsigned kInRed = 5;
// A released block rests this long; then a tolerance of less than half of it never finds two holders.
constexpr std::int64_t kRest = 120'000;

Prefix address_of(unsigned who) { return subscriber(who % kInRed); }
std::string realm_of(unsigned who) { return who < kInRed ? "" : "red"; }

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
  // Who holds any of the blocks somewhere in the window, and whether that is certain.
  struct Verdict {
    Certainty certainty;
    std::set<unsigned> who;
  };
  [[nodiscard]] Verdict verdict(const std::vector<unsigned>& blocks, std::int64_t at, std::int64_t tolerance) const {
    tolerance += widened_at(at, tolerance);
    std::set<unsigned> here;
    std::set<unsigned> window;
    for (const auto block : blocks) {
      if (const auto who = holder(block, 2 * at)) here.insert(*who);
      for (const auto instant : instants()) {
        if (instant <= 2 * (at - tolerance) || instant >= 2 * (at + tolerance)) continue;
        if (const auto who = holder(block, instant)) window.insert(*who);
      }
    }
    window.insert(here.begin(), here.end());
    if (window.size() > 1 || window.size() != here.size()) return {Certainty::ambiguous, window};
    return {here.empty() ? Certainty::nobody : Certainty::one_holder, here};
  }

  // Wall times that the clock jumped over.
  struct Gap {
    std::int64_t from;
    std::int64_t to;
  };
  std::vector<Gap> gaps;

 private:
  [[nodiscard]] std::vector<std::int64_t> instants() const {
    std::vector<std::int64_t> found;
    for (const auto& h : held) {
      for (const auto edge : {2 * h.from, 2 * h.to}) {
        for (const auto instant : {edge - 1, edge, edge + 1}) found.push_back(instant);
      }
    }
    return found;
  }
  [[nodiscard]] std::int64_t widened_at(std::int64_t at, std::int64_t tolerance) const {
    for (const auto& gap : gaps) {
      if (at >= gap.from - tolerance && at <= gap.to + tolerance) return gap.to - gap.from;
    }
    return 0;
  }
};

class History : Life {
 public:
  enum class Manners { any, rests_and_keeps_time };
  explicit History(unsigned seed, Manners manners = Manners::any) : Life{seed}, manners_{manners} {}

  void live(int steps) {
    options_.boot_id = "boot-0";
    open();
    begin_ = ms(clock_.now().wall);
    for (int i = 0; i < steps; ++i) step();
    clock_.advance(2h);
    settle();  // a heartbeat: everything up to here is covered
    end_ = ms(clock_.now().wall);
    for (auto& [block, index] : open_) oracle_.held[index].to = end_ + 1'000'000'000;
    INFO("last number " << scribe_->health().last_seq);
    scribe_.reset();
  }

  void ask(int questions, std::map<Certainty, int>& seen) {
    auto reader = Reader::open(options_.directory, WallTime{std::chrono::milliseconds{end_}});
    REQUIRE(reader);
    for (int i = 0; i < questions; ++i) {
      const auto at = instant();
      const auto tolerance = std::vector<std::int64_t>{0, 1, 500, 1000, 59'000, 60'000}[pick(6)];
      auto [blocks, ports] = target();
      const auto answer = reader->holders({.external = kExternal,
                                           .ports = ports,
                                           .at = WallTime{std::chrono::milliseconds{at}},
                                           .tolerance = std::chrono::milliseconds{tolerance}});
      const auto expected = oracle_.verdict(blocks, at, tolerance);
      CAPTURE(i, blocks, at, tolerance, answer.reason);
      REQUIRE(answer.certainty == expected.certainty);
      if (answer.certainty == Certainty::one_holder) {
        REQUIRE(answer.holders.front().subscriber == address_of(*expected.who.begin()));
        REQUIRE(answer.holders.front().realm == realm_of(*expected.who.begin()));
      }
      if (answer.certainty != Certainty::not_covered) REQUIRE(names_in(answer) == names_in(expected.who));
      ++seen[answer.certainty];
    }
  }

  // No two holders of one port ever fall into a window of less than the rest.
  int ask_about_one_port(int questions) {
    auto reader = Reader::open(options_.directory, WallTime{std::chrono::milliseconds{end_}});
    REQUIRE(reader);
    int certain = 0;
    for (int i = 0; i < questions; ++i) {
      const auto at = instant();
      const auto port = block_ports(pick(kBlocks)).first;
      const auto answer = reader->holders({.external = kExternal,
                                           .ports = PortRange{port, port},
                                           .at = WallTime{std::chrono::milliseconds{at}},
                                           .tolerance = 59s});
      CAPTURE(i, at, answer.reason);
      REQUIRE(names_in(answer).size() <= 1);
      certain += answer.certainty == Certainty::one_holder ? 1 : 0;
    }
    return certain;
  }

  // Every loan of a subscriber, once; of its realm, and of no other.
  void ask_whereis() {
    auto reader = Reader::open(options_.directory, WallTime{std::chrono::milliseconds{end_}});
    REQUIRE(reader);
    for (unsigned who = 0; who < kHolders; ++who) {
      const auto answer = reader->whereis(address_of(who), WallTime{std::chrono::milliseconds{begin_}},
                                          WallTime{std::chrono::milliseconds{end_}}, realm_of(who));
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
  using Names = std::set<std::pair<std::string, std::string>>;
  static Names names_in(const Answer& answer) {
    Names names;
    for (const auto& h : answer.holders) names.emplace(to_string(h.subscriber), h.realm);
    return names;
  }
  static Names names_in(const std::set<unsigned>& holders) {
    Names names;
    for (const auto who : holders) names.emplace(to_string(address_of(who)), realm_of(who));
    return names;
  }

  // A port, a range that reaches from one block into another, or no port at all.
  std::pair<std::vector<unsigned>, std::optional<PortRange>> target() {
    const auto block = pick(kBlocks);
    const auto range = block_ports(block);
    const Port port{static_cast<std::uint16_t>(range.first.value() + pick(kBlockSize))};
    const auto dice = pick(10);
    if (dice == 0) {
      std::vector<unsigned> all(kBlocks);
      std::iota(all.begin(), all.end(), 0U);
      return {all, std::nullopt};
    }
    if (dice > 2) return {{block}, PortRange{port, port}};
    const auto last = std::min(block + pick(3), kBlocks - 1);
    std::vector<unsigned> some(last - block + 1);
    std::iota(some.begin(), some.end(), block);
    return {some, PortRange{port, last == block ? port : block_ports(last).first}};
  }

  void step() {
    const std::vector<std::int64_t> waits{0, 1, 7, 400, 1000, 30'000, 600'000, 7'200'000};
    clock_.advance(std::chrono::milliseconds{waits[pick(8)]});
    const auto dice = pick(40);
    if (dice == 2 && oracle_.gaps.empty() && pick(3) == 0 && manners_ == Manners::any) return jump();
    if (dice == 0) return restart();
    if (dice == 1) return reboot();
    if (dice >= 12) return change();
    scribe_->tend(clock_.now());
  }

  // The wall clock is set forward, and the next row shows it.
  void jump() {
    scribe_->tend(clock_.now());
    const auto from = ms(clock_.now().wall);
    clock_.step(std::chrono::milliseconds{2000 + pick(600'000)});
    oracle_.gaps.push_back({from, ms(clock_.now().wall)});
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
    if (manners_ == Manners::rests_and_keeps_time) clock_.advance(std::chrono::milliseconds{kRest});
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

  [[nodiscard]] bool rests(unsigned block) const {
    return std::ranges::any_of(oracle_.held, [&](const Held& h) {
      return h.block == block && h.to <= ms(clock_.now().wall) && h.to + kRest > ms(clock_.now().wall);
    });
  }

  void allocate(unsigned block) {
    if (manners_ == Manners::rests_and_keeps_time && rests(block)) return;
    const auto who = pick(kHolders);
    auto e = event(BlockEventKind::allocated, who % kInRed, block, clock_.now());
    e.realm = realm_of(who);
    oracle_.held.push_back({who, block, ms(clock_.now().wall), std::numeric_limits<std::int64_t>::max() / 4});
    open_[block] = oracle_.held.size() - 1;
    given_[block] = e;
    write(e);
  }

  // Mostly around edges, sometimes anywhere.
  std::int64_t instant() {
    if (pick(4) == 0) return begin_ + std::uniform_int_distribution<std::int64_t>{0, end_ - begin_}(random_);
    const auto& h = oracle_.held[pick(static_cast<unsigned>(oracle_.held.size()))];
    const std::vector<std::int64_t> offsets{0, 1, -1, 499, 500, 501, -500, 1000, -1000, 999, -999, 60'000};
    const auto at = (pick(2) == 0 ? h.from : h.to) + offsets[pick(12)];
    return std::clamp(at, begin_, end_);
  }

  Manners manners_;
  Oracle oracle_;
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

TEST_CASE("blocks that rest 120 s are never ambiguous within a tolerance of less than 60 s", "[journal]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  History history{seed, History::Manners::rests_and_keeps_time};
  history.live(400);
  CHECK(history.ask_about_one_port(3000) > 500);
}
