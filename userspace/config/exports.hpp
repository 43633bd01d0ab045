// SPDX-License-Identifier: Apache-2.0
// Reading [[export]]: collectors that get a copy of the legal record.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

// A thread and a connection each.
inline constexpr std::size_t kMostExports = 16;

void read_export(Section&, Config&);

}  // namespace cgn::config
