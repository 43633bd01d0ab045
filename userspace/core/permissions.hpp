// SPDX-License-Identifier: Apache-2.0
// Whom mappings with dependent filtering hear: which remotes each has spoken to, how many, and for how long.
//
// What        The book beside the kernel's map `permissions`: the core decides what stands in it, the daemon carries it
//             out, and the kernel stamps. A remote is forgotten when nothing refreshed it for as long as the protocol's
//             mapping would live, or with its mapping.
//             At the limit of a mapping the one that was silent longest makes room, of a few that are looked at in turn,
//             if it was silent for kSilent: what an application keeps alive (RFC 8445 s.11: every 15 s) is never forgotten.
//             Looking at a few bounds what a scan from inside can cost.
// Ownership   Owns the book. A permission names its mapping by the external endpoint, which is one mapping's only while it
//             lives.
// Failure     full: no room, and nobody silent long enough. The packet must be refused, or its answer would be.
// RFC         4787 s.5, REQ-8 · 6888 REQ-5 (state per mapping limited) · 7857 s.6
#pragma once

#include <tsl/robin_map.h>

#include <functional>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "core/expiry.hpp"
#include "core/hash.hpp"

namespace cgn::core {

// `port` is 0 where the whole address is heard.
struct Permission {
  Proto proto = Proto::udp;
  Endpoint external{};
  Endpoint remote{};
  friend bool operator==(const Permission&, const Permission&) = default;
};

// What of a remote counts for a mapping with these features; nullopt: it hears everybody.
[[nodiscard]] std::optional<Permission> permission_of(std::uint8_t features, Proto, Endpoint external, Endpoint remote);
[[nodiscard]] std::uint8_t features_of(const config::Behaviour&, Proto);

class Permissions {
 public:
  static constexpr std::size_t kLooks = 8;
  static constexpr Duration kSilent = std::chrono::seconds{30};

  Permissions(const config::Limits&, const config::Timeouts&, std::uint64_t salt);

  // Other timers from now on.
  void follow(const config::Timeouts& timeouts) { timeouts_ = timeouts; }

  // When it was last refreshed, as the kernel knows it.
  using Look = std::function<Stamp(const Permission&)>;
  enum class Answer { known, learned, full };
  struct Learned {
    Answer answer = Answer::full;
    std::optional<Permission> forgotten{};  // it made room
  };
  Learned learn(const Permission&, const Look&, Stamp now);
  [[nodiscard]] bool has(const Permission&) const;
  void forget(const Permission&);
  // All of a mapping that ended.
  [[nodiscard]] std::vector<Permission> forget_mapping(Proto, Endpoint external);
  // At most `most` that may be over are looked at; those that are, are forgotten and returned.
  [[nodiscard]] std::vector<Permission> expire(const Look&, Stamp now, std::size_t most);

  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  using Slot = Expiry::Id;
  struct Mapping {
    std::vector<Slot> slots;
    std::size_t hand = 0;  // where the next look for a silent one begins
  };
  struct Key {
    std::uint64_t mapping = 0, remote = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::uint64_t salt = 0;  // subscribers choose remotes
    std::size_t operator()(const Key& k) const { return mix(k.mapping ^ mix(k.remote ^ salt)); }
  };

  [[nodiscard]] static std::uint64_t mapping_key(Proto, Endpoint external);
  [[nodiscard]] static Key key_of(const Permission&);
  [[nodiscard]] Stamp idle(Proto) const;
  [[nodiscard]] std::optional<Permission> make_room(std::uint64_t mapping, const Look&, Stamp now);
  void add(const Permission&, Stamp now);
  void remove(Slot);

  std::size_t most_;
  std::size_t most_per_mapping_;
  config::Timeouts timeouts_;
  std::vector<Permission> slots_;
  std::vector<Slot> free_;
  tsl::robin_map<Key, Slot, KeyHash> index_;
  tsl::robin_map<std::uint64_t, Mapping, MixHash> mappings_;
  Expiry deadlines_;
};

}  // namespace cgn::core
