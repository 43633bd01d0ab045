// SPDX-License-Identifier: Apache-2.0
// The tables of a log file, and how a Row stands in them.
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
#include "journal/record.hpp"

namespace cgn::journal {

inline constexpr int kSchemaVersion = 2;

[[nodiscard]] std::string schema_sql();

// The columns of a Row in the order that read_row() expects.
inline constexpr std::string_view kRowColumns =
    "seq, kind, wall_ms, boot_ms, external, first, last, subscriber, subscriber_length, realm, pool, allocated_ms, detail";
inline constexpr std::string_view kInsertRow =
    "INSERT INTO events(seq, kind, wall_ms, boot_ms, external, first, last, subscriber, subscriber_length, realm, "
    "pool, allocated_ms, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
// The rows that a reader must know of besides those about blocks; written like the partial index that finds them.
inline constexpr std::string_view kTurnRows = "kind IN (3, 5, 6, 7, 21)";

void bind_row(Statement&, const Row&);
[[nodiscard]] Row read_row(const Statement&);
// The rows with first <= seq, in order, until the visitor says no.
[[nodiscard]] Result<> visit_rows(const Database&, std::uint64_t first, const std::function<bool(const Row&)>&);

[[nodiscard]] constexpr std::int64_t to_ms(WallTime t) { return t.time_since_epoch().count(); }
[[nodiscard]] constexpr WallTime from_ms(std::int64_t ms) { return WallTime{std::chrono::milliseconds{ms}}; }

}  // namespace cgn::journal
