// SPDX-License-Identifier: Apache-2.0
// Reading [[pool]] and its arithmetic. A pool whose sizes are wrong is complained about once, at the first of them that
// cannot be; what follows from a wrong number is not said.
// RFC         6888 REQ-1, REQ-4, REQ-8; 4787 REQ-2
#include "config/pools.hpp"

#include <fmt/core.h>

#include "config/behaviour.hpp"
#include "config/minimum.hpp"
#include "config/plan.hpp"
#include "config/tables.hpp"
#include "config/timer_minima.hpp"

namespace cgn::config {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kFirstUnprivilegedPort = 1024;

// The pool (by name) or the earlier part of this one that has some of these addresses.
std::string owner_of(const Prefix& prefix, const Pool& pool, const Config& config) {
  for (const auto& known : pool.addresses) {
    if (known.overlaps(prefix)) return fmt::format("{} of the same pool", to_string(known));
  }
  for (const auto& other : config.pools) {
    for (const auto& known : other.addresses) {
      if (known.overlaps(prefix)) return fmt::format("{} of pool '{}'", to_string(known), other.name);
    }
  }
  return {};
}

void read_addresses(Section& section, Pool& pool, const Config& config) {
  pool.place = section.place("addresses");
  section.texts("addresses", [&](const std::string& text, Place place) {
    const auto prefix = read_prefix(section, "addresses", text, place);
    if (!prefix) return;
    const auto owner = owner_of(*prefix, pool, config);
    if (owner.empty()) {
      pool.addresses.push_back(*prefix);
    } else {
      section.complain(place, fmt::format("{} of pool '{}' overlaps {}", to_string(*prefix), pool.name, owner),
                       "an address belongs to one pool");
    }
  });
  if (!section.has("addresses")) section.missing("addresses", "addresses = [\"203.0.113.0/24\"]");
}

void read_ports(Section& section, Pool& pool) {
  std::string text;
  if (!section.text("ports", text)) return;
  const auto range = parse_port_range(text);
  if (!range) {
    section.complain("ports", fmt::format("'{}' is no range of ports", text), "such as \"1024-65535\"");
  } else if (range->first.value() < kFirstUnprivilegedPort) {
    section.complain("ports", fmt::format("ports {} include ports below {}", text, kFirstUnprivilegedPort),
                     "many servers trust them; \"1024-65535\"");
  } else {
    pool.ports = *range;
  }
}

// true: a block of this size can be cut.
bool read_block_size(Section& section, std::string_view key, unsigned& into, const Pool& pool) {
  unsigned size = into;
  if (section.has(key) && !section.number(key, size, {.least = 1, .most = 65535})) return false;
  if (size > pool.ports.count()) {
    section.complain(key, fmt::format("'{}' of pool '{}' does not fit: {} ports, and an address has {} ({})", key,
                                      pool.name, size, pool.ports.count(), to_string(pool.ports)));
    return false;
  }
  into = size;
  return true;
}

void read_subscribers(Section& section, Pool& pool) {
  unsigned wanted = 0;
  section.number("max_subscribers", wanted, {});
  if (pool.is_deterministic()) {
    pool.max_subscribers = wanted;  // judged when the rules are known (settle_deterministic)
    return;
  }
  if (pool.addresses.empty()) return;
  pool.max_subscribers = default_max_subscribers(pool);
  if (wanted == 0) return;
  const auto addresses = pool.address_count();
  const auto blocks = first_blocks_per_address(wanted, addresses);
  if (blocks * pool.block_size > pool.ports.count()) {
    section.complain(
        "max_subscribers",
        fmt::format(
            "'max_subscribers' of pool '{}' does not fit: {} subscribers on {} addresses are {} first blocks an "
            "address, {} x {} = {} ports, and an address has {}",
            pool.name, wanted, addresses, blocks, blocks, pool.block_size, blocks * pool.block_size,
            pool.ports.count()),
        fmt::format("{} at most with block_size {}", addresses * (pool.ports.count() / pool.block_size),
                    pool.block_size));
    return;
  }
  pool.max_subscribers = wanted;
}

void read_rests(Section& section, Pool& pool, const Timeouts& timeouts) {
  section.duration("block_linger", pool.block_linger);
  const Minimum minimum{
      .least = kLeastHoldDown, .rfc = kHoldDownRfc, .waived = timeouts.below_rfc_minimum, .zero_means_none = true};
  read_above_minimum(section, "block_hold_down", pool.block_hold_down, minimum);
  read_above_minimum(section, "port_hold_down", pool.port_hold_down, minimum);
}

void read_allocation(Section& section, Pool& pool) {
  pool.allocation_place = section.place("allocation");
  section.choice("allocation", pool.allocation,
                 {{"dynamic", Allocation::dynamic}, {"deterministic", Allocation::deterministic}});
}

void read_behaviour(Section& section, Pool& pool, const Nat& nat) {
  section.choice("pooling", pool.pooling, {{"paired", Pooling::paired}, {"arbitrary", Pooling::arbitrary}});
  if (pool.is_deterministic() && pool.pooling == Pooling::arbitrary) {
    section.complain("pooling", fmt::format("'pooling' of deterministic pool '{}' is \"arbitrary\"", pool.name),
                     "\"paired\": further blocks come from the address of the computed one");
  }
  read_protocols(section, pool, nat);
  section.only_word("port_selection", "random");
  section.choice("arp", pool.answer_arp, {{"auto", true}, {"off", false}});
  read_alarm(section, {"alarm_high", "alarm_low"}, pool.alarm_high, pool.alarm_low);
  section.not_yet({"alarm_blocks_used", "parity"});
}

}  // namespace

void read_pool(Section& section, Config& config) {
  Pool pool;
  read_name(section, pool.name);
  if (!section.has("name")) section.missing("name");
  if (!pool.name.empty() && config.find_pool(pool.name) != nullptr) {
    section.complain("name", fmt::format("there are two pools '{}'", pool.name));
  }
  read_addresses(section, pool, config);
  read_allocation(section, pool);
  read_ports(section, pool);
  section.number("max_blocks_per_subscriber", pool.max_blocks_per_subscriber, {.least = 1, .most = 65535});
  const bool first_fits = read_block_size(section, "block_size", pool.block_size, pool);
  pool.extension_block_size = pool.block_size;
  if (section.has("extension_block_size")) {
    read_block_size(section, "extension_block_size", pool.extension_block_size, pool);
  }
  if (first_fits) {
    read_subscribers(section, pool);
  } else {
    unsigned unjudged = 0;
    section.number("max_subscribers", unjudged, {});
  }
  read_rests(section, pool, config.timeouts);
  read_behaviour(section, pool, config.nat);
  config.pools.push_back(std::move(pool));
}

}  // namespace cgn::config
