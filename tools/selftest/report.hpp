// SPDX-License-Identifier: Apache-2.0
// The matrix, for people and for programs.
#pragma once

#include <iosfwd>

#include "runner.hpp"

namespace cgn::selftest {

struct Verdict {
  unsigned passed = 0, failed = 0, not_played = 0;
};
[[nodiscard]] Verdict count(const std::vector<Played>&);

void print_table(std::ostream&, const std::vector<Played>&, const Plan&);
void print_json(std::ostream&, const std::vector<Played>&, const Plan&);
void print_list(std::ostream&, const std::vector<Row>&, bool json);

}  // namespace cgn::selftest
