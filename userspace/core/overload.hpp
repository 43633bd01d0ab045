// SPDX-License-Identifier: Apache-2.0
// External ports that several TCP connections share, each towards a remote of its own.
//
// What        The book beside the mapping table: which connections live on a port, which port an internal endpoint calls
//             its own, and towards how many remotes a block is full. One port, one remote: one connection (the table's
//             index by external endpoint and remote sees to that); this book answers what the index cannot.
// Life-cycle  A port comes in with its first connection, which has taken it from its block; it is used while one lives,
//             rests while one rests, and goes back to the block with the last. A connection that ended without a trace
//             rests towards its own remote alone: nothing that is late can reach another's.
// Ownership   Owns the book; marks the ports in the block it is handed. Which connection is whose the table knows.
// RFC         7857 s.3 · 6888 REQ-8
#pragma once

#include <tsl/robin_map.h>

#include <optional>
#include <vector>

#include "core/hash.hpp"
#include "core/mapping.hpp"
#include "core/port_block.hpp"

namespace cgn::core {

class Overloads {
 public:
  explicit Overloads(std::uint64_t salt) : favourites_{0, PairHash{salt}}, towards_{0, PairHash{salt}} {}

  // The connection begins to live on its port, which is new here (and taken from the block) or not.
  void begin(MappingId, const Mapping&, PortBlock&);
  void rest(MappingId, const Mapping&, PortBlock&);    // of one that lives
  void resume(MappingId, const Mapping&, PortBlock&);  // of one that rests
  void end(MappingId, const Mapping&, PortBlock&);     // of one that lives: no rest
  void end_rest(const Mapping&, PortBlock&);

  [[nodiscard]] bool shares(Endpoint external) const { return ports_.contains(key_of(external)); }
  // Every shared port of the block carries a connection to this remote, or rests towards it.
  [[nodiscard]] bool full(BlockSlot, Endpoint remote) const;

  struct Favourite {
    Ipv4 address{};
    Port port{};
    BlockSlot block = 0;
    unsigned connections = 0;
  };
  // Where this endpoint's oldest connection went: the next should go there, too, so that what can look
  // endpoint-independent does. That connection may be over, and its port free or another's by now.
  [[nodiscard]] std::optional<Favourite> favourite(InternalEndpoint internal) const;

  // Every connection that lives on this port.
  template <class Visit>
  void each(Endpoint external, Visit visit) const {
    const auto port = ports_.find(key_of(external));
    if (port == ports_.end()) return;
    for (auto id = port->second.first; id != kNone;) {
      const auto next = links_[MappingTable::slot_of(id)].next;
      visit(id);
      id = next;
    }
  }

 private:
  static constexpr MappingId kNone = ~MappingId{0};
  struct SharedPort {
    unsigned living = 0, resting = 0;
    MappingId first = kNone;
  };
  struct Link {
    MappingId previous = kNone, next = kNone;
  };
  struct Pair {
    std::uint64_t a = 0, b = 0;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  struct PairHash {
    std::uint64_t salt = 0;  // subscribers choose remotes
    std::size_t operator()(const Pair& p) const { return mix(p.a ^ mix(p.b ^ salt)); }
  };

  [[nodiscard]] static std::uint64_t key_of(Endpoint e) {
    return std::uint64_t{e.address.host()} << 16 | e.port.value();
  }
  [[nodiscard]] static Pair pair_of(InternalEndpoint e) { return {key_of(e), e.realm.value()}; }
  void live(MappingId, const Mapping&, PortBlock&);
  void die(MappingId, const Mapping&);
  void leave(const Mapping&);
  void link(MappingId, SharedPort&);
  void unlink(MappingId, SharedPort&);

  tsl::robin_map<std::uint64_t, SharedPort, MixHash> ports_;
  std::vector<Link> links_;                               // by slot of the table: who else is on the same port
  tsl::robin_map<Pair, Favourite, PairHash> favourites_;  // by internal endpoint
  tsl::robin_map<Pair, unsigned, PairHash> towards_;      // by block and remote: connections, resting ones too
  tsl::robin_map<BlockSlot, unsigned, MixHash> shared_;   // by block: ports in this book
};

}  // namespace cgn::core
