// SPDX-License-Identifier: Apache-2.0
#include "fragments/identifications.hpp"

#include "fragments/seeded_hash.hpp"

namespace cgn::fragments {
namespace {

constexpr std::size_t kCounters = 65536;

}  // namespace

Identifications::Identifications(std::uint64_t seed) : seed_{spread(seed)}, counters_(kCounters) {
  for (std::size_t i = 0; i < kCounters; ++i) {
    counters_[i] = static_cast<std::uint16_t>(seeded_hash(~seed_, i, 0));
  }
}

std::uint16_t Identifications::next(Ipv4 source, Ipv4 destination, Proto proto) {
  const auto ends = std::uint64_t{source.host()} << 32 | destination.host();
  return counters_[seeded_hash(seed_, ends, static_cast<std::uint64_t>(proto)) % kCounters]++;
}

}  // namespace cgn::fragments
