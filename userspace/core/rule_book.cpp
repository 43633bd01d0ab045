// SPDX-License-Identifier: Apache-2.0
#include "core/rule_book.hpp"

#include <algorithm>
#include <iterator>

namespace cgn::core {

RuleBook::RuleBook(const config::Config& config) {
  for (const auto& rule : config.rules) {
    const auto pool = std::ranges::find(config.pools, rule.pool, &config::Pool::name);
    if (pool == config.pools.end()) continue;  // parse() refuses such a file
    const auto index = static_cast<std::uint32_t>(std::distance(config.pools.begin(), pool));
    for (const auto& prefix : rule.internal) entries_.push_back({prefix, rule.subscriber_prefix_length, index});
  }
  std::ranges::sort(entries_, {}, &Entry::internal);
}

std::optional<RuleBook::Match> RuleBook::find(Ipv4 internal) const {
  const auto after =
      std::ranges::upper_bound(entries_, internal, {}, [](const Entry& e) { return e.internal.first(); });
  if (after == entries_.begin()) return std::nullopt;
  const auto& entry = *std::prev(after);
  if (!entry.internal.contains(internal)) return std::nullopt;
  return Match{Prefix::of(internal, entry.subscriber_length), entry.pool};
}

}  // namespace cgn::core
