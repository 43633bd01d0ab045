// SPDX-License-Identifier: Apache-2.0
// A duration that an RFC bounds from below.
#pragma once

#include <string_view>

#include "config/section.hpp"

namespace cgn::config {

struct Minimum {
  Duration least{};
  std::string_view rfc;          // "RFC 4787 REQ-5"
  bool waived = false;           // below_rfc_minimum = true
  bool zero_means_none = false;  // a rest of zero is no rest; a timer of zero is nonsense
};

// The key's value, unless it is below the minimum and that was not asked for.
void read_above_minimum(Section&, std::string_view key, Duration& into, const Minimum&);

}  // namespace cgn::config
