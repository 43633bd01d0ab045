// SPDX-License-Identifier: Apache-2.0
// Tunnels: who of one external address may speak ESP or GRE to a remote, and whose an ESP answer is.
//
// What        Neither has ports. GRE shows nothing that tells two tunnels between the same ends apart: the first subscriber
//             has the remote, until kRest after its tunnel ended. ESP shows an SPI, which its receiver chose in a handshake
//             that is encrypted: the first packet of an unknown SPI is whose turn it is. A tunnel *waits*, for kWait at most,
//             while it has no SPI; while it does, no other subscriber of the address may begin one to that remote. Who
//             speaks to a remote alone gets whatever comes from there, so that keys can be changed at any time.
// Life-cycle  pending (its block is not yet durable) -> live. Over when nothing left it for as long as a UDP mapping lives;
//             an SPI, when nothing came with it for as long. With its last SPI gone, a tunnel waits anew.
// Ownership   Owns the book; the daemon carries it out in the kernel's `sessions` and tells what the kernel saw.
// Failure     TUNNEL_TAKEN; an SPI beyond kSpis is refused while the others are in use.
// Limits      Of two subscribers who speak ESP to one gateway, one that changes keys is heard with the new one only when its
//             old SPI has been silent for that time. UDP encapsulation (RFC 3948) has no such trouble.
// RFC         4303, 2784, 2637; 3715 section 2 on what NAT does to ESP
#pragma once

#include <tsl/robin_map.h>

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "cgn/realm.hpp"
#include "cgn/tunnel.hpp"
#include "config/config.hpp"
#include "core/effects.hpp"
#include "core/expiry.hpp"
#include "core/hash.hpp"

namespace cgn::core {

using Spi = std::uint32_t;  // 0 is none

struct Tunnel {
  Proto proto = kEsp;
  InternalAddress internal{{}, kNowhere};
  Ipv4 external{}, remote{};
  BlockTicket ticket = 0;  // of its anchor
  bool live = false;
  Stamp waits_until = 0;
  std::vector<Spi> spis{};
};

class Tunnels {
 public:
  using Id = Expiry::Id;
  static constexpr std::size_t kSpis = 8;
  static constexpr Duration kWait = std::chrono::seconds{60};
  static constexpr Duration kRest = std::chrono::seconds{120};

  Tunnels(const config::Timeouts&, std::uint64_t salt);
  void follow(const config::Timeouts& timeouts) { idle_ = ticks(timeouts.udp); }

  [[nodiscard]] const Tunnel& operator[](Id id) const { return slots_[id]; }
  [[nodiscard]] std::optional<Id> find(Proto, InternalAddress internal, Ipv4 remote) const;
  // Whether somebody else's tunnel, or its rest, stands in this one's way.
  [[nodiscard]] bool taken(const Tunnel&, Stamp now) const;
  // Not known, not taken.
  Id begin(Tunnel, Stamp now);
  void end(Id, Stamp now);
  // The tunnels that are anchored in this block and not yet live.
  [[nodiscard]] std::vector<Id> pending(BlockTicket) const;
  void go_live(Id, Stamp now);

  // --- from outside ---
  [[nodiscard]] std::optional<Id> gre_holder(Ipv4 external, Ipv4 remote) const;
  [[nodiscard]] std::optional<Id> holder(Ipv4 external, Ipv4 remote, Spi) const;
  // Whose a packet with an unknown SPI is.
  [[nodiscard]] std::optional<Id> candidate(Ipv4 external, Ipv4 remote, Stamp now) const;
  [[nodiscard]] bool alone(Id) const;

  // When the kernel last saw a packet of the tunnel: outbound with SPI 0, else inbound with this one; nullopt: no entry.
  using Look = std::function<std::optional<Stamp>(const Tunnel&, Spi)>;
  struct Bound {
    bool done = false;
    std::optional<Spi> instead{};  // an idle one made room
  };
  Bound bind(Id, Spi, const Look&, Stamp now);
  // At adoption: true if there was room.
  bool adopt(Id, Spi);

  // --- lifetime ---
  struct Due {
    Id id = 0;
    bool over = false;         // end(), or keep() if a packet slipped in
    std::vector<Spi> ended{};  // forgotten already
  };
  // At most `most` that may be over, or wait no more.
  [[nodiscard]] std::vector<Due> due(const Look&, Stamp now, std::size_t most);
  void keep(Id, Stamp last_seen);

  [[nodiscard]] std::vector<Id> all() const;
  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  struct Key {
    std::uint64_t ends = 0;  // two addresses
    Proto proto = kEsp;
    RealmId realm = kNowhere;  // of the internal address; by an external one all are found
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::uint64_t salt = 0;  // subscribers choose remotes
    std::size_t operator()(const Key& k) const {
      return mix(k.ends ^ mix((std::uint64_t{k.realm.value()} << 8 | static_cast<std::uint8_t>(k.proto)) ^ salt));
    }
  };
  struct Rest {
    Key place{};
    InternalAddress internal;
    Stamp until = 0;
  };

  [[nodiscard]] static Key key_of(Proto, InternalAddress end, Ipv4 remote);
  [[nodiscard]] const std::vector<Id>* holders(const Key&) const;
  [[nodiscard]] static bool waits(const Tunnel&, Stamp now);
  void schedule(Id, Stamp now, Stamp deadline);
  void forget_rests(Stamp now);

  Stamp idle_;
  std::vector<Tunnel> slots_;
  std::vector<Id> free_;
  tsl::robin_map<Key, Id, KeyHash> index_;                 // by internal address and remote
  tsl::robin_map<Key, std::vector<Id>, KeyHash> holders_;  // by external address and remote
  std::deque<Rest> rests_;                                 // in order of their ends; GRE
  tsl::robin_map<Key, std::pair<InternalAddress, Stamp>, KeyHash> rest_at_;
  std::vector<Id> pending_;
  Expiry deadlines_;
};

}  // namespace cgn::core
