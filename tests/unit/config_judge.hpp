// SPDX-License-Identifier: Apache-2.0
// What is said of a file that must be good, or have exactly one fault.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "config/parse.hpp"

namespace cgn::config::test {

inline Parsed parse_aloud(const std::string& text) {
  auto parsed = parse(text);
  for (const auto& complaint : parsed.complaints) UNSCOPED_INFO(to_string(complaint, "cgn.toml"));
  return parsed;
}

inline Config valid(const std::string& text) {
  auto parsed = parse_aloud(text);
  REQUIRE(parsed.complaints.empty());
  return std::move(parsed.config);
}

inline Complaint the_complaint(const std::string& text) {
  auto parsed = parse_aloud(text);
  REQUIRE(parsed.complaints.size() == 1);
  CHECK(parsed.complaints.front().place.line > 0);
  CHECK(parsed.complaints.front().place.column > 0);
  return std::move(parsed.complaints.front());
}

// "cgn.toml:LINE:COLUMN: what (hint)"
inline std::string only_complaint(const std::string& text) { return to_string(the_complaint(text), "cgn.toml"); }

}  // namespace cgn::config::test
