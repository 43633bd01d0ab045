// SPDX-License-Identifier: Apache-2.0
// A model of fragments::Table that remembers every byte and every frame, and knows no index, no lists and no bounds.
//
// What        Says of each step what the table must say, byte by byte; what ended since the test looked is in `ends`.
// Ownership   A value. Datagrams are told apart by their identification alone.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "fragments/table.hpp"

namespace cgn::test {

using fragments::Piece;
using fragments::Table;
using What = Table::What;

inline constexpr Duration kPatience = std::chrono::seconds{10};

// One datagram as the model sees it.
struct Known {
  enum class State { waiting, pending, open, dead } state = State::waiting;
  Monotonic born{};
  Verdict verdict = CGN_VERDICT_CONTINUE;
  std::uint16_t mark = 0;
  Table::Ticket ticket = 0;
  std::vector<Piece> pieces{};
  std::vector<std::uint32_t> kept{};
};

class Model {
 public:
  // What the table must say; `number` is kept where it says so. ask: the caller answers with one of the next four.
  std::pair<What, Verdict> arrive(std::uint16_t id, const Piece& piece, std::uint32_t number, Monotonic now) {
    auto [place, fresh] = known_.try_emplace(id);
    auto& d = place->second;
    if (fresh) d.born = now;
    if (d.state == Known::State::dead) return {What::refused, d.verdict};
    if (std::ranges::find(d.pieces, piece) != d.pieces.end()) return {What::refused, CGN_VERDICT_FRAGMENT_DUPLICATE};
    if (clashes(d, piece)) {
      end(d, CGN_VERDICT_FRAGMENT_OVERLAP);
      return {What::refused, CGN_VERDICT_FRAGMENT_OVERLAP};
    }
    d.pieces.push_back(piece);
    if (d.state == Known::State::open) {
      mark = d.mark;
      forget_if_whole(id);
      return {What::pass, CGN_VERDICT_CONTINUE};
    }
    if (d.state == Known::State::waiting && piece.begin == 0) return {What::ask, CGN_VERDICT_CONTINUE};
    d.kept.push_back(number);
    return {What::kept, CGN_VERDICT_CONTINUE};
  }
  std::vector<std::uint32_t> open(std::uint16_t id, std::uint16_t with) {
    auto& d = known_.at(id);
    d.state = Known::State::open;
    d.mark = with;
    auto frames = std::exchange(d.kept, {});
    forget_if_whole(id);
    return frames;
  }
  void wait(std::uint16_t id, Table::Ticket ticket, std::uint16_t with, std::uint32_t number) {
    auto& d = known_.at(id);
    d.state = Known::State::pending;
    d.ticket = ticket;
    d.mark = with;
    d.kept.push_back(number);
  }
  void refuse(std::uint16_t id, Verdict verdict) { end(known_.at(id), verdict); }
  // What leaves, by mark.
  std::map<std::uint16_t, std::vector<std::uint32_t>> granted(Table::Ticket ticket) {
    std::map<std::uint16_t, std::vector<std::uint32_t>> all;
    for (const auto id : pending_for(ticket)) {
      const auto mark_of = known_.at(id).mark;
      all[mark_of] = open(id, mark_of);
    }
    return all;
  }
  void refused(Table::Ticket ticket, Verdict verdict) {
    for (const auto id : pending_for(ticket)) end(known_.at(id), verdict);
  }
  void expire(Monotonic now) {
    for (auto place = known_.begin(); place != known_.end();) {
      if (now - place->second.born < kPatience) {
        ++place;
        continue;
      }
      end(place->second, CGN_VERDICT_FRAGMENT_TIMEOUT);
      place = known_.erase(place);
    }
  }
  std::size_t size() const { return known_.size(); }
  std::size_t frames() const {
    std::size_t n = 0;
    for (const auto& [id, d] : known_) n += d.kept.size();
    return n;
  }
  bool knows(std::uint16_t id) const { return known_.contains(id); }

  std::multiset<Verdict> ends{};  // since the test emptied it
  std::uint16_t mark = 0;         // of the last that passed

 private:
  // Byte by byte.
  static bool clashes(const Known& d, const Piece& piece) {
    std::set<std::uint32_t> bytes;
    std::uint32_t farthest = 0;
    std::optional<std::uint32_t> last;
    for (const auto& p : d.pieces) {
      for (auto b = p.begin; b < p.end; ++b) bytes.insert(b);
      farthest = std::max(farthest, p.end);
      if (p.last) last = p.end;
    }
    for (auto b = piece.begin; b < piece.end; ++b) {
      if (bytes.contains(b)) return true;
    }
    if (last) return piece.last || piece.end > *last;
    return piece.last && piece.end < farthest;
  }
  void forget_if_whole(std::uint16_t id) {
    const auto& d = known_.at(id);
    std::uint32_t sum = 0;
    std::optional<std::uint32_t> last;
    for (const auto& p : d.pieces) {
      sum += p.end - p.begin;
      if (p.last) last = p.end;
    }
    if (last == sum) known_.erase(id);
  }
  void end(Known& d, Verdict verdict) {
    for (std::size_t i = 0; i < d.kept.size(); ++i) ends.insert(verdict);
    d.kept.clear();
    d.state = Known::State::dead;
    d.verdict = verdict;
  }
  std::vector<std::uint16_t> pending_for(Table::Ticket ticket) const {
    std::vector<std::uint16_t> ids;
    for (const auto& [id, d] : known_) {
      if (d.state == Known::State::pending && d.ticket == ticket) ids.push_back(id);
    }
    return ids;
  }

  std::map<std::uint16_t, Known> known_;
};

}  // namespace cgn::test
