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

// "cgn.toml:LINE:COLUMN: what (hint)"
inline std::string only_complaint(const std::string& text) {
  const auto parsed = parse_aloud(text);
  REQUIRE(parsed.complaints.size() == 1);
  const auto& complaint = parsed.complaints.front();
  CHECK(complaint.place.line > 0);
  CHECK(complaint.place.column > 0);
  return to_string(complaint, "cgn.toml");
}

}  // namespace cgn::config::test
