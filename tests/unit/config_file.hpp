// SPDX-License-Identifier: Apache-2.0
// The least file that is a valid config, with what a test has to say in the place where it belongs.
//
// What        The lines of `pool` begin at line 10, those of `rule` follow, and those of `more`, which may begin tables of
//             their own, come last: at line 15, if the others are one line each or none.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace cgn::config::test {

struct Lines {
  std::string_view pool = "";
  std::string_view rule = "";
  std::string_view more = "";
  std::string_view addresses = "203.0.113.0/24";
};

inline std::string minimal_file(const Lines& lines = {}) {
  return fmt::format(R"(schema = 1
[interfaces]
internal = ["int0"]
external = ["ext0"]
[log]
retention = "730d"
[[pool]]
name = "res"
addresses = ["{}"]
{}
[[rule]]
internal = ["100.64.0.0/16"]
pool = "res"
{}
{})",
                     lines.addresses, lines.pool, lines.rule, lines.more);
}

// The same with tables of the test's own behind it, whose first line is the fourteenth.
inline std::string file_with(std::string_view tables) {
  return minimal_file({.pool = "ports = \"1024-65535\"", .rule = tables, .addresses = "203.0.113.0/25"});
}

}  // namespace cgn::config::test
