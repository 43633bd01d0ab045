// SPDX-License-Identifier: Apache-2.0
// One row of the conformance suite: a sentence about the wire, the requirements it stands for, and how to see it.
//
// What        Rows live in rows/, one file for each theme. A row counts only if it discriminates: plain kernel
//             forwarding must fail it, or `on_forwarding` says why it is still a test although forwarding passes it,
//             too.
// Ownership   Constants.
#pragma once

#include <string_view>
#include <vector>

#include "wire.hpp"

namespace cgn::selftest {

enum class Level { must, should, may };
[[nodiscard]] constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::must: return "MUST";
    case Level::should: return "SHOULD";
    case Level::may: return "MAY";
  }
  return {};
}

struct Row {
  std::string_view id;  // short, unique, for the command line and for docs/conformance
  std::vector<std::string_view> tags;
  Level level = Level::must;
  std::string_view says;  // a sentence
  Group group = Group::plain;
  bool patient = false;  // mostly waits: plays side by side with the others of its kind
  std::string_view on_forwarding{};
  void (*plays)(Wire&) = nullptr;
};

[[nodiscard]] std::vector<Row> all_rows();

}  // namespace cgn::selftest
