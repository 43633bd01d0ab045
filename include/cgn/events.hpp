// SPDX-License-Identifier: Apache-2.0
// What happened, in RFC 8158 words: to port blocks, which the legal log records, and to the room there is, which operators
// are told of.
//
// What        Core and daemon say them, the journal makes rows of the blocks' events and of notes, and of no other. A block has
//             one owner for all protocols.
// RFC         8158 events 16 (allocation) and 17 (de-allocation), 12, 13, 18 (exhaustion, quota, threshold); 6888 section 4
//             (fields to log), REQ-11C (notification)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgn/net.hpp"
#include "cgn/time.hpp"

namespace cgn {

enum class BlockEventKind : std::uint8_t {
  allocated = 16,  // natEvent 16
  released = 17,   // natEvent 17
  continued = 1,   // still held: opening row of a day file, or after a restart ("continued since")
};

// natEvent of what operators are told of.
enum class NatEvent : std::uint8_t {
  ports_exhausted = 12,
  quota_exceeded = 13,
  threshold_reached = 18,
};

// What may run short.
enum class Resource : std::uint8_t {
  first_blocks,      // of a pool: room for further subscribers
  extension_blocks,  // of a pool: further ports for those it has
  mappings,          // of the node
};

struct BlockEvent {
  BlockEventKind kind = BlockEventKind::allocated;
  Prefix subscriber{};  // internal address or prefix
  std::string realm{};  // its internal realm by name; empty: the default one
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime allocated_at{};  // when this holder got the block; for `allocated`, the event's own time
  Now at{};                 // when the event happened
};

// A block that the log shows as held.
struct OpenBlock {
  Prefix subscriber{};
  std::string realm{};
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime allocated_at{};
  friend bool operator==(const OpenBlock&, const OpenBlock&) = default;
};

// What the legal record holds beside blocks. The numbers stand in its files: none is ever given another meaning.
enum class NoteKind : std::uint8_t {
  configuration = 20,  // a configuration was taken: by whom, its generation, its digest, what changed
  deterministic = 21,  // the parameters by which blocks are computed from now on
  identity = 22,       // who a subscriber's address belongs to from now on, or to nobody
  adoption = 23,       // what a start found in the kernel and kept, or did not
  clock = 24,          // how exact the wall clock is, and by whose word
  deletion = 25,       // a file of the record whose retention is over
  hold = 26,           // a legal hold put on files of the record, or lifted
  gap = 27,            // an interval for which the record does not answer
};

struct Note {
  NoteKind kind = NoteKind::configuration;
  std::string detail{};                // a JSON object; each kind's fields are told in docs/log.md
  std::optional<Prefix> subscriber{};  // of `identity`
  std::string realm{};                 // of `identity`; empty: the default one
  Now at{};
};

}  // namespace cgn
