// SPDX-License-Identifier: Apache-2.0
// How the rows of a log file stand in its tables, seen by who asks.
#include "journal/form.hpp"

#include "journal/schema.hpp"

namespace cgn::journal {

Result<std::unique_ptr<Form>> form_of(const Database& db, const Header& header) {
  return header.schema == kSealedSchema ? sealed_form(db, header) : live_form(db);
}

Result<unsigned> widest_block(const Database& db) {
  TRY(widest, db.prepare("SELECT max(count) FROM widths"));
  TRY(found, widest.step());
  return found ? static_cast<unsigned>(widest.integer(0)) : 0U;
}

Result<std::optional<WallTime>> reach_of(const Database& db) {
  TRY(reach, db.prepare("SELECT min(wall_ms) FROM reach"));
  TRY(found, reach.step());
  if (!found || reach.is_null(0)) return std::optional<WallTime>{};
  return std::optional{from_ms(reach.integer(0))};
}

}  // namespace cgn::journal
