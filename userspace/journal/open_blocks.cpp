// SPDX-License-Identifier: Apache-2.0
// The blocks that the rows so far show as held.
#include "journal/open_blocks.hpp"

namespace cgn::journal {

void OpenBlocks::apply(const Row& row) {
  if (!about_block(row.kind)) return;
  const Key key{row.external, row.ports.first};
  if (row.kind == RowKind::allocated) {
    former_.clear();
  } else {
    former_.erase(key);
  }
  if (row.kind == RowKind::released) {
    held_.erase(key);
  } else {
    held_.insert_or_assign(key, to_open_block(row));
  }
}

void OpenBlocks::begin_boot() {
  held_.merge(former_);
  former_.swap(held_);
  held_.clear();
}

const OpenBlock* OpenBlocks::find(const Key& key) const {
  const auto found = held_.find(key);
  return found == held_.end() ? nullptr : &found->second;
}

std::vector<OpenBlock> OpenBlocks::all() const {
  std::vector<OpenBlock> blocks;
  blocks.reserve(held_.size() + former_.size());
  for (const auto& [key, block] : held_) blocks.push_back(block);
  for (const auto& [key, block] : former_) blocks.push_back(block);
  return blocks;
}

std::vector<OpenBlocks::Key> OpenBlocks::keys() const {
  std::vector<Key> keys;
  keys.reserve(held_.size());
  for (const auto& [key, block] : held_) keys.push_back(key);
  return keys;
}

}  // namespace cgn::journal
