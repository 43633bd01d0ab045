// SPDX-License-Identifier: Apache-2.0
// Comma-separated values as RFC 4180 has them.
//
// What        A reader that gives one record a call (quotes, doubled quotes, line ends inside quotes, CRLF, a byte
//             order mark as spreadsheets write it), and a writer of one record.
// Failure     A quote that never closes ends the record at the end of the input.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cgn::cgnctl {

using CsvRecord = std::vector<std::string>;

// nullopt at the end. `separator` is ',' as a rule, ';' in the spreadsheets of half of Europe.
[[nodiscard]] std::optional<CsvRecord> read_record(std::istream&, char separator = ',');

// One line with its end.
[[nodiscard]] std::string to_csv(const CsvRecord&);

}  // namespace cgn::cgnctl
