// SPDX-License-Identifier: Apache-2.0
#include "core/pool.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "config/parse.hpp"

namespace cgn::core {
namespace {

// Addresses that are looked at for a certain block before it is given up: a bound for what one packet may cost.
constexpr unsigned kLooks = 16;

// Takes out one element at random; the order of the rest does not matter. nullopt: there is none.
std::optional<std::uint16_t> draw(std::vector<std::uint16_t>& from, Random& random) {
  if (from.empty()) return std::nullopt;
  const auto at = random.below(static_cast<std::uint32_t>(from.size()));
  const auto drawn = from[at];
  from[at] = from.back();
  from.pop_back();
  return drawn;
}

bool remove(std::vector<std::uint16_t>& from, std::uint32_t number) {
  const auto found = std::ranges::find(from, number);
  if (found == from.end()) return false;
  *found = from.back();
  from.pop_back();
  return true;
}

}  // namespace

Pool::Pool(const config::Pool& policy)
    : policy_{policy}, first_open_{policy.address_count()}, extension_open_{policy.address_count()} {
  const auto plan = config::plan_blocks(policy);
  first_ = plan.first_blocks_per_address;
  whole_ = first_ + plan.extension_blocks_per_address;
  blocks_ = whole_ + (plan.odd_ports_per_address > 0 ? 1 : 0);
  extensions_begin_ = policy.ports.first.value() + first_ * policy.block_size;
  auto prefixes = policy.addresses;
  std::ranges::sort(prefixes);
  addresses_.reserve(policy.address_count());
  for (const auto& prefix : prefixes) {
    for (std::uint64_t i = 0; i < prefix.size(); ++i) {
      auto& address = addresses_.emplace_back();
      address.value = Ipv4::from_host(prefix.first().host() + static_cast<std::uint32_t>(i));
      cut(address);
    }
  }
  for (std::uint32_t i = 0; i < addresses_.size(); ++i) note(i);
  max_subscribers_ = policy.max_subscribers > 0 ? policy.max_subscribers : first_blocks();
}

void Pool::follow(const config::Pool& next) {
  policy_.max_blocks_per_subscriber = next.max_blocks_per_subscriber;
  policy_.block_linger = next.block_linger;
  policy_.block_hold_down = next.block_hold_down;
  policy_.port_hold_down = next.port_hold_down;
  policy_.alarm_high = next.alarm_high;
  policy_.alarm_low = next.alarm_low;
}

void Pool::cut(Address& address) const {
  for (std::uint32_t i = 0; i < first_; ++i) address.free_first.push_back(static_cast<std::uint16_t>(i));
  for (auto i = first_; i < whole_; ++i) address.free_extensions.push_back(static_cast<std::uint16_t>(i));
  address.odd_free = blocks_ > whole_;
}

PortRange Pool::ports(Spot s) const {
  assert(s.number < blocks_);
  const unsigned size = is_first(s) ? policy_.block_size : policy_.extension_block_size;
  const unsigned begin =
      is_first(s) ? policy_.ports.first.value() + s.number * size : extensions_begin_ + (s.number - first_) * size;
  const unsigned end = s.number < whole_ ? begin + size - 1 : policy_.ports.last.value();
  return {Port{static_cast<std::uint16_t>(begin)}, Port{static_cast<std::uint16_t>(end)}};
}

std::uint32_t Pool::number_at(unsigned port) const {
  if (port < extensions_begin_) return (port - policy_.ports.first.value()) / policy_.block_size;
  return std::min(first_ + (port - extensions_begin_) / policy_.extension_block_size, blocks_ - 1);
}

void Pool::Open::set(std::uint32_t address, bool open) {
  auto& place = places_[address];
  if (open == (place != kClosed)) return;
  if (open) {
    place = static_cast<std::uint32_t>(members_.size());
    members_.push_back(address);
    return;
  }
  members_[place] = members_.back();
  places_[members_[place]] = place;
  members_.pop_back();
  place = kClosed;
}

std::optional<std::uint32_t> Pool::Open::draw(Random& random) const {
  if (members_.empty()) return std::nullopt;
  return members_[random.below(static_cast<std::uint32_t>(members_.size()))];
}

void Pool::note(std::uint32_t address) {
  const auto& a = addresses_[address];
  first_open_.set(address, !a.free_first.empty());
  extension_open_.set(address, !a.free_extensions.empty() || a.odd_free);
}

std::optional<Spot> Pool::take_first(Random& random) {
  const auto address = first_open_.draw(random);
  return address ? take_first_at(*address, random) : std::nullopt;
}

std::optional<Spot> Pool::take_first_at(std::uint32_t address, Random& random) {
  const auto number = draw(addresses_[address].free_first, random);
  if (!number) return std::nullopt;
  note(address);
  return Spot{address, *number};
}

std::optional<Spot> Pool::take_extension(Random& random) {
  const auto address = extension_open_.draw(random);
  return address ? take_extension_at(*address, random) : std::nullopt;
}

std::optional<Spot> Pool::take_extension_at(std::uint32_t address, Random& random) {
  auto number = draw(addresses_[address].free_extensions, random);
  if (!number && std::exchange(addresses_[address].odd_free, false)) number = static_cast<std::uint16_t>(whole_);
  if (!number) return std::nullopt;
  note(address);
  return Spot{address, *number};
}

std::optional<Spot> Pool::at(std::uint32_t address, Port port) const {
  if (!policy_.ports.contains(port)) return std::nullopt;
  return Spot{address, number_at(port.value())};
}

std::optional<Spot> Pool::take_first_with(Port port, Random& random) {
  for (unsigned looks = kLooks; looks > 0; --looks) {
    const auto address = first_open_.draw(random);
    const auto spot = address ? at(*address, port) : std::nullopt;
    if (!spot || !is_first(*spot)) return std::nullopt;
    if (take(*spot)) return spot;
  }
  return std::nullopt;
}

std::optional<Spot> Pool::take_extension_with(Port port, Random& random) {
  for (unsigned looks = kLooks; looks > 0; --looks) {
    const auto address = extension_open_.draw(random);
    const auto spot = address ? at(*address, port) : std::nullopt;
    if (!spot || is_first(*spot)) return std::nullopt;
    if (take(*spot)) return spot;
  }
  return std::nullopt;
}

bool Pool::take(Spot s) {
  auto& address = addresses_[s.address];
  bool taken = false;
  if (s.number >= whole_) {
    taken = std::exchange(address.odd_free, false);
  } else {
    taken = remove(is_first(s) ? address.free_first : address.free_extensions, s.number);
  }
  note(s.address);
  return taken;
}

void Pool::give_back(Spot s) {
  auto& address = addresses_[s.address];
  const auto number = static_cast<std::uint16_t>(s.number);
  if (s.number >= whole_) {
    address.odd_free = true;
  } else {
    (is_first(s) ? address.free_first : address.free_extensions).push_back(number);
  }
  note(s.address);
}

std::optional<std::uint32_t> Pool::index_of(Ipv4 a) const {
  const auto found = std::ranges::lower_bound(addresses_, a, {}, &Address::value);
  if (found == addresses_.end() || found->value != a) return std::nullopt;
  return static_cast<std::uint32_t>(std::distance(addresses_.begin(), found));
}

std::optional<Spot> Pool::find(Ipv4 a, PortRange range) const {
  for (const auto spot : overlapping(a, range)) {
    if (ports(spot) == range) return spot;
  }
  return std::nullopt;
}

std::vector<Spot> Pool::overlapping(Ipv4 a, PortRange range) const {
  std::vector<Spot> found;
  const auto address = index_of(a);
  if (!address) return found;
  const auto first = std::max(range.first, policy_.ports.first);
  const auto last = std::min(range.last, policy_.ports.last);
  if (first > last) return found;
  for (auto number = number_at(first.value()); number <= number_at(last.value()); ++number) {
    found.push_back({*address, number});
  }
  return found;
}

}  // namespace cgn::core
