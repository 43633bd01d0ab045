// SPDX-License-Identifier: Apache-2.0
// Comma-separated values.
#include <catch2/catch.hpp>

#include <sstream>

#include "cgnctl/csv.hpp"

using namespace cgn::cgnctl;

namespace {

std::vector<CsvRecord> read_all(const std::string& text, char separator = ',') {
  std::istringstream in{text};
  std::vector<CsvRecord> records;
  while (auto record = read_record(in, separator)) records.push_back(std::move(*record));
  return records;
}

}  // namespace

TEST_CASE("records are read with quotes, doubled quotes and line ends inside", "[csv]") {
  CHECK(read_all("a,b\nc,d\n") == std::vector<CsvRecord>{{"a", "b"}, {"c", "d"}});
  CHECK(read_all("a,b\r\nc,d") == std::vector<CsvRecord>{{"a", "b"}, {"c", "d"}});
  CHECK(read_all("\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\n") ==
        std::vector<CsvRecord>{{"a,b", "say \"no\"", "two\nlines"}});
  CHECK(read_all("a,,\n") == std::vector<CsvRecord>{{"a", "", ""}});
  CHECK(read_all("a;b,c\n", ';') == std::vector<CsvRecord>{{"a", "b,c"}});
  CHECK(read_all("\"open") == std::vector<CsvRecord>{{"open"}});
  CHECK(read_all("").empty());
}

TEST_CASE("what is written is read back", "[csv]") {
  const CsvRecord record{"plain", "", "a,b", "a;b", "say \"no\"", "two\nlines", "end\r"};
  CHECK(read_all(to_csv(record)) == std::vector<CsvRecord>{record});
}
