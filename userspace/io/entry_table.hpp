// SPDX-License-Identifier: Apache-2.0
// The fast path's table of mappings, from the daemon's side.
//
// What        Installs and removes the two entries of a mapping in the only safe orders: the way back first (inbound,
//             then outbound), and the reverse at the end. Layout `kernel`: a BPF hash map (decision 0002).
// Ownership   Borrows the map's descriptor from io::Program. The daemon inserts and deletes, never updates.
// Failure     A full table or a refused system call undoes the half that was done.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

class EntryTable {
 public:
  explicit EntryTable(int map_fd, std::uint32_t capacity) : fd_{map_fd}, capacity_{capacity} {}

  // Existing entries of the same keys are replaced (a mapping that begins anew).
  [[nodiscard]] Result<> install(const cgn_entry& inbound, const cgn_entry& outbound);
  // The entry as it stood at removal; nullopt when there was none.
  std::optional<cgn_entry> remove(const cgn_key&);
  [[nodiscard]] std::optional<cgn_entry> read(const cgn_key&) const;

  // A walk over all entries in batches, for adoption and dumps. Entries inserted or removed meanwhile may or may not
  // appear; each other entry appears exactly once.
  class Cursor {
   public:
    [[nodiscard]] bool done() const { return done_; }

   private:
    friend class EntryTable;
    std::uint32_t position_ = 0;
    bool started_ = false;
    bool done_ = false;
  };
  // At most about `most` entries; sets done at the end. An error ends the walk.
  [[nodiscard]] Result<std::vector<cgn_entry>> next(Cursor&, std::size_t most) const;

  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }

 private:
  int fd_;
  std::uint32_t capacity_;
};

}  // namespace cgn::io
