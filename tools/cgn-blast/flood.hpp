// SPDX-License-Identifier: Apache-2.0
// One infected machine: a stream of new flows from one address, answers ignored.
//
// What        Every datagram leaves from the next source port (first_port to 65535, then again from the start,
//             towards the next remote port), so each asks the CGN for a mapping of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

struct FloodPlan {
  std::string interface;
  std::optional<Mac> gateway{};  // default: asked
  Ipv4 subscriber{};
  Endpoint target{};
  Port first_port{1024};
  std::uint64_t rate = 10'000;  // new flows per second
  unsigned seconds = 10;
};

struct FloodReport {
  std::uint64_t sent = 0;
  double seconds = 0;
};

[[nodiscard]] Result<FloodReport> flood(const FloodPlan&);
[[nodiscard]] std::string to_json(const FloodReport&);

}  // namespace cgn::blast
