// SPDX-License-Identifier: Apache-2.0
// Rows of the legal record as events.
#include "journal/export/event.hpp"

#include <utility>

namespace cgn::journal {
namespace {

EventKind kind_of(RowKind row) {
  if (row == RowKind::allocated) return EventKind::block_allocated;
  if (row == RowKind::released) return EventKind::block_released;
  if (row == RowKind::continued) return EventKind::block_continued;
  return EventKind::other_row;
}

}  // namespace

Event event_of(const Row& row, Mark mark, std::string user) {
  mark.seq = row.seq;
  return {.kind = kind_of(row.kind),
          .mark = std::move(mark),
          .at = row.wall,
          .subscriber = row.subscriber,
          .realm = row.realm,
          .external = row.external,
          .ports = row.ports,
          .pool = row.pool,
          .allocated = row.allocated,
          .user = std::move(user),
          .row = row.kind,
          .detail = row.detail};
}

std::uint32_t number_of(std::string_view name) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : name) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return name.empty() ? 0 : ~crc & 0x7fffffff;
}

}  // namespace cgn::journal
