// SPDX-License-Identifier: Apache-2.0
// Pages as text and CSV.
#include <catch2/catch.hpp>

#include "cgnctl/render.hpp"

using namespace cgn::cgnctl;

namespace {

Page pools() {
  return {.lines = {{"Node", "cgn-1"}, {"", "more"}},
          .table = Table{.columns = {{"POOL"}, {"USED", true}}, .rows = {{"res-1", "61 %"}, {"business", "5 %"}}}};
}

}  // namespace

TEST_CASE("a page is labelled lines and an aligned table", "[render]") {
  CHECK(render(pools(), {}) ==
        "Node        cgn-1\n"
        "            more\n"
        "POOL     USED\n"
        "res-1    61 %\n"
        "business  5 %\n");
}

TEST_CASE("CSV is the table alone, or the lines when there is no table", "[render]") {
  CHECK(render(pools(), {.format = Format::csv}) == "POOL,USED\nres-1,61 %\nbusiness,5 %\n");
  CHECK(render(pools(), {.format = Format::csv, .headers = false}) == "res-1,61 %\nbusiness,5 %\n");
  CHECK(render({.lines = {{"Node", "cgn-1"}}}, {.format = Format::csv}) == "NAME,VALUE\nNode,cgn-1\n");
}

TEST_CASE("-o chooses and orders columns, in any case", "[render]") {
  CHECK(render(pools(), {.columns = {"used", "POOL"}, .headers = false}) == "61 % res-1\n 5 % business\n");
  const auto wrong = render(pools(), {.columns = {"size"}});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().hint == "columns: POOL,USED");
}

TEST_CASE("numbers for eyes", "[render]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(16128) == "16 128");
  CHECK(grouped(1234567) == "1 234 567");
  CHECK(percent(61, 100) == "61 %");
  CHECK(percent(1, 0) == "-");
  CHECK(scaled(999) == "999.0");
  CHECK(scaled(2'900'000) == "2.9 M");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(duration_text(729) == "00:12:09");
  CHECK(duration_text(41 * 86'400 + 3 * 3'600 + 12 * 60) == "41d 03:12");
}
