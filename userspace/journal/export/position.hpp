// SPDX-License-Identifier: Apache-2.0
// How far a collector has got, kept on disk: one small file for each, STATE/export/NAME.position.
//
// What        The sequence number of the first row that the collector is not known to have. Written whole beside the old one and
//             renamed over it, synced before: a power cut leaves the old or the new number, never none.
// Failure     A file that cannot be understood counts as row 1: what is repeated does no harm, what is left out does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "cgn/result.hpp"

namespace cgn::journal {

class Position {
 public:
  explicit Position(std::filesystem::path file) : file_{std::move(file)} {}

  // nullopt: never written.
  [[nodiscard]] std::optional<std::uint64_t> read() const;
  [[nodiscard]] Result<> write(std::uint64_t next_seq) const;

 private:
  std::filesystem::path file_;
};

}  // namespace cgn::journal
