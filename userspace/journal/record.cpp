// SPDX-License-Identifier: Apache-2.0
// One row of the legal log.
#include "journal/record.hpp"

namespace cgn::journal {
bool about_block(RowKind kind) {
  return kind == RowKind::allocated || kind == RowKind::released || kind == RowKind::continued;
}

bool about_subscriber(RowKind kind) { return about_block(kind) || kind == RowKind::identity; }

Row to_row(const BlockEvent& event) {
  return {.seq = 0,
          .kind = static_cast<RowKind>(event.kind),
          .wall = event.at.wall,
          .boot = event.at.boot,
          .external = event.external,
          .ports = event.ports,
          .subscriber = event.subscriber,
          .realm = event.realm,
          .pool = event.pool,
          .allocated = event.kind == BlockEventKind::allocated ? event.at.wall : event.allocated_at};
}

Row to_row(const Note& note) {
  return {.seq = 0,
          .kind = static_cast<RowKind>(note.kind),
          .wall = note.at.wall,
          .boot = note.at.boot,
          .subscriber = note.subscriber.value_or(Prefix{}),
          .realm = note.realm,
          .detail = note.detail};
}

Row to_row(RowKind kind, const Now& now) { return {.seq = 0, .kind = kind, .wall = now.wall, .boot = now.boot}; }

OpenBlock to_open_block(const Row& row) {
  return {.subscriber = row.subscriber,
          .realm = row.realm,
          .external = row.external,
          .ports = row.ports,
          .pool = row.pool,
          .allocated_at = row.allocated};
}

Row continued_row(const OpenBlock& block, const Now& now) {
  return {.seq = 0,
          .kind = RowKind::continued,
          .wall = now.wall,
          .boot = now.boot,
          .external = block.external,
          .ports = block.ports,
          .subscriber = block.subscriber,
          .realm = block.realm,
          .pool = block.pool,
          .allocated = block.allocated_at};
}

}  // namespace cgn::journal
