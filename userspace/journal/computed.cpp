// SPDX-License-Identifier: Apache-2.0
// The rows that computed blocks would have, if they had any.
#include "journal/computed.hpp"

#include <algorithm>

#include "journal/loans.hpp"

namespace cgn::journal {
namespace {

std::vector<DeterministicPlan> plans_of(const PoolParameters& pools) { return {pools.begin(), pools.end()}; }

// From when on its holder may use it: it rests if one of its ports was another's.
WallTime usable_from(const Computed::Entry& entry, const ComputedBlock& block) {
  auto from = entry.parameters.since;
  for (const auto& former : entry.former) {
    const bool rests = std::ranges::any_of(former.plans, [&](const DeterministicPlan& plan) {
      return belongs_to_another(plan, block.external, block.ports, block);
    });
    if (rests) from = std::max(from, former.until + entry.parameters.rest);
  }
  return from;
}

Row row_of(RowKind kind, const Row& block, const Row& note) {
  auto row = block;
  row.kind = kind;
  row.seq = note.seq;
  row.wall = note.wall;
  row.boot = note.boot;
  return row;
}

}  // namespace

Result<std::string> parameters_at(Shelf& shelf, WallTime at) {
  for (auto i = shelf.volumes().size(); i-- > 0;) {
    if (shelf.volumes()[i].from > at) continue;
    TRY(turns, shelf.turns(i));
    std::erase_if(turns, [at](const Row& row) { return row.kind != RowKind::deterministic || row.wall > at; });
    if (!turns.empty()) return turns.back().detail;
    // Its opening rows would say so.
    if (shelf.volumes()[i].extent.complete) break;
  }
  return std::string{};
}

Result<const Computed::Entry*> Computed::entry_of(const Row& note) {
  if (const auto known = book_.find(note.detail); known != book_.end()) return &known->second;
  TRY(parameters, parse_parameters(note.detail));
  Entry entry{.parameters = std::move(parameters)};
  entry.plans = plans_of(entry.parameters.pools);
  for (const auto& former : entry.parameters.former) entry.former.push_back({former.until, plans_of(former.pools)});
  return &book_.emplace(note.detail, std::move(entry)).first->second;
}

// Rows of the blocks that the question is about, as these parameters give them.
std::vector<Row> Computed::blocks_of(const Entry& entry, const Row& note) const {
  std::vector<Row> rows;
  for (const auto& plan : entry.plans) {
    const PortRange every{Port{0}, Port{65535}};
    const auto blocks = subject_.external ? plan.overlapping(*subject_.external, subject_.ports.value_or(every))
                                          : plan.within(subject_.subscriber.value_or(Prefix{}));
    for (const auto& block : blocks) {
      Row row{.external = block.external,
              .ports = block.ports,
              .subscriber = block.subscriber,
              .realm = block.realm,
              .pool = plan.parameters().pool,
              .allocated = usable_from(entry, block),
              .detail = std::string{kComputedDetail}};
      // Of what was given before, in a file that is not here, it can only be said that it goes on.
      const auto kind = row.allocated >= note.wall ? RowKind::allocated : RowKind::continued;
      rows.push_back(row_of(kind, row, note));
    }
  }
  return rows;
}

void Computed::follow(const Entry& entry, const Row& note, std::vector<Row>& rows) {
  if (in_force_ != nullptr && in_force_->parameters.pools == entry.parameters.pools) {
    // The same ones, said again: by the next file, or by a start, after which blocks must be continued.
    for (const auto& block : held_) rows.push_back(row_of(RowKind::continued, block, note));
    return;
  }
  for (const auto& block : held_) rows.push_back(row_of(RowKind::released, block, note));
  held_ = blocks_of(entry, note);
  rows.insert(rows.end(), held_.begin(), held_.end());
  in_force_ = &entry;
}

Result<> Computed::take(const std::vector<Row>& turns, std::vector<Row>& rows) {
  const auto before = rows.size();
  for (const auto& turn : turns) {
    if (turn.kind != RowKind::deterministic) continue;
    TRY(entry, entry_of(turn));
    follow(*entry, turn, rows);
  }
  if (rows.size() > before) std::ranges::stable_sort(rows, {}, &Row::seq);
  return {};
}

}  // namespace cgn::journal
