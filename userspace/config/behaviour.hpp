// SPDX-License-Identifier: Apache-2.0
// Reading mapping, filtering and refresh: of [nat] for all pools, of [pool.udp] and its like for one protocol of one pool.
#pragma once

#include <string_view>

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

void read_defaults(Section& nat_section, Nat&);
void read_protocols(Section& pool_section, Pool&, const Nat&);

// As the file says it.
[[nodiscard]] std::string_view word(Mapping);
[[nodiscard]] std::string_view word(Filtering);
[[nodiscard]] std::string_view word(Refresh);

}  // namespace cgn::config
