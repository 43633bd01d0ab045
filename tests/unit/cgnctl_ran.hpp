// SPDX-License-Identifier: Apache-2.0
// cgnctl as a test runs it: no terminal, and no program that it could start.
#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "cgnctl/app.hpp"
#include "cgnctl/session.hpp"

namespace cgn::cgnctl::test {

struct Ran {
  Exit exit{};
  std::string out{};
  std::string err{};
};

struct Setting {
  std::function<WallTime()> clock;
  std::function<bool(std::chrono::milliseconds)> pause = [](std::chrono::milliseconds) { return false; };
  std::string input{};
};

inline Ran ran(const std::vector<std::string>& words, Setting setting) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in{setting.input};
  Session session{.out = out,
                  .err = err,
                  .in = in,
                  .clock = std::move(setting.clock),
                  .pause = std::move(setting.pause),
                  .run_program = [](const std::vector<std::string>&) { return 1; }};
  const auto exit = run(std::move(session), words);
  return {exit, out.str(), err.str()};
}

}  // namespace cgn::cgnctl::test
