// SPDX-License-Identifier: Apache-2.0
// A look-up's question, read from text: from the command line or from a line of a batch.
#pragma once

#include <string>

#include "cgn/result.hpp"
#include "journal/reader.hpp"

namespace cgn::cgnctl {

struct QuestionText {
  std::string address{};
  std::string port{};   // or a range of them; may be empty: every holder of the address
  std::string proto{};  // may be empty
  std::string time{};
};

[[nodiscard]] Result<journal::Question> parse_question(const QuestionText&, Duration tolerance, WallTime now);

}  // namespace cgn::cgnctl
