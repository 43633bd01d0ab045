// SPDX-License-Identifier: Apache-2.0
// Many rows of numbers, put into one table.
//
// What        One statement for each kAtOnce rows: to start and end a statement costs as much as to insert a row.
// Failure     What add() reports may be about rows that were added before.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "journal/database.hpp"

namespace cgn::journal {

template <int kColumns>
class ManyRows {
 public:
  using Values = std::array<std::int64_t, kColumns>;
  ManyRows(const Database& db, std::string table) : db_{db}, table_{std::move(table)} {}

  [[nodiscard]] Result<> add(const Values& values) {
    if (waiting_ == 0 && !many_ready_) TRY_VOID(prepare(many_, kAtOnce, many_ready_));
    for (const auto value : values) many_.bind(++bound_, value);
    rows_[waiting_++] = values;
    if (waiting_ < kAtOnce) return {};
    waiting_ = bound_ = 0;
    return many_.run();
  }
  // Once, after the last one.
  [[nodiscard]] Result<> finish() {
    Statement one;
    bool ready = false;
    TRY_VOID(prepare(one, 1, ready));
    for (std::size_t i = 0; i < waiting_; ++i) {
      for (int column = 0; column < kColumns; ++column)
        one.bind(column + 1, rows_[i][static_cast<std::size_t>(column)]);
      TRY_VOID(one.run());
    }
    waiting_ = 0;
    return {};
  }

 private:
  static constexpr std::size_t kAtOnce = 64;
  [[nodiscard]] Result<> prepare(Statement& into, std::size_t rows, bool& ready) const {
    std::string row = "(?";
    for (int column = 1; column < kColumns; ++column) row += ",?";
    std::string sql = "INSERT INTO " + table_ + " VALUES ";
    for (std::size_t i = 0; i < rows; ++i) sql += (i == 0 ? "" : ",") + row + ")";
    TRY(statement, db_.prepare(sql));
    into = std::move(statement);
    ready = true;
    return {};
  }

  const Database& db_;
  std::string table_;
  Statement many_;
  bool many_ready_ = false;
  int bound_ = 0;
  std::size_t waiting_ = 0;
  std::array<Values, kAtOnce> rows_{};
};

}  // namespace cgn::journal
