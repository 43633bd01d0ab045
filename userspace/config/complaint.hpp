// SPDX-License-Identifier: Apache-2.0
// What is wrong with a config file, and where.
//
// What        A complaint names line and column, what is wrong, and what would be right. They are collected, never
//             thrown: a file is read to its end, so that its writer learns everything at once.
// Failure     None.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace cgn::config {

struct Complaint {
  Place place;
  std::string what;    // "unknown key 'adresses' in [[pool]]"
  std::string hint{};  // "did you mean 'addresses'?"
  friend bool operator==(const Complaint&, const Complaint&) = default;
};

using Complaints = std::vector<Complaint>;

// By line and column; those of one place keep their order.
void sort(Complaints&);

// "FILE:LINE:COLUMN: what (hint)", one line, no newline.
[[nodiscard]] std::string to_string(const Complaint&, std::string_view file);

}  // namespace cgn::config
