// SPDX-License-Identifier: Apache-2.0
// An answer of the legal record, written down: as a page for the file, as a document, as a line of a table.
#pragma once

#include <string>

#include "cgn/control.hpp"
#include "cgnctl/csv.hpp"
#include "cgnctl/session.hpp"
#include "journal/reader.hpp"

namespace cgn::cgnctl {

// A question as it was asked.
struct Asked {
  journal::Question question{};
  std::string case_reference{};
  std::string by{};
  std::string place{};  // whose local time it was asked in, as "Europe/Berlin"; empty: none
};

// "203.0.113.10 udp/13000 at 2026-11-20T07:30:00.000Z (± 1 s)"
[[nodiscard]] std::string in_words(const journal::Question&);

[[nodiscard]] Exit exit_of(journal::Certainty);
[[nodiscard]] control::Json to_json(const journal::Holding&);
[[nodiscard]] control::Json to_json(const Asked&, const journal::Answer&);
[[nodiscard]] std::string to_page(const Asked&, const journal::Answer&);

// Columns of an answer as one record: first the question's, then the answer's.
[[nodiscard]] CsvRecord answer_header();
[[nodiscard]] CsvRecord to_record(const Asked&, const journal::Answer&);

}  // namespace cgn::cgnctl
