// SPDX-License-Identifier: Apache-2.0
// How the rows of a log file stand in its tables, seen by who asks.
#include "journal/form.hpp"

#include <algorithm>

#include "journal/schema.hpp"

namespace cgn::journal {

std::unique_ptr<Form> form_of(const Database& db, const Header& header) {
  return header.schema == kSealedSchema ? sealed_form(db, header) : live_form(db);
}

LatentStatement select_identities(const Database& db, std::string_view table) {
  return {db, "SELECT " + std::string{kRowColumns} + " FROM " + std::string{table} +
                  " WHERE subscriber = ?1 AND subscriber_length BETWEEN ?2 AND ?3 AND kind = 22"};
}

// Few rows are of this kind, and those of blocks need not be read for them: one look-up for each address at which a prefix
// around this one may begin.
Result<std::vector<Row>> read_identities(LatentStatement& latent, const Prefix& subscriber) {
  TRY(exact, latent.get());
  const auto begin_of = [&](unsigned length) { return Prefix::of(subscriber.address(), length).address(); };
  std::vector<Row> rows;
  for (unsigned shortest = 0, longest = 0; shortest <= subscriber.length(); shortest = longest + 1) {
    const auto begin = begin_of(shortest);
    for (longest = shortest; longest < subscriber.length() && begin_of(longest + 1) == begin;) ++longest;
    exact->bind(1, std::int64_t{begin.host()});
    exact->bind(2, std::int64_t{shortest});
    exact->bind(3, std::int64_t{longest});
    TRY(more, read_rows(*exact));
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
