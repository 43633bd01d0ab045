// SPDX-License-Identifier: Apache-2.0
// The record in full, for who copies it: file by file, row by row.
//
// What        Which files the log directory holds and what each covers, as a look-up sees it; and their rows in order, without
//             those that are void because the next file took over.
// Life-cycle  What it knows of the files is of the instant of open(); rows that are added later are not shown.
// Ownership   Reads only. Works with the daemon alive, dead, and on copies.
// Failure     A file that cannot be read is left out, and unreadable() says so.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cgn/result.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

struct TranscriptFile {
  std::string name{};  // by which headers call it, sealed or not
  std::uint32_t node_id = 0;
  std::string node_name{};
  std::string day{};  // "2026-11-20", on which it was opened
  WallTime opened{};
  std::uint64_t first_seq = 0, last_seq = 0;
  // The time that it covers; rows may be stamped as early as `reach`.
  WallTime from{}, to{}, reach{};
  bool complete = false;     // it tells of all blocks that were held when it was opened
  bool finished = false;     // nothing will be added
  std::string end_reason{};  // why it covers no more, where the record has a hole
};

class Transcript {
 public:
  [[nodiscard]] static Result<Transcript> open(const std::filesystem::path& directory, WallTime now);
  ~Transcript();
  Transcript(Transcript&&) noexcept;
  Transcript& operator=(Transcript&&) noexcept;

  // In order. The numbers of files below are places in this list.
  [[nodiscard]] const std::vector<TranscriptFile>& files() const { return files_; }
  [[nodiscard]] const std::string& unreadable() const;

  // The rows of a file with first <= seq, until the visitor says no.
  [[nodiscard]] Result<> visit(std::size_t file, std::uint64_t first, const std::function<bool(const Row&)>& visitor);
  // Its records of the parameters of computed blocks.
  [[nodiscard]] Result<std::vector<Row>> parameters(std::size_t file);

 private:
  struct State;
  explicit Transcript(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
  std::vector<TranscriptFile> files_;
};

}  // namespace cgn::journal
