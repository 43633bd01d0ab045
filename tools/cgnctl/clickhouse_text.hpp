// SPDX-License-Identifier: Apache-2.0
// Rows of the record as ClickHouse takes them: INSERT statements into the tables of docs/integrations/clickhouse/schema.sql.
//
// What        PURE. Each statement is one line (clickhouse-client wants it so) and means the same however often it is carried out, because the tables replace a row by its
//             like. A file's own row says what the file covers, and is true only when its other rows are there: it comes last.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "journal/transcript.hpp"

namespace cgn::cgnctl {

class ClickHouseText {
 public:
  explicit ClickHouseText(std::string database) : database_{std::move(database)} {}

  // Of one file; rows about blocks and other rows go into a table each.
  [[nodiscard]] std::vector<std::string> rows(const journal::TranscriptFile&, const std::vector<journal::Row>&) const;
  // `parameters`: the file's records of computed blocks.
  [[nodiscard]] std::string file(const journal::TranscriptFile&, const std::vector<journal::Row>& parameters,
                                 WallTime exported) const;
  // What the store holds of this node's files: file, last_seq, opened_ms, finished.
  [[nodiscard]] std::string question(std::uint32_t node) const;

 private:
  std::string database_;
};

}  // namespace cgn::cgnctl
