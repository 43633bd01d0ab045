// SPDX-License-Identifier: Apache-2.0
// Pages: text and CSV.
#include "cgnctl/render.hpp"

#include <fmt/format.h>
#include <libsmartcols/libsmartcols.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "cgnctl/csv.hpp"

namespace cgn::cgnctl {

namespace {

constexpr std::size_t kLabelWidth = 12;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return text;
}

Result<Table> choose_columns(const Table& table, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return table;
  std::string known;
  for (const auto& column : table.columns) known += (known.empty() ? "" : ",") + column.name;
  Table chosen;
  std::vector<std::size_t> places;
  for (const auto& name : wanted) {
    const auto found =
        std::ranges::find(table.columns, upper(name), [](const Column& column) { return upper(column.name); });
    if (found == table.columns.end()) return fail("there is no column " + name, "columns: " + known);
    places.push_back(static_cast<std::size_t>(found - table.columns.begin()));
    chosen.columns.push_back(*found);
  }
  for (const auto& row : table.rows) {
    auto& cut = chosen.rows.emplace_back();
    for (const auto place : places) cut.push_back(row.at(place));
  }
  return chosen;
}

std::string table_csv(const Table& table, bool headers) {
  std::string text;
  if (headers) {
    CsvRecord names;
    for (const auto& column : table.columns) names.push_back(column.name);
    text += to_csv(names);
  }
  for (const auto& row : table.rows) text += to_csv(row);
  return text;
}

std::string table_text(const Table& table, bool headers) {
  if (table.rows.empty()) return {};
  struct Unref {
    void operator()(libscols_table* t) const { scols_unref_table(t); }
  };
  const std::unique_ptr<libscols_table, Unref> lines{scols_new_table()};
  if (!lines) return {};
  scols_table_enable_noheadings(lines.get(), headers ? 0 : 1);
  for (const auto& column : table.columns) {
    scols_table_new_column(lines.get(), column.name.c_str(), 0, column.right ? SCOLS_FL_RIGHT : 0);
  }
  for (const auto& row : table.rows) {
    auto* line = scols_table_new_line(lines.get(), nullptr);
    for (std::size_t i = 0; i < row.size(); ++i) scols_line_set_data(line, i, row[i].c_str());
  }
  char* printed = nullptr;
  if (scols_print_table_to_string(lines.get(), &printed) != 0 || printed == nullptr) return {};
  const std::unique_ptr<char, decltype(&std::free)> owned{printed, &std::free};
  return std::string{printed} + "\n";
}

std::string lines_text(const Page& page) {
  std::string text;
  for (const auto& [label, value] : page.lines) text += fmt::format("{:<{}}{}\n", label, kLabelWidth, value);
  return text;
}

std::string lines_csv(const Page& page, bool headers) {
  std::string text = headers ? to_csv({"NAME", "VALUE"}) : "";
  for (const auto& [label, value] : page.lines) text += to_csv({label, value});
  return text;
}

}  // namespace

Result<std::string> render(const Page& page, const Options& options) {
  const bool csv = options.format == Format::csv;
  if (!page.table) {
    if (!options.columns.empty()) return fail("there are no columns to choose here");
    return csv ? lines_csv(page, options.headers) : lines_text(page);
  }
  TRY(table, choose_columns(*page.table, options.columns));
  if (csv) return table_csv(table, options.headers);
  // Columns that were asked for are for a script: the lines above would be in its way.
  const std::string above = options.columns.empty() ? lines_text(page) : "";
  return above + table_text(table, options.headers);
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, " ");
  return text;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string scaled(double value) {
  constexpr std::array kUnits{"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f}{}", value, kUnits[unit]);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string duration_text(std::uint64_t seconds) {
  const auto days = seconds / 86'400;
  const auto hours = seconds / 3'600 % 24;
  const auto minutes = seconds / 60 % 60;
  if (days > 0) return fmt::format("{}d {:02}:{:02}", days, hours, minutes);
  return fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds % 60);
}

}  // namespace cgn::cgnctl
