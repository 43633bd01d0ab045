// SPDX-License-Identifier: Apache-2.0
// What every random life of a log has: dice, a clock, a scribe that comes and goes, and the blocks that are lent.
#pragma once

#include <map>
#include <random>

#include "unit/journal_desk.hpp"

#include "journal/scribe.hpp"

namespace cgn::journal::test {

inline std::int64_t ms(WallTime t) { return t.time_since_epoch().count(); }

class Life {
 protected:
  explicit Life(unsigned seed) : random_{seed} { options_.directory = directory_.log(); }

  unsigned pick(unsigned bound) { return std::uniform_int_distribution<unsigned>{0, bound - 1}(random_); }

  void open() {
    auto scribe = Scribe::open(options_, clock_.now());
    REQUIRE(scribe);
    scribe_.emplace(std::move(*scribe));
  }

  void write(const BlockEvent& e) {
    const auto fate = scribe_->write({{1, e}});
    REQUIRE(fate.front().durable);
  }

  // The log says up to where it knows, and seals what it has closed.
  void settle() {
    scribe_->tend(clock_.now());
    while (scribe_->busy()) scribe_->tend(clock_.now());
    scribe_->tend(clock_.now());
  }

  std::mt19937 random_;
  Directory directory_;
  Clock clock_;
  WriterOptions options_{.directory = {}, .boot_id = {}, .heartbeat = 1h};
  std::optional<Scribe> scribe_;
  std::map<unsigned, std::size_t> open_;  // block -> index of its loan
  std::map<unsigned, BlockEvent> given_;
  unsigned boots_ = 0;
};

}  // namespace cgn::journal::test
