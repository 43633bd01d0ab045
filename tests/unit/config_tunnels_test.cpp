// SPDX-License-Identifier: Apache-2.0
// Which protocols without ports are translated.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "unit/config_file.hpp"

using namespace cgn;
using namespace cgn::config;

namespace {

Parsed with(const std::string& line) {
  const auto more = "[nat]\n" + line;
  return parse(test::minimal_file({.more = more}));
}

}  // namespace

TEST_CASE("tunnels are ESP and GRE unless the file says which, and none if it names none") {
  const auto wanted = [](const std::string& line) {
    const auto parsed = with(line);
    REQUIRE(parsed.complaints.empty());
    return std::pair{parsed.config.nat.esp, parsed.config.nat.gre};
  };
  CHECK(wanted("") == std::pair{true, true});
  CHECK(wanted(R"(tunnels = ["esp", "gre"])") == std::pair{true, true});
  CHECK(wanted(R"(tunnels = ["esp"])") == std::pair{true, false});
  CHECK(wanted(R"(tunnels = ["gre"])") == std::pair{false, true});
  CHECK(wanted("tunnels = []") == std::pair{false, false});
}

TEST_CASE("what is no tunnel is refused by name") {
  const auto parsed = with(R"(tunnels = ["esp", "ah"])");
  REQUIRE(parsed.complaints.size() == 1);
  const auto said = to_string(parsed.complaints.front(), "cgn.toml");
  CHECK_THAT(said, Catch::Matchers::Contains("'ah' in 'tunnels' is no tunnel that can be translated"));
  CHECK_THAT(said, Catch::Matchers::Contains("of: esp, gre"));
}
