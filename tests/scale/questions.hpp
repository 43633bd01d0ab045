// SPDX-License-Identifier: Apache-2.0
// Questions about the history, and the record's answers to them, cold and warm.
//
// What        A third of the questions are about edges: of loans, of days, of the days that are lost. *Cold* is a new process
//             for each question, after the page cache was dropped; measured are the whole process and, in it, the time
//             from opening the directory to the answer. *Warm* is one reader for all.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "scale/answering.hpp"

namespace cgn::scale {

class Asker {
 public:
  Asker(const Shape& shape, std::uint64_t seed) : shape_{shape}, state_{seed} {}
  [[nodiscard]] Query next();

 private:
  [[nodiscard]] std::uint64_t pick(std::uint64_t bound) { return mix(state_) % bound; }
  [[nodiscard]] std::int64_t edge(unsigned block);
  const Shape& shape_;
  std::uint64_t state_;
};

[[nodiscard]] Result<Timed> ask_cold(const std::filesystem::path& directory, const Query&);
// Drops what the kernel holds of the directory's files; of all files, inodes and names when this is root and `whole`.
[[nodiscard]] Result<> make_cold(const std::filesystem::path& directory, bool whole);

// Calls `take` with each question and its answer.
[[nodiscard]] Result<> ask_warm(const std::filesystem::path& directory, const Shape&, const std::vector<Query>&,
                                const std::function<void(const Query&, const Timed&)>& take);

}  // namespace cgn::scale
