// SPDX-License-Identifier: Apache-2.0
// Comma-separated values.
#include "cgnctl/csv.hpp"

#include <istream>

namespace cgn::cgnctl {

namespace {

// A field that stands in quotes; the opening one is read already.
void read_quoted(std::istream& in, std::string& field) {
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c != '"') {
      field += static_cast<char>(c);
    } else if (in.peek() == '"') {
      field += static_cast<char>(in.get());
    } else {
      return;
    }
  }
}

}  // namespace

std::optional<CsvRecord> read_record(std::istream& in, char separator) {
  if (in.peek() == std::istream::traits_type::eof()) return std::nullopt;
  CsvRecord record(1);
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    auto& field = record.back();
    if (c == '\n') break;
    if (c == '"' && field.empty()) {
      read_quoted(in, field);
    } else if (c == separator) {
      record.emplace_back();
    } else if (c != '\r' || in.peek() != '\n') {
      field += static_cast<char>(c);
    }
  }
  return record;
}

std::string to_csv(const CsvRecord& record) {
  std::string line;
  for (const auto& field : record) {
    if (&field != &record.front()) line += ',';
    if (field.find_first_of(",;\"\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2u : 1u, c);
    line += '"';
  }
  return line + "\n";
}

}  // namespace cgn::cgnctl
