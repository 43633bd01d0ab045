// SPDX-License-Identifier: Apache-2.0
// Rows of the record as text, for programs that are not ours: CSV and JSON Lines.
//
// What        PURE. The columns are those of the view `events` of a log file (docs/log.md), with addresses and times as people
//             write them. What does not apply to a row is empty in CSV and absent in JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cgnctl/csv.hpp"
#include "journal/transcript.hpp"

namespace cgn::cgnctl {

[[nodiscard]] CsvRecord row_header();
[[nodiscard]] CsvRecord to_record(std::uint32_t node, const journal::Row&);
// One object, on one line with its end.
[[nodiscard]] std::string to_json_line(std::uint32_t node, const journal::Row&);

// "heartbeat", "clock step", "allocated": as the view events_in_words says it.
[[nodiscard]] std::string word_of(journal::RowKind);

}  // namespace cgn::cgnctl
