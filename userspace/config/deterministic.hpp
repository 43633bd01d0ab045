// SPDX-License-Identifier: Apache-2.0
// Deterministic pools: what their blocks are computed from, and whether that fits.
//
// What        Pool and rules together are the parameters of the algorithm (docs/deterministic.md): the rules' prefixes in the order
//             of the file, the pool's addresses ascending, as the core numbers them.
// Failure     Complaints at the pool's `allocation`.
// RFC         7422
#pragma once

#include "cgn/deterministic.hpp"
#include "config/complaint.hpp"
#include "config/config.hpp"

namespace cgn::config {

[[nodiscard]] DeterministicParameters parameters_of(const Pool&, const Config&);
// Of all deterministic pools, in the order of the file. The config must be valid.
[[nodiscard]] std::vector<DeterministicParameters> parameters_of(const Config&);

// Fills in max_subscribers of deterministic pools, and complains about what does not fit. All rules are known.
void settle_deterministic(Config&, Complaints&);

// "50 subscribers share an address, 1000 ports each; 14512 ports of each address are for overflow", of a valid pool.
[[nodiscard]] std::string ratio_of(const Pool&, const Config&);

}  // namespace cgn::config
