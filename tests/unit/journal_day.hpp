// SPDX-License-Identifier: Apache-2.0
// A day of a network as the log sees it, made from a seed: opening rows, then loans that begin and end.
#pragma once

#include <functional>
#include <random>
#include <vector>

#include "journal/seal.hpp"

namespace cgn::journal::test {

struct DayPlan {
  unsigned subscribers = 100'000;
  unsigned events = 1'000'000;  // after the opening rows
  std::uint64_t first_seq = 1'000'001;
  unsigned seed = 1;
};

// Subscribers are paired with an address, 126 each; a block is 512 ports and goes to another subscriber of the address
// only after its rest. Some loans are weeks old.
class SyntheticDay {
 public:
  explicit SyntheticDay(const DayPlan& plan) : plan_{plan}, random_{plan.seed} {}

  [[nodiscard]] static Header header(const DayPlan& plan) {
    Header header{.node_id = 7, .node_name = "bng1", .opened = midnight(), .first_seq = plan.first_seq};
    header.closed = midnight() + std::chrono::hours{24};
    header.previous = "2026-11-19.cgnlog";
    header.previous_link.fill(std::byte{0x5a});
    return header;
  }
  [[nodiscard]] static WallTime midnight() { return WallTime{std::chrono::milliseconds{1'795'132'800'000}}; }

  // Rows in order of seq, until the visitor says no.
  Result<> feed(const RowVisitor& visitor) {
    seq_ = plan_.first_seq;
    say(RowKind::opened, 0, visitor);
    for (unsigned who = 0; who < plan_.subscribers && going_; ++who) {
      held_.push_back({who % kPerAddress, before_midnight()});
      free_.resize(std::max<std::size_t>(free_.size(), address_of(who) + 1));
      tell(RowKind::continued, who, 3, visitor);
    }
    say(RowKind::complete, 4, visitor);
    for (unsigned i = 0; i < plan_.events && going_; i += 2) {
      const auto ms = std::int64_t{86'400'000} * i / plan_.events + 5;
      if (i % 20'000 == 0) say(RowKind::heartbeat, ms, visitor);
      change(pick(plan_.subscribers), ms, visitor);
    }
    return {};
  }

 private:
  static constexpr unsigned kPerAddress = 100;
  static constexpr unsigned kBlocks = 126;
  struct Loan {
    unsigned block;
    std::int64_t since;  // ms of day
  };
  unsigned pick(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::int64_t before_midnight() {
    return -static_cast<std::int64_t>(pick(4) == 0 ? random_() % 2'000'000'000 : random_() % 40'000'000);
  }
  [[nodiscard]] static unsigned address_of(unsigned who) { return who / kPerAddress; }

  void change(unsigned who, std::int64_t ms, const RowVisitor& visitor) {
    tell(RowKind::released, who, ms, visitor);
    auto& resting = free_[address_of(who)];
    resting.push_back(held_[who].block);
    // 26 of an address's blocks were never lent; then the one that has rested longest.
    const auto given =
        resting.size() <= kBlocks - kPerAddress ? kPerAddress + resting.size() - 1 : resting[next_of(resting)];
    held_[who] = {static_cast<unsigned>(given % kBlocks), ms + 40};
    tell(RowKind::allocated, who, ms + 40, visitor);
  }
  static std::size_t next_of(const std::vector<unsigned>& resting) {
    return resting.size() - (kBlocks - kPerAddress) - 1;
  }

  void tell(RowKind kind, unsigned who, std::int64_t ms, const RowVisitor& visitor) {
    const auto& loan = held_[who];
    const auto first = static_cast<std::uint16_t>(1024 + loan.block * 512);
    Row row = at_ms(kind, ms);
    row.external = Ipv4::from_host(0xc6336400 + address_of(who));
    row.ports = {Port{first}, Port{static_cast<std::uint16_t>(first + 511)}};
    row.subscriber = Prefix::of(Ipv4::from_host(0x64400000 + who), 32);
    row.pool = "residential";
    row.allocated = midnight() + std::chrono::milliseconds{loan.since};
    give(row, visitor);
  }
  void say(RowKind kind, std::int64_t ms, const RowVisitor& visitor) { give(at_ms(kind, ms), visitor); }
  Row at_ms(RowKind kind, std::int64_t ms) {
    // Two clocks are read one after the other and cut to milliseconds: now and then they are one apart.
    const std::chrono::milliseconds jitter{pick(3) == 0 ? 1 : 0};
    return {.seq = seq_++,
            .kind = kind,
            .wall = midnight() + std::chrono::milliseconds{ms},
            .boot = std::chrono::milliseconds{4'000'000'000 + ms} + jitter};
  }
  void give(const Row& row, const RowVisitor& visitor) { going_ = going_ && visitor(row); }

  DayPlan plan_;
  std::mt19937_64 random_;
  std::uint64_t seq_ = 0;
  bool going_ = true;
  std::vector<Loan> held_;
  std::vector<std::vector<unsigned>> free_;
};

}  // namespace cgn::journal::test
