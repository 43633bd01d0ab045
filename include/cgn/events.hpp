// SPDX-License-Identifier: Apache-2.0
// What happened to port blocks, in RFC 8158 words: the events that the legal log records.
//
// What        Core and daemon say them, the journal makes rows of them. A block has one owner for all protocols.
// RFC         8158 events 16 (allocation) and 17 (de-allocation); 6888 section 4 (fields to log).
#pragma once

#include <cstdint>
#include <string>

#include "cgn/net.hpp"
#include "cgn/time.hpp"

namespace cgn {

enum class BlockEventKind : std::uint8_t {
  allocated = 16,  // natEvent 16
  released = 17,   // natEvent 17
  continued = 1,   // still held: opening row of a day file, or after a restart ("continued since")
};

struct BlockEvent {
  BlockEventKind kind = BlockEventKind::allocated;
  Prefix subscriber{};  // internal address or prefix
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime allocated_at{};  // when this holder got the block; for `allocated`, the event's own time
  Now at{};                 // when the event happened
};

// A block that the log shows as held.
struct OpenBlock {
  Prefix subscriber{};
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime allocated_at{};
  friend bool operator==(const OpenBlock&, const OpenBlock&) = default;
};

}  // namespace cgn
