// SPDX-License-Identifier: Apache-2.0
// fragments::Table against the model of fragments_model.hpp.
//
// What        Random datagrams, cut at random, arrive in any order, twice, overlapping, with two ends; the core says yes,
//             later or no at random; blocks are recorded or not; time passes. Every answer must be the model's, every kept
//             frame must leave or end exactly once. Floods: no bound is ever passed, and nobody but the flooder pays.
// RFC         4787 REQ-14, 5722
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include "fragments_model.hpp"

namespace cgn::test {
namespace {

using fragments::Frame;
using fragments::Passage;

InternalAddress subscriber(unsigned n) { return {Ipv4::from_host(0x64400000u + n), kDefaultRealm}; }
Ipv4 server(unsigned n) { return Ipv4::from_host(0xc6336400u + n); }

Frame frame_of(std::uint32_t number, std::size_t size = 64) {
  Frame frame;
  frame.bytes.resize(size);
  std::memcpy(frame.bytes.data(), &number, sizeof number);
  return frame;
}

std::uint32_t number_of(const Frame& frame) {
  std::uint32_t number = 0;
  std::memcpy(&number, frame.bytes.data(), sizeof number);
  return number;
}

// Which passage it is, told by its identification.
Passage passage(std::uint16_t mark) {
  Passage p;
  p.to.identification = mark;
  return p;
}

Table::Arrival arrival(unsigned sender, std::uint16_t identification, const Piece& piece, std::uint32_t number) {
  return {.key = {.source = subscriber(sender).address, .destination = server(1), .identification = identification},
          .sender = subscriber(sender),
          .piece = piece,
          .frame = frame_of(number)};
}

std::vector<Piece> cut(std::uint32_t size, std::vector<std::uint32_t> at) {
  at.push_back(0);
  at.push_back(size);
  std::ranges::sort(at);
  at.erase(std::unique(at.begin(), at.end()), at.end());
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i + 1 < at.size(); ++i) {
    pieces.push_back({.begin = at[i], .end = at[i + 1], .last = at[i + 1] == size});
  }
  return pieces;
}

std::vector<std::uint32_t> numbers(const std::vector<Frame>& frames) {
  std::vector<std::uint32_t> out;
  for (const auto& frame : frames) out.push_back(number_of(frame));
  return out;
}

struct Reached {
  unsigned passed = 0, kept = 0, asked = 0, overlaps = 0, duplicates = 0, timeouts = 0, granted = 0, refused = 0;
};

class History {
 public:
  explicit History(std::uint32_t seed) : random_{seed}, table_{kPatience, seed, boundless()} {}

  void step() {
    switch (below(12)) {
      case 0: pass_time(); break;
      case 1: answer_block(); break;
      default: fragment();
    }
    CHECK(table_.size() == model_.size());
    CHECK(table_.frames() == model_.frames());
    std::multiset<Verdict> ends(ends_.begin(), ends_.end());
    REQUIRE(ends == model_.ends);
    reached.timeouts += static_cast<unsigned>(std::ranges::count(ends_, CGN_VERDICT_FRAGMENT_TIMEOUT));
    ends_.clear();
    model_.ends.clear();
  }

  Reached reached{};

 private:
  static fragments::Bounds boundless() {
    return {.waiting_per_sender = 100000,
            .frames_per_sender = 100000,
            .waiting = 100000,
            .frames = 100000,
            .bytes = 1U << 30,
            .open_per_subscriber = 100000,
            .open = 100000};
  }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  // Few identifications, so that they come again, and few cuts, so that pieces of two cuttings meet.
  void fragment() {
    const auto id = static_cast<std::uint16_t>(below(6));
    if (!sizes_.contains(id) || !model_.knows(id)) sizes_[id] = 16 + 8 * below(8) + below(8);
    std::vector<std::uint32_t> at{8, 16, sizes_[id] / 16 * 8};
    if (below(40) == 0) at.push_back(24);  // another cutting
    const auto pieces = cut(sizes_[id] + (below(60) == 0 ? 8 : 0), at);
    arrive(id, pieces[below(static_cast<std::uint32_t>(pieces.size()))]);
  }

