// SPDX-License-Identifier: Apache-2.0
// Reading [[static]], and what it may not collide with.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

// Two prefixes each in the program's table of classes, which has room for 4096.
inline constexpr std::size_t kMostStatics = 512;
// What the log calls their pool; no [[pool]] may have that name.
inline constexpr std::string_view kStaticPool = "static";

void read_static(Section&, Config&);

// Once all pools, rules and statics are known.
void check_statics(const Config&, Complaints&);

}  // namespace cgn::config
