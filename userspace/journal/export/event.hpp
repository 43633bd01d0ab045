// SPDX-License-Identifier: Apache-2.0
// What a collector is told: one event, whatever the words in which it is sent.
//
// What        PURE. Rows of the legal record become Events by event_of(); notices (something runs short) and sessions (single
//             mappings) come from the daemon and are in no record. An Event says all that its encodings need, so that one row
//             is always encoded into the same bytes, today and in a replay years later.
// RFC         8158 (events); the numbers below 100 are its natEvent
#pragma once

#include <cstdint>
#include <string>

#include "cgn/events.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

enum class EventKind : std::uint8_t {
  addresses_exhausted = 3,
  session_created = 4,
  session_deleted = 5,
  mapping_created = 8,  // "BIB"
  mapping_deleted = 9,
  ports_exhausted = 12,
  quota_exceeded = 13,
  block_allocated = 16,
  block_released = 17,
  threshold_reached = 18,
  // Rows of the record for which RFC 8158 has no event.
  block_continued = 101,
  other_row = 102,
};

// Where an event stands in the record: node and sequence number name it for good.
struct Mark {
  std::uint32_t node_id = 0;
  std::string node_name{};
  std::string boot{};     // boot id of the machine
  WallTime booted{};      // when that boot began, as the clock showed it when the log went on in it
  std::uint64_t seq = 0;  // 0: not in the record
  friend bool operator==(const Mark&, const Mark&) = default;
};

// natQuotaExceededEvent and natThresholdEvent, by their numbers.
enum class Quota : std::uint8_t { none = 0, mappings = 2, per_subscriber = 3, subscribers = 4 };
enum class Mark8158 : std::uint8_t { none = 0, pool_high = 1, pool_low = 2, mappings_high = 3 };

struct Event {
  EventKind kind = EventKind::other_row;
  Mark mark{};
  WallTime at{};
  Prefix subscriber{};
  std::string realm{};  // empty: the default one
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime allocated{};
  std::string user{};  // who the subscriber was then, if the record knows
  // Of sessions and mappings; a mapping has no remote.
  Proto proto = Proto::udp;
  Port internal_port{};
  Port external_port{};
  Endpoint remote{};
  // Of notices.
  Quota quota = Quota::none;
  Mark8158 threshold = Mark8158::none;
  std::uint32_t limit = 0;
  std::string text{};  // the operator's sentence
  // Of other rows.
  RowKind row = RowKind::heartbeat;
  std::string detail{};
  friend bool operator==(const Event&, const Event&) = default;
};

[[nodiscard]] Event event_of(const Row&, Mark, std::string user = {});

[[nodiscard]] constexpr bool about_session(EventKind k) {
  return k == EventKind::session_created || k == EventKind::session_deleted || k == EventKind::mapping_created ||
         k == EventKind::mapping_deleted;
}

// Pools and realms have names; RFC 8158 wants numbers. The same name has the same number on every node and for good: 31 bits of
// the CRC-32 (as of zip and Ethernet) of the name, 0 for the empty one.
[[nodiscard]] std::uint32_t number_of(std::string_view name);

}  // namespace cgn::journal
