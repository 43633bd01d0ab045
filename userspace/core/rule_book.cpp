// SPDX-License-Identifier: Apache-2.0
#include "core/rule_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cgn::core {

RuleBook::RuleBook(const config::Config& config) {
  for (const auto& rule : config.rules) {
    const auto pool = std::ranges::find(config.pools, rule.pool, &config::Pool::name);
    if (pool == config.pools.end()) continue;  // parse() refuses such a file
    const auto index = static_cast<std::uint32_t>(std::distance(config.pools.begin(), pool));
    for (const auto& prefix : rule.internal)
      entries_.push_back({rule.realm, prefix, rule.subscriber_prefix_length, index});
  }
  std::ranges::sort(entries_, {}, [](const Entry& e) { return std::pair{e.realm, e.internal}; });
}

std::optional<RuleBook::Match> RuleBook::find(InternalAddress internal) const {
  const auto after =
      std::ranges::upper_bound(entries_, std::pair{internal.realm, internal.address}, {}, [](const Entry& e) {
        return std::pair{e.realm, e.internal.first()};
      });
  if (after == entries_.begin()) return std::nullopt;
  const auto& entry = *std::prev(after);
  if (entry.realm != internal.realm || !entry.internal.contains(internal.address)) return std::nullopt;
  return Match{{Prefix::of(internal.address, entry.subscriber_length), internal.realm}, entry.pool};
}

}  // namespace cgn::core
