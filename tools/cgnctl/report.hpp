// SPDX-License-Identifier: Apache-2.0
// An answer as a page for the file: what a court reads, years later, without us.
//
// What        Query, answer, evidence, terms; plain ASCII, at most 78 columns, times in UTC and, when the question named a
//             place, in its local time. The same question to the same files gives the same page, but for who asked, when,
//             and the entry under which that was recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgnctl/record_answer.hpp"
#include "cgnctl/recording.hpp"
#include "journal/evidence.hpp"

namespace cgn::cgnctl {

// What goes with an answer.
struct Shown {
  control::Json document{};
  journal::Link result{};  // SHA-256 of the document
  std::optional<journal::AuditReceipt> receipt{};
  bool report = false;
};

[[nodiscard]] control::Json to_json(const std::vector<journal::FileEvidence>&);

[[nodiscard]] std::string to_report(const Asked&, const journal::Answer&, const Shown&, WallTime printed);

}  // namespace cgn::cgnctl
