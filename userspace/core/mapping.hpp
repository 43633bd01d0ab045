// SPDX-License-Identifier: Apache-2.0
// The mapping table: internal endpoint <-> external endpoint, for one protocol, independent of the remote; or, for one
// TCP connection where ports are overloaded, for its remote alone.
//
// What        Records of 28 bytes in one array and two hash indexes over it that hold slots, not keys: under 100 bytes a
//             mapping all told, deadline included. Both indexes keep the hash beside the slot, so that probing and
//             growing touch no records.
// Life-cycle  pending (its block is not yet durable) -> live -> removing -> resting -> gone.
//             A resting mapping holds its port for port_hold_down and is found by its internal endpoint only, which may
//             have the port back at once; forget_endpoint() takes even that away. A connection at rest keeps its port
//             towards its remote, and so stays in both indexes.
// Ownership   A mapping is named by its id: slot and the number of the life that uses it. An id comes again only after 64
//             lives of its slot, and slots are used in turn.
// RFC         4787 REQ-1 (endpoint-independent), REQ-3 (no overloading) · 6888 REQ-8 (rest) · 7857 s.3
#pragma once

#include <tsl/robin_set.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/hash.hpp"
#include "core/subscriber.hpp"

namespace cgn::core {

enum class MappingState : std::uint8_t {
  gone,
  pending,
  live,      // the kernel has it
  removing,  // the hands take it out; a late packet revives it
  clearing,  // the hands take it out by order; nothing revives it
  reclaiming,  // the hands take it out because it is closing and its port is wanted; revived if it is not closing after all
  resting,
};

struct Mapping {
  Ipv4 internal_address{};
  Ipv4 external_address{};
  Ipv4 remote_address{};
  BlockSlot block = 0;
  Port internal_port{};
  Port external_port{};
  Port remote_port{};
  Proto proto = Proto::udp;
  RealmId realm = kNowhere;   // of the internal end
  std::uint8_t features = 0;  // CGN_FEATURE_*
  std::uint8_t seen = 0;      // CGN_SEEN_* that the core knows of: of packets that the slow path sent
  MappingState state : 3 = MappingState::gone;
  std::uint8_t window_scale : 4 = 0;  // of the SYN that made it: shift + 1, 0 = not known
  bool session : 1 = false;           // for its remote alone (RFC 7857 s.3)
  std::uint8_t life : 7 = 0;          // of this slot
  bool anonymous : 1 = false;         // resting, and its endpoint is forgotten

  [[nodiscard]] InternalEndpoint internal() const { return {{internal_address, internal_port}, realm}; }
  [[nodiscard]] Endpoint external() const { return {external_address, external_port}; }
  [[nodiscard]] Endpoint remote() const { return {remote_address, remote_port}; }
};
static_assert(sizeof(Mapping) == 28);

class MappingTable {
 public:
  static constexpr unsigned kSlotBits = 26;
  static constexpr std::size_t kMostSlots = std::size_t{1} << kSlotBits;

  // `expected` mappings fit without growing.
  MappingTable(std::size_t expected, std::uint64_t salt);
  MappingTable(const MappingTable&) = delete;  // the indexes point into it
  MappingTable& operator=(const MappingTable&) = delete;

  [[nodiscard]] Mapping& operator[](MappingId id) { return slots_[slot_of(id)]; }
  [[nodiscard]] const Mapping& operator[](MappingId id) const { return slots_[slot_of(id)]; }
  // Whether the id names a mapping that still is.
  [[nodiscard]] bool knows(MappingId) const;

  [[nodiscard]] std::optional<MappingId> find_internal(Proto, InternalEndpoint) const;  // of any state
  [[nodiscard]] std::optional<MappingId> find_external(Proto, Endpoint) const;          // of any state but resting
  // The TCP connection with this remote; of any state.
  [[nodiscard]] std::optional<MappingId> find_session(InternalEndpoint internal, Endpoint remote) const;
  [[nodiscard]] std::optional<MappingId> find_session_outside(Endpoint external, Endpoint remote) const;

  [[nodiscard]] bool full() const { return free_count_ == 0 && slots_.size() >= kMostSlots; }
  // The endpoints must not be in the table, which must not be full.
  MappingId add(const Mapping&);
  void rest(MappingId);                  // leaves the external index, unless it is a connection
  void resume(MappingId, MappingState);  // of a resting one: back into it
  void forget_endpoint(MappingId);       // of a resting one
  void remove(MappingId);

  // Index of the slot, for arrays beside the table (deadlines).
  [[nodiscard]] static constexpr std::uint32_t slot_of(MappingId id) { return id & (kMostSlots - 1); }
  [[nodiscard]] MappingId id_at(std::uint32_t slot) const {
    return static_cast<MappingId>(slots_[slot].life) << kSlotBits | slot;
  }

 private:
  // Keys are looked up by value and stored as slots: both are hashed and compared through the array.
  struct Key {
    std::uint64_t value;
    std::uint64_t remote = 0;  // of a connection
    friend bool operator==(const Key&, const Key&) = default;
  };
  template <class Side>
  struct Hash {
    const MappingTable* table;
    std::size_t operator()(Key k) const {
      return mix(k.value ^ (k.remote == 0 ? table->salt_ : mix(k.remote ^ table->salt_)));
    }
    std::size_t operator()(std::uint32_t slot) const { return (*this)(Side::key(table->slots_[slot])); }
  };
  template <class Side>
  struct Equal {
    using is_transparent = void;
    const MappingTable* table;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(Key k, std::uint32_t slot) const { return k == Side::key(table->slots_[slot]); }
    bool operator()(std::uint32_t slot, Key k) const { return (*this)(k, slot); }
  };
  template <class Side>
  using Index = tsl::robin_set<std::uint32_t, Hash<Side>, Equal<Side>, std::allocator<std::uint32_t>, true>;

  struct InternalSide {
    static Key key(const Mapping& m) { return key_of(m, m.internal()); }
  };
  struct ExternalSide {
    static Key key(const Mapping& m) { return key_of(m, {m.external(), kNowhere}); }
  };

  // External ends are all of one realm, whose number here is kNowhere's.
  [[nodiscard]] static Key key_of(Proto, InternalEndpoint);
  [[nodiscard]] static Key key_of(InternalEndpoint, Endpoint remote);
  [[nodiscard]] static Key key_of(const Mapping& m, InternalEndpoint e) {
    return m.session ? key_of(e, m.remote()) : key_of(m.proto, e);
  }
  [[nodiscard]] std::optional<MappingId> id_of(const auto& index, Key) const;
  [[nodiscard]] std::uint32_t free_slot();

  std::uint64_t salt_;
  std::vector<Mapping> slots_;
  // Free slots in turn, linked through Mapping::block, so that an id stays unused for long.
  std::uint32_t oldest_free_ = 0;
  std::uint32_t newest_free_ = 0;
  std::size_t free_count_ = 0;
  Index<InternalSide> internal_;
  Index<ExternalSide> external_;
};

}  // namespace cgn::core
