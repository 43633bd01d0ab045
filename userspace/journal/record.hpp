// SPDX-License-Identifier: Apache-2.0
// One row of the legal log.
//
// What        PURE. An event becomes exactly one Row and back.
// RFC         6888 section 4 (what to log); 8158 (the numbers 16 and 17)
#pragma once

#include <cstdint>
#include <string>

#include "cgn/events.hpp"

namespace cgn::journal {

enum class RowKind : std::int64_t {
  continued = 1,   // a block still held: an opening row, or adopted after a restart
  heartbeat = 2,   // nothing happened up to here
  start = 3,       // the writer began; detail = boot id, allocated_ms = the last record before it
  stop = 4,        // the writer ended in order
  opened = 5,      // the first row of a file
  complete = 6,    // ends the opening rows: from here the file answers alone
  clock_step = 7,  // the wall clock jumped; allocated_ms = what it would have shown
  allocated = 16,
  released = 17,
  // NoteKind
  configuration = 20,
  deterministic = 21,
  identity = 22,
  adoption = 23,
  clock = 24,
  deletion = 25,
  hold = 26,
  gap = 27,
};

struct Row {
  std::uint64_t seq = 0;
  RowKind kind = RowKind::heartbeat;
  WallTime wall{};
  BootTime boot{};
  Ipv4 external{};
  PortRange ports{};
  Prefix subscriber{};
  std::string realm{};
  std::string pool{};
  WallTime allocated{};
  std::string detail{};
  friend bool operator==(const Row&, const Row&) = default;
};

// True for the kinds that are about a block.
[[nodiscard]] bool about_block(RowKind);
// True for the kinds that name a subscriber.
[[nodiscard]] bool about_subscriber(RowKind);

[[nodiscard]] Row to_row(const BlockEvent&);  // without seq
[[nodiscard]] Row to_row(const Note&);
[[nodiscard]] Row to_row(RowKind, const Now&);
[[nodiscard]] OpenBlock to_open_block(const Row&);
[[nodiscard]] Row continued_row(const OpenBlock&, const Now&);

}  // namespace cgn::journal
