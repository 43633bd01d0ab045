// SPDX-License-Identifier: Apache-2.0
// Many rows of numbers, put into one table.
//
// What        One statement for each kAtOnce rows: to start and end a statement costs as much as to insert a row.
// Failure     What add() reports may be about rows that were added before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "journal/database.hpp"

namespace cgn::journal {

template <int kColumns>
class ManyRows {
 public:
  using Values = std::array<std::int64_t, kColumns>;
  ManyRows(const Database& db, std::string table) : db_{db}, table_{std::move(table)} {}

  [[nodiscard]] Result<> add(const Values& values) {
    rows_[waiting_++] = values;
    if (waiting_ < kAtOnce) return {};
    if (!many_) {
      TRY(many, prepare(kAtOnce));
      many_ = std::move(many);
    }
    for (int bound = 0; const auto& row : rows_) {
      for (const auto value : row) many_->bind(++bound, value);
    }
    waiting_ = 0;
    return many_->run();
  }
  // Once, after the last one.
  [[nodiscard]] Result<> finish() {
    TRY(one, prepare(1));
    for (std::size_t i = 0; i < waiting_; ++i) {
      for (int column = 0; const auto value : rows_[i]) one.bind(++column, value);
      TRY_VOID(one.run());
    }
    waiting_ = 0;
    return {};
  }

 private:
  static constexpr std::size_t kAtOnce = 64;
  [[nodiscard]] Result<Statement> prepare(std::size_t rows) const {
    std::string row = "(?";
    for (int column = 1; column < kColumns; ++column) row += ",?";
    std::string sql = "INSERT INTO " + table_ + " VALUES ";
    for (std::size_t i = 0; i < rows; ++i) sql += (i == 0 ? "" : ",") + row + ")";
    return db_.prepare(sql);
  }

  const Database& db_;
  std::string table_;
  std::optional<Statement> many_;
  std::size_t waiting_ = 0;
  std::array<Values, kAtOnce> rows_{};
};

}  // namespace cgn::journal
