// SPDX-License-Identifier: Apache-2.0
// What the record must answer, from the arrays of the generator.
//
// What        Naive on purpose: all loans of the blocks that the question is about, computed from the seed, looked through
//             one by one. Shares no code with the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scale/history.hpp"

namespace cgn::scale {

struct Query {
  unsigned block = 0;
  bool whole_address = false;  // no port
  unsigned port = 0;
  std::int64_t at = 0;
  std::int64_t tolerance = 0;  // ms
};

struct Expected {
  std::string verdict{};
  std::set<std::string> subscribers{};
  friend bool operator==(const Expected&, const Expected&) = default;
};

class Oracle {
 public:
  explicit Oracle(const Shape& shape) : shape_{shape} {}
  [[nodiscard]] Expected answer(const Query&) const;
  // The control: from now on the block's loan that holds at `at` is said to be somebody else's.
  void forge(unsigned block, std::int64_t at) { forged_ = Forged{block, at}; }

 private:
  struct Span {
    std::int64_t from;
    std::int64_t to;
  };
  struct Forged {
    unsigned block;
    std::int64_t at;
  };
  // The days without a loss around an instant; nullopt inside a lost day and outside of all.
  [[nodiscard]] std::optional<Span> covered_around(std::int64_t at) const;
  [[nodiscard]] std::vector<Loan> loans_of(unsigned block) const;
  // The loans that the files of the span tell of, as they tell of them.
  [[nodiscard]] std::vector<Loan> told_in(const Span&, const Query&) const;

  const Shape& shape_;
  std::optional<Forged> forged_{};
};

}  // namespace cgn::scale
