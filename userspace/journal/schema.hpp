// SPDX-License-Identifier: Apache-2.0
// The tables of a live log file, and how a Row stands in them.
//
// What        header (what the file is), events (the rows), commits (the hash link of each commit group's last row), widths (the
//             distinct block sizes that occur, so that a look-up by port knows how far below the port a block may
//             begin), reach (how far before `opened` rows go, because an event is stamped before it is queued; the
//             least counts). The schema version is checked by every reader.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "journal/database.hpp"
#include "journal/form.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

inline constexpr int kSchemaVersion = 2;  // of the live form
inline constexpr int kSealedSchema = 3;

[[nodiscard]] std::string schema_sql();
// The view `events_in_words`, over anything named `events` that has the columns of a Row.
[[nodiscard]] std::string words_sql();

// The columns of a Row in the order that read_row() expects.
inline constexpr std::string_view kRowColumns =
    "seq, kind, wall_ms, boot_ms, external, first, last, subscriber, subscriber_length, realm, pool, allocated_ms, "
    "detail";
// Of rows about identities, those of ?1.
inline constexpr std::string_view kIdentityRows = "kind = 22 AND json_extract(detail, '$.id') = ?1 ORDER BY seq";
// The rows that a reader must know of besides those about blocks; written like the partial index that finds them.
inline constexpr std::string_view kTurnRows = "kind IN (3, 5, 6, 7, 21, 24)";

// Into a table with these columns; bind_row() fills it.
[[nodiscard]] std::string insert_row_sql(std::string_view table);
void bind_row(Statement&, const Row&);
// Nothing is NULL, as for read_row().
void bind_text(Statement&, int column, const std::string&);
[[nodiscard]] Row read_row(const Statement&);
[[nodiscard]] Result<std::vector<Row>> read_rows(Statement&);
// Of a query that gives a number and a hash a row.
[[nodiscard]] Result<std::vector<KeptLink>> read_links(const Database&, std::string_view sql);
// The rows with first <= seq, in order, until the visitor says no.
[[nodiscard]] Result<> visit_rows(const Database&, std::uint64_t first, const std::function<bool(const Row&)>&);

[[nodiscard]] constexpr std::int64_t to_ms(WallTime t) { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr WallTime from_ms(std::int64_t ms) { return WallTime{std::chrono::milliseconds{ms}}; }

}  // namespace cgn::journal