  void arrive(std::uint16_t id, const Piece& piece) {
    const auto number = ++last_number_;
    const auto [what, verdict] = model_.arrive(id, piece, number, now_);
    const auto told = table_.arrive(arrival(0, id, piece, number), now_, ends_);
    CAPTURE(id, piece.begin, piece.end, piece.last);
    REQUIRE(told.what == what);
    if (what == What::refused) REQUIRE(word_of(told.verdict) == word_of(verdict));
    if (what == What::pass) REQUIRE(told.passage.to.identification == model_.mark);
    reached.passed += what == What::pass;
    reached.kept += what == What::kept;
    reached.overlaps += verdict == CGN_VERDICT_FRAGMENT_OVERLAP;
    reached.duplicates += verdict == CGN_VERDICT_FRAGMENT_DUPLICATE;
    if (what == What::ask) decide(id, told.datagram, number);
  }

  void decide(std::uint16_t id, Table::Id datagram, std::uint32_t number) {
    ++reached.asked;
    const auto mark = static_cast<std::uint16_t>(++last_mark_);
    switch (below(5)) {
      case 0:
        model_.refuse(id, CGN_VERDICT_BLOCK_LIMIT);
        return table_.refuse(datagram, CGN_VERDICT_BLOCK_LIMIT, ends_);
      case 1:
      case 2: {
        const Table::Ticket ticket = 1 + below(3);
        model_.wait(id, ticket, mark, number);
        REQUIRE(table_.wait(datagram, ticket, passage(mark), frame_of(number), ends_));
        return;
      }
      default: {
        const auto left = model_.open(id, mark);
        const auto frames = table_.open(datagram, passage(mark), subscriber(0), ends_);
        REQUIRE(frames.has_value());
        REQUIRE(numbers(*frames) == left);
      }
    }
  }

  void answer_block() {
    const Table::Ticket ticket = 1 + below(3);
    if (below(3) == 0) {
      model_.refused(ticket, CGN_VERDICT_NO_JOURNAL);
      table_.refused(ticket, CGN_VERDICT_NO_JOURNAL, ends_);
      ++reached.refused;
      return;
    }
    const auto left = model_.granted(ticket);
    std::map<std::uint16_t, std::vector<std::uint32_t>> sent;
    for (const auto& g : table_.granted(ticket, ends_)) sent[g.passage.to.identification.value()] = numbers(g.frames);
    REQUIRE(sent == left);
    reached.granted += static_cast<unsigned>(sent.size());
  }

  void pass_time() {
    now_ += std::chrono::milliseconds{below(4000)};
    model_.expire(now_);
    table_.expire(now_, ends_);
  }

  std::mt19937 random_;
  Table table_;
  Model model_;
  Table::Ends ends_;
  std::map<std::uint16_t, std::uint32_t> sizes_;
  Monotonic now_{};
  std::uint32_t last_number_ = 0;
  std::uint32_t last_mark_ = 0;
};

std::uint32_t seed() { return std::random_device{}(); }

}  // namespace

