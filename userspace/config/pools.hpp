// SPDX-License-Identifier: Apache-2.0
// Pools and rules: who gets external addresses, and how they are cut.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

// Reads one [[pool]] and appends it. Those before it are known, so that overlaps show at the later one.
void read_pool(Section&, Config&);

// Reads one [[rule]] and appends it. All pools are known.
void read_rule(Section&, Config&);

// What only all pools and rules together can tell.
void check_whole(const Config&, Complaints&);

}  // namespace cgn::config
