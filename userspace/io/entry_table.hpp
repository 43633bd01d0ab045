// SPDX-License-Identifier: Apache-2.0
// The fast path's table of mappings, from the daemon's side: an EntryMap that knows its size.
#pragma once

#include "io/entry_map.hpp"

namespace cgn::io {

class EntryTable : public EntryMap<cgn_key> {
 public:
  explicit EntryTable(int map_fd, std::uint32_t capacity) : EntryMap{map_fd}, capacity_{capacity} {}

  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }

 private:
  std::uint32_t capacity_;
};

}  // namespace cgn::io
