// SPDX-License-Identifier: Apache-2.0
// Deterministic blocks: the published algorithm, forward and reverse.
#include "cgn/deterministic.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <tuple>

namespace cgn {
namespace {

std::uint64_t subscribers_of(const InternalEntry& entry) {
  return std::uint64_t{1} << (entry.subscriber_length - entry.prefix.length());
}

Prefix subscriber_at(const InternalEntry& entry, std::uint64_t number) {
  const auto offset = static_cast<std::uint32_t>(number << (32 - entry.subscriber_length));
  return Prefix::of(Ipv4::from_host(entry.prefix.first().host() + offset), entry.subscriber_length);
}

// Which entry of a list holds this number.
std::size_t entry_of(const std::vector<std::uint64_t>& begins, std::uint64_t number) {
  return static_cast<std::size_t>(std::ranges::upper_bound(begins, number) - begins.begin()) - 1;
}

}  // namespace

std::uint64_t DeterministicParameters::subscribers() const {
  return std::accumulate(internal.begin(), internal.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const InternalEntry& e) { return sum + subscribers_of(e); });
}

std::uint64_t DeterministicParameters::addresses() const {
  return std::accumulate(external.begin(), external.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Prefix& p) { return sum + p.size(); });
}

std::uint64_t DeterministicParameters::ratio() const {
  const auto e = addresses();
  return e == 0 ? 0 : (max_subscribers + e - 1) / e;
}

bool DeterministicParameters::fit() const {
  const auto s = subscribers();
  return s > 0 && s <= max_subscribers && addresses() > 0 && block_size > 0 && ratio() * block_size <= ports.count();
}

DeterministicPlan::DeterministicPlan(DeterministicParameters parameters)
    : parameters_{std::move(parameters)},
      subscribers_{parameters_.subscribers()},
      addresses_{parameters_.addresses()},
      ratio_{parameters_.ratio()} {
  assert(parameters_.fit());
  std::uint64_t begin = 0;
  for (const auto& entry : parameters_.internal) {
    by_prefix_.push_back(internal_begins_.size());
    internal_begins_.push_back(begin);
    begin += subscribers_of(entry);
  }
  begin = 0;
  for (const auto& prefix : parameters_.external) {
    by_address_.push_back(external_begins_.size());
    external_begins_.push_back(begin);
    begin += prefix.size();
  }
  std::ranges::sort(by_prefix_, {}, [this](std::size_t i) {
    const auto& entry = parameters_.internal[i];
    return std::tie(entry.realm, entry.prefix);
  });
  std::ranges::sort(by_address_, {}, [this](std::size_t i) { return parameters_.external[i]; });
}

Ipv4 DeterministicPlan::address(std::uint64_t number) const {
  const auto entry = entry_of(external_begins_, number);
  const auto offset = static_cast<std::uint32_t>(number - external_begins_[entry]);
  return Ipv4::from_host(parameters_.external[entry].first().host() + offset);
}

std::optional<std::uint64_t> DeterministicPlan::address_number(Ipv4 external) const {
  const auto after = std::ranges::upper_bound(by_address_, external, {},
                                              [this](std::size_t i) { return parameters_.external[i].first(); });
  if (after == by_address_.begin()) return std::nullopt;
  const auto entry = *std::prev(after);
  const auto& prefix = parameters_.external[entry];
  if (!prefix.contains(external)) return std::nullopt;
  return external_begins_[entry] + (external.host() - prefix.first().host());
}

ComputedBlock DeterministicPlan::block(std::uint64_t n) const {
  assert(n < subscribers_);
  const auto entry = entry_of(internal_begins_, n);
  const auto& internal = parameters_.internal[entry];
  const auto first = parameters_.ports.first.value() + n / addresses_ * parameters_.block_size;
  return {.realm = internal.realm,
          .subscriber = subscriber_at(internal, n - internal_begins_[entry]),
          .external = address(n % addresses_),
          .ports = {Port{static_cast<std::uint16_t>(first)},
                    Port{static_cast<std::uint16_t>(first + parameters_.block_size - 1)}}};
}

std::optional<ComputedBlock> DeterministicPlan::forward(std::string_view realm, Ipv4 internal) const {
  const auto after = std::ranges::upper_bound(by_prefix_, std::tuple{realm, internal}, {}, [this](std::size_t i) {
    const auto& entry = parameters_.internal[i];
    return std::tuple{std::string_view{entry.realm}, entry.prefix.first()};
  });
  if (after == by_prefix_.begin()) return std::nullopt;
  const auto index = *std::prev(after);
  const auto& entry = parameters_.internal[index];
  if (entry.realm != realm || !entry.prefix.contains(internal)) return std::nullopt;
  const auto offset = internal.host() - entry.prefix.first().host();
  return block(first_number(index) + (std::uint64_t{offset} >> (32 - entry.subscriber_length)));
}

DeterministicPlan::Holder DeterministicPlan::reverse(Endpoint external) const {
  const auto e = address_number(external.address);
  if (!e || !parameters_.ports.contains(external.port)) return {};
  const auto b = (external.port.value() - parameters_.ports.first.value()) / parameters_.block_size;
  if (b >= ratio_) return {.kind = Kind::overflow};
  const auto n = b * addresses_ + *e;
  if (n >= subscribers_) return {};
  return {.kind = Kind::computed, .block = block(n)};
}

std::vector<ComputedBlock> DeterministicPlan::overlapping(Ipv4 external, PortRange range) const {
  std::vector<ComputedBlock> found;
  const auto e = address_number(external);
  if (!e || !parameters_.ports.overlaps(range)) return found;
  const unsigned begin = parameters_.ports.first.value();
  const auto first = std::max(range.first, parameters_.ports.first).value();
  const auto last = std::min(range.last, parameters_.ports.last).value();
  for (std::uint64_t b = (first - begin) / parameters_.block_size; b < ratio_; ++b) {
    const auto n = b * addresses_ + *e;
    if (n >= subscribers_ || begin + b * parameters_.block_size > last) break;
    found.push_back(block(n));
  }
  return found;
}

std::vector<ComputedBlock> DeterministicPlan::within(const Prefix& internal,
                                                     const std::optional<std::string>& realm) const {
  std::vector<ComputedBlock> found;
  for (std::size_t i = 0; i < parameters_.internal.size(); ++i) {
    const auto& entry = parameters_.internal[i];
    if ((realm && entry.realm != *realm) || !entry.prefix.overlaps(internal)) continue;
    const auto both = entry.prefix.contains(internal) ? internal : entry.prefix;
    const auto offset = [&](Ipv4 a) {
      return std::uint64_t{a.host() - entry.prefix.first().host()} >> (32 - entry.subscriber_length);
    };
    for (auto n = offset(both.first()); n <= offset(both.last()); ++n) found.push_back(block(first_number(i) + n));
  }
  return found;
}

bool belongs_to_another(const DeterministicPlan& plan, Ipv4 external, PortRange range,
                        const std::optional<ComputedBlock>& holder) {
  const auto all = plan.overlapping(external, range);
  return std::ranges::any_of(all, [&](const ComputedBlock& one) {
    return !holder || one.subscriber != holder->subscriber || one.realm != holder->realm;
  });
}

}  // namespace cgn
