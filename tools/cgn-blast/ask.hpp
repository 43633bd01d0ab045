// SPDX-License-Identifier: Apache-2.0
// One question by a real socket: as whom does the other side see me?
//
// What        Sends kQuestion to a sink, which answers with the endpoint that it sees, as text.
// Failure     No answer in time, and what ICMP said meanwhile, is an error that names it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

inline constexpr std::string_view kQuestion = "who am I?";

struct AskPlan {
  Endpoint target{};
  Port port{};  // ours; 0 = any
  std::chrono::milliseconds patience{1000};
};

[[nodiscard]] Result<std::string> ask(const AskPlan&);

}  // namespace cgn::blast
