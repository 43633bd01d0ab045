// SPDX-License-Identifier: Apache-2.0
// The other end: real UDP sockets that send every datagram back and remember who it was.
//
// What        Listens on every target, prints `ready` on stdout, echoes until SIGTERM or SIGINT, then reports.
// Failure     A datagram that is not ours is echoed and counted as foreign (the question of `ask` is answered
//             with the endpoint seen); a damaged one is counted and not echoed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

struct SinkPlan {
  std::vector<Endpoint> listen{};
  std::optional<std::filesystem::path> record{};  // the truth as CSV, written at the end
};

struct SinkReport {
  std::uint64_t received = 0;
  std::uint64_t echoed = 0;
  std::uint64_t foreign = 0;
  std::uint64_t damaged = 0;
  std::uint64_t endpoints = 0;
  std::uint64_t subscribers = 0;
};

[[nodiscard]] Result<SinkReport> run_sink(const SinkPlan&);
[[nodiscard]] std::string to_json(const SinkReport&);

}  // namespace cgn::blast