TEST_CASE("the table of datagrams does what a model does that remembers every byte", "[RFC4787-REQ-14]") {
  const auto used_seed = seed();
  CAPTURE(used_seed);
  History history{used_seed};
  for (int i = 0; i < 30'000; ++i) history.step();
  const auto& r = history.reached;
  CHECK(std::min({r.passed, r.kept, r.asked, r.duplicates}) > 1'000);
  CHECK(std::min({r.overlaps, r.timeouts, r.granted, r.refused}) > 100);
}

TEST_CASE("every order of four fragments leaves whole, each once, in order of arrival", "[RFC4787-REQ-14]") {
  const bool block_at_hand = GENERATE(true, false);
  const auto pieces = cut(4 * 1480 - 3, {1480, 2960, 4440});
  std::vector<std::size_t> order{0, 1, 2, 3};
  unsigned orders = 0;
  do {
    Table table{kPatience, 7};
    Table::Ends ends;
    std::vector<std::uint32_t> sent;
    const auto send = [&sent](const std::vector<Frame>& frames) {
      std::ranges::copy(numbers(frames), std::back_inserter(sent));
    };
    for (const auto i : order) {
      const auto told = table.arrive(arrival(0, 9, pieces[i], static_cast<std::uint32_t>(i)), Monotonic{}, ends);
      if (told.what == What::pass) sent.push_back(static_cast<std::uint32_t>(i));
      if (told.what != What::ask) continue;
      REQUIRE(i == 0);
      if (block_at_hand) {
        sent.push_back(0);
        send(table.open(told.datagram, passage(1), subscriber(0), ends).value());
      } else {
        REQUIRE(table.wait(told.datagram, 5, passage(1), frame_of(0), ends));
      }
    }
    for (const auto& granted : table.granted(5, ends)) send(granted.frames);
    // Once the first one is there it leads; without a block all wait and go as they came.
    std::vector<std::uint32_t> expected(order.begin(), order.end());
    const auto lead = std::ranges::find(expected, 0u);
    if (block_at_hand) std::rotate(expected.begin(), lead, lead + 1);
    CHECK(sent == expected);
    CHECK(ends.empty());
    CHECK(table.size() == 0);
    CHECK(table.frames() == 0);
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  CHECK(orders == 24);
}

TEST_CASE("floods pass no bound and cost their own senders only", "[RFC4787-REQ-14]") {
  const auto used_seed = seed();
  CAPTURE(used_seed);
  std::mt19937 random{used_seed};
  const fragments::Bounds bounds{.waiting_per_sender = 4,
                                 .frames_per_sender = 12,
                                 .waiting = 60,
                                 .frames = 150,
                                 .bytes = 20'000,
                                 .open_per_subscriber = 6,
                                 .open = 80};
  Table table{kPatience, used_seed, bounds};
  Table::Ends ends;
  // The victim has one datagram waiting and one open before the flood begins.
  REQUIRE(table.arrive(arrival(9999, 1, {8, 16, false}, 0), Monotonic{}, ends).what == What::kept);
  const auto first = table.arrive(arrival(9999, 2, {0, 8, false}, 0), Monotonic{}, ends);
  REQUIRE(table.open(first.datagram, passage(77), subscriber(9999), ends));
  std::size_t taken = 1, left = 0, limited = 0, opened = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto begin = static_cast<std::uint32_t>(random() % 4 * 8);
    auto a = arrival(static_cast<unsigned>(random() % 40), static_cast<std::uint16_t>(random() % 50),
                     {begin, begin + 8, begin == 24}, 1);
    a.key.inbound = random() % 3 == 0;
    a.frame.bytes.resize(64 + random() % 1400);
    const auto payer = a.sender;
    const auto told = table.arrive(std::move(a), Monotonic{std::chrono::milliseconds{i / 10}}, ends);
    if (told.what == What::kept) ++taken;
    if (told.what == What::ask && random() % 2 == 0) {
      const auto frames = table.open(told.datagram, passage(1), payer, ends);
      if (frames) left += frames->size();
      opened += frames.has_value();
    } else if (told.what == What::ask) {
      table.refuse(told.datagram, CGN_VERDICT_NO_RULE, ends);
    }
    limited += told.what == What::refused && told.verdict == CGN_VERDICT_FRAGMENT_LIMIT;
    REQUIRE(table.frames() <= 2 * bounds.frames);
    REQUIRE(table.bytes() <= 2 * bounds.bytes);
    REQUIRE(table.size() <= 2 * (bounds.waiting + bounds.open));
    REQUIRE(taken == left + ends.size() + table.frames());  // every kept frame is somewhere, once
  }
  CHECK(limited > 1'000);
  CHECK(opened > 1'000);
  CHECK(table.arrive(arrival(9999, 2, {8, 16, true}, 0), Monotonic{}, ends).what == What::pass);
  const auto waited = table.arrive(arrival(9999, 1, {0, 8, false}, 0), Monotonic{}, ends);
  REQUIRE(waited.what == What::ask);
  CHECK(table.open(waited.datagram, passage(78), subscriber(9999), ends).value().size() == 1);
  table.expire(Monotonic{kPatience + std::chrono::seconds{100}}, ends);
  CHECK(table.size() == 0);
  CHECK(table.frames() == 0);
  CHECK(table.bytes() == 0);
}

}  // namespace cgn::test
