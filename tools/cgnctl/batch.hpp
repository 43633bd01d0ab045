// SPDX-License-Identifier: Apache-2.0
// Many look-ups at once: a spreadsheet in, a spreadsheet out.
//
// What        Reads CSV with a header line (ip, port, time; proto and case if there are any; any order, any other
//             columns ignored) and answers each line with one line, in order: CSV, or JSON Lines. One reader for all. The
//             batch is recorded before its first answer (with the hash of the questions) and at its end (with the counts
//             and the hash of all that was written).
// Failure     A line that cannot be read is answered INVALID with its number and the reason; the others go on. Exit: ok
//             when every line was answered ONE HOLDER, else unsure; progress and counts go to standard error.
#pragma once

#include <string>

#include "cgnctl/recording.hpp"
#include "cgnctl/session.hpp"
#include "journal/reader.hpp"

namespace cgn::cgnctl {

struct BatchOptions {
  Duration tolerance = std::chrono::seconds{1};
  std::string proto{};           // where a line has none
  std::string case_reference{};  // where a line has none
  std::string by{};
  std::string name{};  // of the file
};

struct BatchPlace {
  journal::Reader& reader;
  Recording& recording;
};

Exit answer_batch(const Session&, const std::string& questions, const BatchOptions&, BatchPlace);

}  // namespace cgn::cgnctl
