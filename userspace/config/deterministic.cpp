// SPDX-License-Identifier: Apache-2.0
// Deterministic pools: what their blocks are computed from, and whether that fits.
#include "config/deterministic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace cgn::config {
namespace {

// What is wrong with the numbers of one pool, the first thing only: the others follow from it.
std::optional<Complaint> misfit_of(const Pool& pool, const DeterministicParameters& p, const Limits& limits) {
  const auto at = pool.allocation_place;
  const auto subscribers = p.subscribers();
  if (p.internal.empty()) {
    return Complaint{
        at, fmt::format("no [[rule]] names deterministic pool '{}': there is nothing to compute from", pool.name),
        "internal = [..] and pool = \"" + pool.name + "\" in a [[rule]]"};
  }
  if (p.max_subscribers < subscribers) {
    return Complaint{
        at,
        fmt::format("the rules of deterministic pool '{}' have {} subscribers, and 'max_subscribers' is {}", pool.name,
                    subscribers, pool.max_subscribers),
        "leave it away, or leave room for growth"};
  }
  if (subscribers > limits.subscribers) {
    return Complaint{
        at,
        fmt::format("deterministic pool '{}' promises {} subscribers a block, and 'subscribers' in [limits] "
                    "is {}",
                    pool.name, subscribers, limits.subscribers),
        fmt::format("[limits] subscribers = {}", subscribers)};
  }
  if (p.addresses() == 0 || p.fit()) return std::nullopt;
  const auto per_address = p.ratio();
  const auto ports = p.ports.count();
  const auto most = ports / p.block_size;
  const auto smaller = per_address <= ports ? fmt::format("block_size {} at most, or ", ports / per_address) : "";
  return Complaint{
      at,
      fmt::format("deterministic pool '{}' does not fit: {} subscribers on {} addresses are {}:1, {} x {} = {} ports, "
                  "and an address has {}",
                  pool.name, p.max_subscribers, p.addresses(), per_address, per_address, p.block_size,
                  per_address * p.block_size, ports),
      fmt::format("{}{} addresses at least", smaller, (p.max_subscribers + most - 1) / most)};
}

}  // namespace

DeterministicParameters parameters_of(const Pool& pool, const Config& config) {
  DeterministicParameters parameters{.pool = pool.name,
                                     .external = pool.addresses,
                                     .ports = pool.ports,
                                     .block_size = pool.block_size,
                                     .max_subscribers = pool.max_subscribers};
  std::ranges::sort(parameters.external);
  for (const auto& rule : config.rules) {
    if (rule.pool != pool.name) continue;
    for (const auto& prefix : rule.internal) {
      parameters.internal.push_back({log_name(config.realms, rule.realm), prefix, rule.subscriber_prefix_length});
    }
  }
  return parameters;
}

std::vector<DeterministicParameters> parameters_of(const Config& config) {
  std::vector<DeterministicParameters> all;
  for (const auto& pool : config.pools) {
    if (pool.is_deterministic()) all.push_back(parameters_of(pool, config));
  }
  return all;
}

void settle_deterministic(Config& config, Complaints& complaints) {
  for (auto& pool : config.pools) {
    if (!pool.is_deterministic()) continue;
    auto parameters = parameters_of(pool, config);
    const bool crooked = std::ranges::any_of(
        parameters.internal, [](const InternalEntry& e) { return e.prefix.length() > e.subscriber_length; });
    if (crooked) continue;  // complained about at the rule
    if (pool.max_subscribers == 0) {
      constexpr std::uint64_t kMost = std::numeric_limits<unsigned>::max();
      pool.max_subscribers = static_cast<unsigned>(std::min(parameters.subscribers(), kMost));
      parameters.max_subscribers = pool.max_subscribers;
    }
    if (auto misfit = misfit_of(pool, parameters, config.limits)) complaints.push_back(std::move(*misfit));
  }
}

std::string ratio_of(const Pool& pool, const Config& config) {
  const auto p = parameters_of(pool, config);
  const auto computed = p.ratio() * p.block_size;
  return fmt::format(
      "{}  {} subscribers on {} addresses, {}:1, {} computed ports each; {} ports of each address overflow", pool.name,
      p.subscribers(), p.addresses(), p.ratio(), p.block_size, p.ports.count() - computed);
}

}  // namespace cgn::config
