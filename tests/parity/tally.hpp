// SPDX-License-Identifier: Apache-2.0
// What a run reached: every verdict and punt reason with its count, and whether that is enough to call it a proof.
//
// What        shortfalls() names what was not reached often enough: a run that hardly met its subject proves nothing.
// Ownership   A value.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "parity/model/answer.hpp"
#include "parity/model/reading.hpp"

namespace cgn::parity {

class Tally {
 public:
  void add(Frame, const Answer&);

  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  // The same packets give the same number: a run of one judge alone can show that it saw the same.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] std::string table() const;
  // At least half translated by the kernel alone; every verdict and reason a hundred times, from 100,000 packets on.
  [[nodiscard]] std::vector<std::string> shortfalls() const;

 private:
  [[nodiscard]] std::uint64_t translated() const;

  std::array<std::uint64_t, CGN_VERDICT_COUNT> verdicts_{};
  std::array<std::uint64_t, CGN_PUNT_TUNNEL + 1> reasons_{};
  std::uint64_t errors_ = 0;  // translated ICMP errors
  std::uint64_t packets_ = 0, digest_ = 0xcbf29ce484222325u;
};

}  // namespace cgn::parity
