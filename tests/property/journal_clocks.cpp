// SPDX-License-Identifier: Apache-2.0
// Clocks that are set by an hour either way, daemons that are dead over midnight, days that roll, machines that reboot: an
// answer is right for every instant at which a clock on the wall showed the time asked for, or it says that it cannot be.
#include <map>
#include <random>
#include <set>

#include "property/journal_life.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

constexpr unsigned kBlocks = 4;
constexpr unsigned kHolders = 6;
constexpr unsigned kNobody = 1000;
constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max() / 4;

// What really happened, by a clock that nobody sets.
class Truth {
 public:
  struct Loan {
    unsigned who, block;
    std::int64_t from, to;
  };
  // From `begin` to `end` the wall clock was `ahead` of the clock that nobody sets.
  struct Stretch {
    std::int64_t begin, end, ahead;
  };
  std::vector<Loan> loans;
  std::vector<Stretch> stretches;

  [[nodiscard]] unsigned holder(unsigned block, std::int64_t real) const {
    for (const auto& loan : loans) {
      if (loan.block == block && loan.from <= real && real < loan.to) return loan.who;
    }
    return kNobody;
  }
  // Whoever held the block when the wall clock showed this time, once, twice or more often.
  [[nodiscard]] std::set<unsigned> holders(unsigned block, std::int64_t wall) const {
    std::set<unsigned> found;
    for (const auto& s : stretches) {
      const auto real = wall - s.ahead;
      if (s.begin <= real && real < s.end) found.insert(holder(block, real));
    }
    // It was never shown: somebody's clock said so between the two ends of the jump.
    for (std::size_t i = 1; found.empty() && i < stretches.size(); ++i) {
      const auto jump = stretches[i].begin;
      if (wall < jump + stretches[i - 1].ahead || wall >= jump + stretches[i].ahead) continue;
      return {holder(block, jump - 1), holder(block, jump)};
    }
    return found;
  }
  // What a reader of a failure wants to know: minutes since the beginning, of loans and stretches around this time.
  [[nodiscard]] std::string told(unsigned block, std::int64_t wall) const {
    std::string text;
    for (const auto& s : stretches) {
      const auto real = wall - s.ahead;
      text += "\nstretch " + std::to_string(s.begin / 60'000) + "-" + std::to_string(s.end / 60'000) + " asked at " +
              std::to_string(real / 60'000);
    }
    for (const auto& loan : loans) {
      if (loan.block != block) continue;
      text += "\nloan of " + std::to_string(loan.who) + " " + std::to_string(loan.from / 60'000) + "-" +
              std::to_string(loan.to / 60'000);
    }
    return text;
  }
  // Nothing changes near, and no clock was set: then there is no excuse.
  [[nodiscard]] bool is_plain(unsigned block, std::int64_t wall) const {
    constexpr std::int64_t kNear = 20'000'000;  // the hour that a clock is set by, and the hours of a death
    for (std::size_t i = 1; i < stretches.size(); ++i) {
      for (const auto ahead : {stretches[i - 1].ahead, stretches[i].ahead}) {
        if (std::abs(stretches[i].begin + ahead - wall) < kNear) return false;
      }
    }
    for (const auto& loan : loans) {
      if (loan.block != block) continue;
      for (const auto& s : stretches) {
        if (std::abs(loan.from + s.ahead - wall) < 2000 || std::abs(loan.to + s.ahead - wall) < 2000) return false;
      }
    }
    return true;
  }
};

class Nights : Life {
 public:
  explicit Nights(unsigned seed) : Life{seed} {}

  void live(int steps) {
    options_.boot_id = "boot-0";
    truth_.stretches.push_back({0, kForEver, ms(clock_.now().wall)});
    begin_ = latest_ = ms(clock_.now().wall);
    open();
    for (int i = 0; i < steps; ++i) step();
    // Until the clock shows what it never showed, so that all of it is the past.
    const auto shown = latest_;
    while (ms(clock_.now().wall) < shown + 3'600'000) wait(30min);
    settle();
    end_ = ms(clock_.now().wall) - 2000;
    scribe_.reset();
  }

  void ask(int questions, std::map<Certainty, int>& seen) {
    auto reader = Reader::open(options_.directory, clock_.now().wall);
    REQUIRE(reader);
    for (int i = 0; i < questions; ++i) {
      const auto at = instant();
      const auto block = pick(kBlocks);
      const auto port = block_ports(block).first;
      const auto answer = reader->holders({.external = kExternal,
                                           .ports = PortRange{port, port},
                                           .at = WallTime{std::chrono::milliseconds{at}},
                                           .tolerance = 1s});
      CAPTURE(i, block, at, answer.reason, told_, truth_.told(block, at));
      ++seen[answer.certainty];
      check(answer, truth_.holders(block, at));
      if (!truth_.is_plain(block, at)) continue;
      CHECK((answer.certainty == Certainty::one_holder || answer.certainty == Certainty::nobody));
      ++plain_;
    }
  }
  [[nodiscard]] int plain() const { return plain_; }
  [[nodiscard]] std::size_t steps() const { return truth_.stretches.size() - 1; }
  [[nodiscard]] int deaths_over_midnight() const { return over_midnight_; }

 private:
  static std::string name_of(unsigned who) { return to_string(subscriber(who)); }

  static void check(const Answer& answer, const std::set<unsigned>& really) {
    std::set<std::string> named;
    for (const auto& holder : answer.holders) named.insert(to_string(holder.subscriber));
    CAPTURE(named, really);
    switch (answer.certainty) {
      case Certainty::one_holder:
        REQUIRE(really.size() == 1);
        REQUIRE(named == std::set<std::string>{name_of(*really.begin())});
        return;
      case Certainty::nobody: REQUIRE(really == std::set<unsigned>{kNobody}); return;
      case Certainty::ambiguous:
        for (const auto who : really) REQUIRE((who == kNobody || named.contains(name_of(who))));
        return;
      case Certainty::not_covered: REQUIRE_FALSE(answer.reason.empty()); return;
    }
  }

  void wait(std::chrono::milliseconds by) {
    clock_.advance(by);
    real_ += by.count();
    latest_ = std::max(latest_, ms(clock_.now().wall));
  }

  void step() {
    constexpr std::array kWaits{1000, 30'000, 125'000, 600'000, 2'400'000, 7'200'000};
    wait(std::chrono::milliseconds{kWaits[pick(kWaits.size())] + pick(900)});
    const auto dice = pick(30);
    if (dice == 0) return die(false);
    if (dice == 1) return die(true);
    if (dice == 2) return set_clock();
    if (dice >= 8) return change();
    scribe_->tend(clock_.now());
  }

  void turn(const char* what) {
    const auto by = pick(2) == 0 ? -1h : 1h;
    clock_.step(by);
    truth_.stretches.back().end = real_;
    truth_.stretches.push_back({real_, kForEver, ms(clock_.now().wall) - real_});
    latest_ = std::max(latest_, ms(clock_.now().wall));
    told_ += std::string{what} + (by > 0h ? " +1h " : " -1h ");
  }

  // The daemon looks at its clock more often than anything happens.
  void set_clock() {
    scribe_->tend(clock_.now());
    turn("set");
    scribe_->tend(clock_.now());
    scribe_->tend(clock_.now());
  }

  // Killed; while it is dead its kernel goes on, and somebody may set the clock.
  void die(bool reboots) {
    const auto day = clock_.now().wall.time_since_epoch() / 24h;
    scribe_.reset();
    wait(std::chrono::minutes{1 + pick(90)});
    if (!reboots && pick(3) == 0) turn("set while dead");
    wait(std::chrono::minutes{1 + pick(90)});
    if (clock_.now().wall.time_since_epoch() / 24h != day) ++over_midnight_;
    if (reboots) options_.boot_id = "boot-" + std::to_string(++boots_);
    told_ += reboots ? "reboot " : "kill ";
    open();
    if (!reboots) return;
    for (auto& [block, index] : open_) truth_.loans[index].to = real_;
    open_.clear();
    allocate(pick(kBlocks));  // the first of the new boot tells the log that adoption is over
  }

  void change() {
    const auto block = pick(kBlocks);
    if (!open_.contains(block)) return allocate(block);
    auto release = given_[block];
    release.kind = BlockEventKind::released;
    release.at = clock_.now();
    truth_.loans[open_[block]].to = real_;
    open_.erase(block);
    write(release);
  }

  void allocate(unsigned block) {
    const auto who = pick(kHolders);
    const auto e = event(BlockEventKind::allocated, who, block, clock_.now());
    truth_.loans.push_back({who, block, real_, kForEver});
    open_[block] = truth_.loans.size() - 1;
    given_[block] = e;
    write(e);
  }

  // Mostly what a wall clock showed around a loan's edge, when it was set, or at midnight.
  std::int64_t instant() {
    const auto anywhere = std::uniform_int_distribution<std::int64_t>{begin_, end_}(random_);
    const auto& s = truth_.stretches[pick(static_cast<unsigned>(truth_.stretches.size()))];
    constexpr std::array<std::int64_t, 9> kOffsets{0, 1, -1, 1500, -1500, 600'000, -600'000, 3'000'000, -3'000'000};
    const auto offset = kOffsets[pick(kOffsets.size())];
    const auto& loan = truth_.loans[pick(static_cast<unsigned>(truth_.loans.size()))];
    const auto edge = pick(2) == 0 || loan.to == kForEver ? loan.from : loan.to;
    switch (pick(4)) {
      case 0: return anywhere;
      case 1: return std::clamp(edge + s.ahead + offset, begin_, end_);
      case 2: return std::clamp(s.begin + s.ahead + offset, begin_, end_);
      default: return std::clamp(anywhere / 86'400'000 * 86'400'000 + offset, begin_, end_);
    }
  }

  Truth truth_;
  std::string told_;
  int plain_ = 0, over_midnight_ = 0;
  std::int64_t real_ = 0, begin_ = 0, end_ = 0, latest_ = 0;
};

}  // namespace

TEST_CASE("whatever the clock is set to, and whenever the daemon dies, an answer is right or says why not",
          "[journal]") {
  std::map<Certainty, int> seen;
  int plain = 0, over_midnight = 0;
  std::size_t steps = 0;
  const char* repeated = std::getenv("CGN_SEED");
  const auto base = repeated != nullptr ? static_cast<unsigned>(std::atoll(repeated)) : std::random_device{}();
  for (unsigned i = 0; i < (repeated != nullptr ? 1U : 10U); ++i) {
    const auto seed = base + i;
    INFO("seed " << seed);
    Nights nights{seed};
    nights.live(200);
    nights.ask(600, seen);
    plain += nights.plain();
    steps += nights.steps();
    over_midnight += nights.deaths_over_midnight();
  }
  // The test would say nothing if it never met these.
  CHECK(steps > 10);
  CHECK(over_midnight > 0);
  CHECK(plain > 100);
  CHECK(seen[Certainty::one_holder] > 300);
  CHECK(seen[Certainty::nobody] > 100);
  CHECK(seen[Certainty::ambiguous] > 50);
}
