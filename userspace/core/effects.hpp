// SPDX-License-Identifier: Apache-2.0
// What the core asks the hands to do.
//
// What        The core decides and never acts. Each call appends Effects to a list that the daemon carries out in order.
// Ownership   Passive values. A mapping is named by its id, a block's loan by its ticket. A ticket is never used twice in
//             the life of one Translator; an id (32 bits) comes again only after 64 lives of its place in the table.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "cgn/abi.h"
#include "cgn/events.hpp"
#include "cgn/net.hpp"
#include "cgn/realm.hpp"
#include "cgn/time.hpp"

namespace cgn::core {

using MappingId = std::uint32_t;
using BlockTicket = std::uint64_t;  // one loan of one block to one subscriber

// A mapping as the hands need it: both keys and both translations.
// With CGN_FEATURE_WHOLE it is one of whole addresses: its keys have neither protocol nor ports, and those that stand here are
// of the packet that asked, or nothing.
struct MappingView {
  MappingId id = 0;
  Proto proto = Proto::udp;
  InternalEndpoint internal;
  Endpoint external{};
  Endpoint remote{};              // the first one, or of a session the only one
  std::uint8_t features = 0;      // CGN_FEATURE_*
  std::uint8_t seen = 0;          // CGN_SEEN_* that the outbound entry starts with
  std::uint8_t window_scale = 0;  // TCP: of the SYN that made it, as cgn_entry has it
  bool session = false;           // TCP: for this remote alone; its entries stand in the table of sessions
  friend bool operator==(const MappingView&, const MappingView&) = default;
};

// Record the event. `ticket` comes back in block_recorded() or block_unrecorded() for allocations, and in
// release_recorded() for releases; `continued` rows need no answer.
struct Journal {
  BlockTicket ticket = 0;
  BlockEvent event{};
};

// Inbound entry, then outbound; stamps start at `seen_at`. Entries of the same keys are replaced: a closing mapping begins
// anew with another remote. As an answer to mapping_removed(): put the entries back as they were.
struct InstallMapping {
  MappingView mapping;
  Monotonic seen_at{};
};

// Remove in the order outbound (keeping its final stamps), inbound (keeping its); then call mapping_removed().
struct RemoveMapping {
  MappingView mapping;
};

// Held packets of this block's mappings may go (they are installed now), or must be dropped with this verdict.
struct ReleaseHeld {
  BlockTicket ticket = 0;
  cgn_verdict verdict = CGN_VERDICT_TRANSLATED;
};

// The subscriber holds its first durable block (live), or no block any more.
struct SubscriberLive {
  SubscriberId subscriber;
  bool live = false;
};

// One durable block more on this address, or one less: which of them strangers may reach at all.
struct AddressLent {
  Ipv4 external{};
  bool lent = false;
};

// Tell the operator by name, once per episode.
struct Alarm {
  cgn_verdict reason = CGN_VERDICT_POOL_FULL;
  SubscriberId subscriber;
  std::string realm{};  // by name, as the log has it
  std::string pool{};
};

// The episode that an Alarm began is over: nothing was refused for a minute.
struct AlarmOver {
  cgn_verdict reason = CGN_VERDICT_POOL_FULL;
  SubscriberId subscriber;
  std::string realm{};
  std::string pool{};
  WallTime since{};
  std::uint64_t refused = 0;  // packets of the whole episode
};

// A pool, or the mapping table, has filled up to its upper mark, or has emptied to its lower one.
struct Threshold {
  Resource resource = Resource::first_blocks;
  std::string pool{};  // empty for the mapping table
  bool reached = false;
  std::uint64_t used = 0;
  std::uint64_t most = 0;
};

using Effect = std::variant<Journal, InstallMapping, RemoveMapping, ReleaseHeld, SubscriberLive, AddressLent, Alarm,
                            AlarmOver, Threshold>;
using Effects = std::vector<Effect>;

}  // namespace cgn::core
