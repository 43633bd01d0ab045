// SPDX-License-Identifier: Apache-2.0
// How the rows of a log file stand in its tables, seen by who asks.
#include "journal/form.hpp"

#include <algorithm>

#include "journal/schema.hpp"

namespace cgn::journal {

Result<std::unique_ptr<Form>> form_of(const Database& db, const Header& header) {
  return header.schema == kSealedSchema ? sealed_form(db, header) : live_form(db);
}

// An exact look-up for each length: few rows are of this kind, and the rows of blocks need not be read for them.
Result<std::vector<Row>> identities_in(const Database& db, std::string_view table, const Prefix& subscriber) {
  TRY(exact, db.prepare("SELECT " + std::string{kRowColumns} + " FROM " + std::string{table} +
                        " WHERE subscriber = ?1 AND subscriber_length = ?2 AND kind = 22"));
  std::vector<Row> rows;
  for (unsigned length = 0; length <= subscriber.length(); ++length) {
    exact.bind(1, std::int64_t{Prefix::of(subscriber.address(), length).address().host()});
    exact.bind(2, std::int64_t{length});
    TRY(more, read_rows(exact));
    rows.insert(rows.end(), more.begin(), more.end());
  }
  std::ranges::sort(rows, {}, &Row::seq);
  return rows;
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
