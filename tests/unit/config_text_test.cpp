// SPDX-License-Identifier: Apache-2.0
// Durations and suggestions, and the effective config as a file.
#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/duration.hpp"
#include "config/parse.hpp"
#include "config/suggest.hpp"

namespace cgn::config {
namespace {

// A file of packaging/, found from where this source was compiled.
std::string shipped(const std::string& name) {
  const auto root = std::filesystem::path{__FILE__}.parent_path().parent_path().parent_path();
  std::ifstream file{root / "packaging" / name};
  REQUIRE(file.good());
  return (std::ostringstream{} << file.rdbuf()).str();
}

}  // namespace

using namespace std::chrono_literals;

TEST_CASE("durations are a whole number and a unit") {
  CHECK(parse_duration("300s") == Duration{300s});
  CHECK(parse_duration("10m") == Duration{10min});
  CHECK(parse_duration("2h") == Duration{2h});
  CHECK(parse_duration("730d") == Duration{730 * 24h});
  CHECK(parse_duration("200ms") == Duration{200ms});
  CHECK(parse_duration("0s") == Duration{0s});
  for (const auto text : {"", "s", "300", "300 s", " 300s", "300s ", "-3s", "+3s", "3.5s", "3S", "3sec", "1h30m",
                          "99999999999999999999s", "36526d", "18446744073709551615ms"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("durations are written as they are read") {
  for (const auto text : {"0s", "200ms", "1s", "119s", "7440s", "4h", "1d", "730d", "1500ms"}) {
    const auto duration = parse_duration(text);
    REQUIRE(duration.has_value());
    CHECK(to_string(*duration) == text);
  }
  CHECK(to_string(10min) == "600s");
  CHECK(to_string(2h) == "7200s");
}

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("pool", "pool") == 0);
  CHECK(edit_distance("pool", "pol") == 1);
  CHECK(edit_distance("pool", "polo") == 1);
  CHECK(edit_distance("pool", "tool") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("only a name that is near enough is suggested") {
  const std::array<std::string_view, 4> known{"addresses", "ports", "udp", "icmp"};
  CHECK(nearest("adresses", known) == "addresses");
  CHECK(nearest("port", known) == "ports");
  CHECK(nearest("upd", known) == "udp");
  CHECK_FALSE(nearest("colour", known).has_value());
  CHECK_FALSE(nearest("x", known).has_value());
  CHECK(did_you_mean("colour", known).empty());
}

TEST_CASE("complaints are sorted by place and print as one line") {
  Complaints complaints{{{9, 2}, "c"}, {{2, 7}, "b", "do"}, {{2, 1}, "a"}, {{9, 2}, "d"}};
  sort(complaints);
  std::string order;
  for (const auto& complaint : complaints) order += complaint.what;
  CHECK(order == "abcd");
  CHECK(to_string(complaints[1], "x.toml") == "x.toml:2:7: b (do)");
  CHECK(to_string(Complaint{{}, "of a default"}, "x.toml") == "x.toml: of a default");
}

TEST_CASE("the shipped files are valid, and say the same when shown") {
  const std::string name = GENERATE("cgn.toml", "lab.toml");
  const auto text = shipped(name);
  const auto parsed = parse(text);
  for (const auto& complaint : parsed.complaints) UNSCOPED_INFO(to_string(complaint, name));
  REQUIRE(parsed.complaints.empty());
  const auto shown = to_toml(parsed.config);
  const auto again = parse(shown);
  INFO(shown);
  for (const auto& complaint : again.complaints) UNSCOPED_INFO(to_string(complaint, "shown"));
  REQUIRE(again.complaints.empty());
  CHECK(to_toml(again.config) == shown);
}

TEST_CASE("the commented defaults of the shipped file are the defaults of the code") {
  std::istringstream file{shipped("cgn.toml")};
  std::string line, uncommented, plain;
  int defaults = 0;
  while (std::getline(file, line)) {
    plain += line + "\n";
    // "# key = value": a default that is shown; "# Sentence" and the rest are prose.
    const bool is_default =
        line.starts_with("# ") && line.find(" = ") != std::string::npos && line.find(' ', 2) == line.find(" = ");
    uncommented += (is_default ? line.substr(2) : line) + "\n";
    if (is_default) ++defaults;
  }
  CHECK(defaults >= 30);
  const auto with_defaults = parse(uncommented);
  for (const auto& complaint : with_defaults.complaints) UNSCOPED_INFO(to_string(complaint, "uncommented"));
  REQUIRE(with_defaults.complaints.empty());
  auto expected = to_toml(parse(plain).config);
  const std::string hidden = "# default: ";
  if (const auto at = expected.find(hidden); at != std::string::npos) expected.erase(at, hidden.size());
  CHECK(to_toml(with_defaults.config) == expected);
}

}  // namespace cgn::config
