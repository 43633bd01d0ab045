// SPDX-License-Identifier: Apache-2.0
// How a pool's addresses are cut into blocks (decision 0010), shared by the checks, the core and `cgnctl config check`.
//
// What        Every address of a pool is cut alike. Its ports begin with the first blocks, one for each subscriber that
//             the address is planned for, so that an extension can never take what was guaranteed; the rest is cut to
//             extensions, and what remains of that is one smaller extension:
//
//             1024                                                                                     65535
//             | first | first | ... (ceil(max_subscribers / addresses)) | ext | ext | ... | ext | odd |
//
// RFC         6888 REQ-4 (limits per subscriber)
#pragma once

#include <cstdint>

#include "config/config.hpp"

namespace cgn::config {

struct BlockPlan {
  unsigned first_blocks_per_address = 0;
  unsigned extension_blocks_per_address = 0;  // of extension_block_size
  unsigned odd_ports_per_address = 0;         // one smaller extension block, 0 = none
  friend bool operator==(const BlockPlan&, const BlockPlan&) = default;
};

// The pool must have passed its checks: the first blocks fit.
[[nodiscard]] BlockPlan plan_blocks(const Pool&);

// First blocks that each address must hold for this many subscribers.
[[nodiscard]] std::uint64_t first_blocks_per_address(std::uint64_t max_subscribers, std::uint64_t addresses);

// max_subscribers where the file has none: half the ports of an address for first blocks when subscribers may hold more
// than one, all of them otherwise; one an address at least.
[[nodiscard]] unsigned default_max_subscribers(const Pool&);

}  // namespace cgn::config
