// SPDX-License-Identifier: Apache-2.0
// The fast path's table of what serves one remote only, from the daemon's side: tunnels, and TCP on shared external ports.
//
// What        Inserts, removes and reads entries by struct cgn_session_key, which every entry names itself: key_of(). Not
//             all come in pairs, as those of EntryTable do; for those that do, install() has the same safe order.
// Ownership   Borrows the map's descriptor from io::Program. The daemon inserts and deletes, the kernel stamps.
// Failure     A full table, or no memory for one more: insert() says so and nothing was changed; install() undoes the half
//             that was done.
#pragma once

#include <optional>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

class SessionTable {
 public:
  explicit SessionTable(int map_fd) : fd_{map_fd} {}

  // The key under which this entry stands.
  [[nodiscard]] static cgn_session_key key_of(const cgn_entry&);

  // An entry of the same key is replaced.
  [[nodiscard]] Result<> insert(const cgn_entry&);
  // Both directions of one session, the way back first.
  [[nodiscard]] Result<> install(const cgn_entry& inbound, const cgn_entry& outbound);
  // The entry as it stood at removal; nullopt when there was none.
  std::optional<cgn_entry> remove(const cgn_session_key&);
  [[nodiscard]] std::optional<cgn_entry> read(const cgn_session_key&) const;

  // A walk over all entries in batches. Entries inserted or removed meanwhile may or may not appear; each other entry
  // appears exactly once.
  class Cursor {
   public:
    [[nodiscard]] bool done() const { return done_; }

   private:
    friend class SessionTable;
    std::uint32_t position_ = 0;
    bool started_ = false;
    bool done_ = false;
  };
  // At most about `most` entries; sets done at the end. An error ends the walk.
  [[nodiscard]] Result<std::vector<cgn_entry>> next(Cursor&, std::size_t most) const;
  [[nodiscard]] Result<std::vector<cgn_entry>> all() const;

 private:
  int fd_;
};

}  // namespace cgn::io
