// SPDX-License-Identifier: Apache-2.0
// The arithmetic of blocks.
#include "config/plan.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace cgn::config {

std::uint64_t first_blocks_per_address(std::uint64_t max_subscribers, std::uint64_t addresses) {
  return addresses == 0 ? 0 : (max_subscribers + addresses - 1) / addresses;
}

unsigned default_max_subscribers(const Pool& pool) {
  const unsigned ports = pool.ports.count();
  const unsigned share = pool.max_blocks_per_subscriber > 1 ? ports / 2 : ports;
  const std::uint64_t most = pool.address_count() * std::max(1u, share / pool.block_size);
  return static_cast<unsigned>(std::min<std::uint64_t>(most, std::numeric_limits<unsigned>::max()));
}

BlockPlan plan_blocks(const Pool& pool) {
  const auto first = first_blocks_per_address(pool.max_subscribers, pool.address_count());
  const std::uint64_t ports = pool.ports.count();
  assert(first * pool.block_size <= ports);
  const auto rest = ports - std::min(ports, first * pool.block_size);
  return {.first_blocks_per_address = static_cast<unsigned>(first),
          .extension_blocks_per_address = static_cast<unsigned>(rest / pool.extension_block_size),
          .odd_ports_per_address = static_cast<unsigned>(rest % pool.extension_block_size)};
}

}  // namespace cgn::config
