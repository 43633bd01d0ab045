// SPDX-License-Identifier: Apache-2.0
// Complaints in order and as text.
#include "config/complaint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace cgn::config {

void sort(Complaints& complaints) {
  std::stable_sort(complaints.begin(), complaints.end(), [](const Complaint& a, const Complaint& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
}

std::string to_string(const Complaint& complaint, std::string_view file) {
  std::string text{file};
  if (complaint.place.line != 0) text += fmt::format(":{}:{}", complaint.place.line, complaint.place.column);
  text += ": " + complaint.what;
  if (!complaint.hint.empty()) text += " (" + complaint.hint + ")";
  return text;
}

}  // namespace cgn::config
