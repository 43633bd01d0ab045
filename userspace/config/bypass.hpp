// SPDX-License-Identifier: Apache-2.0
// Reading a [[rule]] with action "bypass", and what it may not overlap.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

// The kernel's table of ports that bypass rules name has room for so many.
inline constexpr std::size_t kMostBypassPorts = 4096;

void read_bypass(Section&, Config&);

// Once all pools and rules are known.
void check_bypasses(const Config&, Complaints&);

}  // namespace cgn::config
