// SPDX-License-Identifier: Apache-2.0
// Pages: what a human sees.
//
// What        A Page is some labelled lines and perhaps a table. As text it is aligned (libsmartcols); as CSV only the
//             table is printed, or the lines as name,value when there is none. -o chooses and orders columns.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cgn/result.hpp"
#include "cgnctl/session.hpp"

namespace cgn::cgnctl {

struct Column {
  std::string name;
  bool right = false;
};

struct Table {
  std::vector<Column> columns{};
  std::vector<std::vector<std::string>> rows{};
};

struct Page {
  std::vector<std::pair<std::string, std::string>> lines{};  // an empty label continues the line above
  std::optional<Table> table{};
};

// An error names the columns there are.
[[nodiscard]] Result<std::string> render(const Page&, const Options&);

// "16 128", "61 %", "2.9 M": numbers for eyes.
[[nodiscard]] std::string grouped(std::uint64_t);
[[nodiscard]] std::string percent(std::uint64_t part, std::uint64_t whole);
[[nodiscard]] std::string scaled(double);
[[nodiscard]] std::string bytes_text(std::uint64_t);
[[nodiscard]] std::string duration_text(std::uint64_t seconds);  // "41d 03:12", "00:12:09"

}  // namespace cgn::cgnctl
