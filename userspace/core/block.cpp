// SPDX-License-Identifier: Apache-2.0
#include "core/block.hpp"

#include <cassert>
#include <utility>

namespace cgn::core {
namespace {

std::uint64_t place(Ipv4 external, Port first) { return std::uint64_t{external.host()} << 16 | first.value(); }

}  // namespace

BlockSlot BlockTable::add(Block block) {
  const auto key = place(block.external, block.ports.ports().first);
  assert(!places_.contains(key));
  BlockSlot slot;
  if (free_.empty()) {
    slot = static_cast<BlockSlot>(slots_.size());
    slots_.emplace_back(std::move(block));
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot].emplace(std::move(block));
  }
  places_.emplace(key, slot);
  return slot;
}

void BlockTable::remove(BlockSlot slot) {
  const auto& block = (*this)[slot];
  assert(block.ticket == 0);
  places_.erase(place(block.external, block.ports.ports().first));
  slots_[slot].reset();
  free_.push_back(slot);
}

std::optional<BlockSlot> BlockTable::at(Ipv4 external, Port first) const {
  const auto found = places_.find(place(external, first));
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

void BlockTable::begin_loan(BlockSlot slot) {
  assert((*this)[slot].ticket == 0);
  (*this)[slot].ticket = ++last_ticket_;
  loans_.emplace_hint(loans_.end(), last_ticket_, slot);
}

void BlockTable::end_loan(BlockSlot slot) {
  loans_.erase((*this)[slot].ticket);
  (*this)[slot].ticket = 0;
}

std::optional<BlockSlot> BlockTable::find(BlockTicket ticket) const {
  const auto found = loans_.find(ticket);
  if (found == loans_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cgn::core
