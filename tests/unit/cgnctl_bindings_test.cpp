// SPDX-License-Identifier: Apache-2.0
// cgnctl subscriber import: a list is judged whole, before any of it is sent.
#include <catch2/catch.hpp>
#include <sstream>

#include "cgnctl/bindings.hpp"

using namespace cgn;
using namespace cgn::cgnctl;

namespace {

const WallTime kNow{std::chrono::milliseconds{1'795'000'000'000}};

Result<BindingList> read(const std::string& text) {
  std::istringstream in{text};
  return read_bindings(in, kNow);
}

BindingList list(const std::string& text) {
  auto found = read(text);
  REQUIRE(found);
  return std::move(*found);
}

}  // namespace

TEST_CASE("a list names its columns in any order, and only what a line says is sent") {
  const auto all = list(
      "from, id ,subscriber,realm\n"
      "2026-11-20T06:40:00Z,\"C, the first\",100.64.0.7,vrf-7\n"
      ",C-2,100.64.0.0/28,\n");
  CHECK(all.faults.empty());
  REQUIRE(all.lines.size() == 2);
  CHECK(all.lines[0].number == 2);
  CHECK(all.lines[0].request ==
        control::Json{
            {"subscriber", "100.64.0.7"}, {"realm", "vrf-7"}, {"from_ms", 1'795'156'800'000}, {"id", "C, the first"}});
  CHECK(all.lines[1].request == control::Json{{"subscriber", "100.64.0.0/28"}, {"id", "C-2"}});
}

TEST_CASE("a list without a column that it needs is refused, with the columns that there are") {
  for (const auto* text : {"", "subscriber,realm\n100.64.0.7,\n", "100.64.0.7,C-1\n"}) {
    const auto refused = read(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().hint.find("subscriber,id,realm,from") != std::string::npos);
  }
}

TEST_CASE("every fault of a list is told with its line, and empty lines are none") {
  const auto all = list(
      "subscriber,id,from\n"
      "100.64.0.7,C-1,\n"
      "\n"
      "100.64.0,C-2,\n"
      "100.64.0.9,,\n"
      "100.64.0.10,C\t4,\n"
      "100.64.0.11," +
      std::string(65, 'x') +
      ",\n"
      "100.64.0.12,C-6,yesterday-ish\n"
      "100.64.0.13\n");
  CHECK(all.lines.size() == 1);
  std::vector<std::size_t> lines;
  for (const auto& fault : all.faults) lines.push_back(fault.number);
  CHECK(lines == std::vector<std::size_t>{4, 5, 6, 7, 8, 9});
  CHECK(all.faults[0].error.what.find("no internal address") != std::string::npos);
  CHECK(all.faults[1].error.what == "there is no id");
  CHECK(all.faults[2].error.what.find("character 2") != std::string::npos);
  CHECK(all.faults[3].error.what.find("65 characters") != std::string::npos);
}

TEST_CASE("a subscriber has one line, however it is written, and each realm has subscribers of its own") {
  const auto all = list(
      "subscriber,id,realm\n"
      "100.64.0.7,C-1,\n"
      "100.64.0.7/32,C-2,\n"
      "100.64.0.7,C-3,vrf-7\n"
      "100.64.0.0/28,C-4,\n"
      "100.64.0.5/28,C-5,\n");
  CHECK(all.lines.size() == 3);
  REQUIRE(all.faults.size() == 2);
  CHECK(all.faults[0].number == 3);
  CHECK(all.faults[0].error.what.find("line 2 already") != std::string::npos);
  CHECK(all.faults[1].number == 6);
}
