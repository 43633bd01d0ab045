// SPDX-License-Identifier: Apache-2.0
// What the internet saw, and who it really was: external endpoints with the internal ones that the payloads name.
//
// What        One row per pair, with the first and the last time it was seen; a pair that was silent for longer than it may be
//             gets another row. As CSV this is the truth against which `cgnctl lookup --batch` is judged.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::blast {

class Endpoints {
 public:
  explicit Endpoints(std::chrono::milliseconds silence = std::chrono::milliseconds::max()) : silence_{silence} {}
  void note(Endpoint external, Endpoint internal, WallTime);
  [[nodiscard]] std::size_t count() const { return pairs_.size(); }
  [[nodiscard]] std::size_t subscribers() const;
  // time_first,time_last,external_address,external_port,protocol,internal_address,internal_port,packets
  [[nodiscard]] Result<> write_csv(const std::filesystem::path&) const;

 private:
  struct Row {
    WallTime first{}, last{};
    std::uint64_t packets = 0;
  };
  std::chrono::milliseconds silence_;
  std::map<std::pair<Endpoint, Endpoint>, std::vector<Row>> pairs_;
};

}  // namespace cgn::blast
