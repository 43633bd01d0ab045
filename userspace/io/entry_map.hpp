// SPDX-License-Identifier: Apache-2.0
// A table of the fast path's entries, from the daemon's side, whatever its key.
//
// What        Inserts, removes and reads entries; each names the key under which it stands itself: key_of(). The two of a
//             mapping or a session go in and out in the only safe orders: the way back first (inbound, then outbound), and
//             the reverse at the end. Layout `kernel`: a BPF hash map (decision 0002).
// Ownership   Borrows the map's descriptor from io::Program. The daemon inserts and deletes, never updates; the kernel stamps.
// Failure     A full table, or no memory for one more: insert() says so and nothing was changed; install() undoes the half
//             that was done.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

[[nodiscard]] inline cgn_session_key session_key_of(const cgn_entry& e) {
  const auto end = cgn_key_of(&e);
  return {.addr = end.addr,
          .remote_addr = e.remote_addr,
          .port = end.port,
          .remote_port = e.remote_port,
          .proto = end.proto,
          .realm = end.realm,
          .pad = {}};
}

// Key: struct cgn_key or struct cgn_session_key.
template <class Key>
class EntryMap {
 public:
  explicit EntryMap(int map_fd) : fd_{map_fd} {}

  // The key under which this entry stands.
  [[nodiscard]] static Key key_of(const cgn_entry& e) {
    if constexpr (std::is_same_v<Key, cgn_session_key>) {
      return session_key_of(e);
    } else {
      return cgn_key_of(&e);
    }
  }

  // An entry of the same key is replaced.
  [[nodiscard]] Result<> insert(const cgn_entry&);
  // Existing entries of the same keys are replaced (a mapping that begins anew).
  [[nodiscard]] Result<> install(const cgn_entry& inbound, const cgn_entry& outbound);
  // The entry as it stood at removal; nullopt when there was none.
  std::optional<cgn_entry> remove(const Key&);
  [[nodiscard]] std::optional<cgn_entry> read(const Key&) const;

  // A walk over all entries in batches, for adoption and dumps. Entries inserted or removed meanwhile may or may not
  // appear; each other entry appears exactly once.
  class Cursor {
   public:
    [[nodiscard]] bool done() const { return done_; }

   private:
    friend class EntryMap;
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

extern template class EntryMap<cgn_key>;
extern template class EntryMap<cgn_session_key>;

}  // namespace cgn::io
