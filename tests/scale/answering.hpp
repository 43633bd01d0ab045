// SPDX-License-Identifier: Apache-2.0
// Questions put to the record, and its answers in the oracle's words; both as text, for a process that answers one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "journal/reader.hpp"
#include "scale/oracle.hpp"

namespace cgn::scale {

// The record, asked as if the history were long over.
[[nodiscard]] Result<journal::Reader> open_record(const std::filesystem::path& directory);
[[nodiscard]] Expected ask(journal::Reader&, const Query&);

[[nodiscard]] std::string to_text(const Query&);
[[nodiscard]] Query query_of(const std::string& text);

// What history_answer prints.
struct Timed {
  Expected answer{};
  double milliseconds = 0;  // from opening the directory to the answer
  double process_ms = 0;    // of a new process, from its start to its end; not part of the text
};
[[nodiscard]] std::string to_text(const Timed&);
[[nodiscard]] std::optional<Timed> timed_of(const std::string& text);

}  // namespace cgn::scale
