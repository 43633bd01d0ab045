// SPDX-License-Identifier: Apache-2.0
// The book of permissions.
#include "core/permissions.hpp"

#include <algorithm>
#include <cassert>

#include "cgn/abi.h"

namespace cgn::core {
namespace {

std::uint8_t filter_of(config::Filtering filtering, Proto proto) {
  switch (filtering) {
    case config::Filtering::endpoint_independent: return 0;
    case config::Filtering::address_dependent: return CGN_FEATURE_ADF;
    // The identifier of an echo is its sender's: the remote has no port that could differ.
    case config::Filtering::address_and_port_dependent:
      return proto == Proto::icmp ? CGN_FEATURE_ADF : CGN_FEATURE_APDF;
  }
  return 0;  // not reached: the enum is closed
}

}  // namespace

std::optional<Permission> permission_of(std::uint8_t features, Proto proto, Endpoint external, Endpoint remote) {
  if ((features & (CGN_FEATURE_ADF | CGN_FEATURE_APDF)) == 0) return std::nullopt;
  if ((features & CGN_FEATURE_APDF) == 0) remote.port = Port{};
  return Permission{.proto = proto, .external = external, .remote = remote};
}

std::uint8_t features_of(const config::Behaviour& behaviour, Proto proto) {
  // A connection with a port of its remote's own hears that remote alone as it is.
  const bool shares = proto == Proto::tcp && behaviour.mapping == config::Mapping::connection_dependent;
  auto features = shares ? std::uint8_t{0} : filter_of(behaviour.filtering, proto);
  // Each protocol's own way is no feature.
  const bool both = behaviour.refresh == config::Refresh::both;
  if (proto == Proto::tcp && !both) features |= CGN_FEATURE_REFRESH_OUTBOUND;
  if (proto != Proto::tcp && both) features |= CGN_FEATURE_REFRESH_BOTH;
  return features;
}

Permissions::Permissions(const config::Limits& limits, const config::Timeouts& timeouts, std::uint64_t salt)
    : most_{limits.permissions},
      most_per_mapping_{limits.permissions_per_mapping},
      timeouts_{timeouts},
      index_{0, KeyHash{salt}},
      deadlines_{1, std::max({timeouts.udp, timeouts.sctp(), timeouts.icmp, timeouts.tcp_established})} {}

std::uint64_t Permissions::mapping_key(Proto proto, Endpoint external) {
  return std::uint64_t{external.address.host()} << 24 | std::uint64_t{external.port.value()} << 8 |
         static_cast<std::uint8_t>(proto);
}

Permissions::Key Permissions::key_of(const Permission& p) {
  return {.mapping = mapping_key(p.proto, p.external),
          .remote = std::uint64_t{p.remote.address.host()} << 16 | p.remote.port.value()};
}

Stamp Permissions::idle(Proto proto) const {
  switch (proto) {
    case Proto::tcp:
    case Proto::dccp: return ticks(timeouts_.tcp_established);
    case Proto::udp:
    case Proto::udplite: return ticks(timeouts_.udp);
    case Proto::sctp: return ticks(timeouts_.sctp());
    case Proto::icmp: return ticks(timeouts_.icmp);
  }
  return 0;  // not reached: the enum is closed
}

bool Permissions::has(const Permission& p) const { return index_.contains(key_of(p)); }

Permissions::Learned Permissions::learn(const Permission& p, const Look& look, Stamp now) {
  const auto key = key_of(p);
  if (index_.contains(key)) return {.answer = Answer::known};
  const auto mapping = mappings_.find(key.mapping);
  const auto count = mapping == mappings_.end() ? 0 : mapping->second.slots.size();
  std::optional<Permission> forgotten;
  if (count >= most_per_mapping_ || size() >= most_) {
    forgotten = make_room(key.mapping, look, now);
    if (!forgotten) return {.answer = Answer::full};
  }
  add(p, now);
  return {.answer = Answer::learned, .forgotten = forgotten};
}

// Only of the mapping that asks: nobody loses by another's appetite.
std::optional<Permission> Permissions::make_room(std::uint64_t mapping, const Look& look, Stamp now) {
  const auto found = mappings_.find(mapping);
  if (found == mappings_.end()) return std::nullopt;
  auto& [slots, hand] = found.value();
  std::optional<Slot> silent;
  auto oldest = now - std::min(now, ticks(kSilent));
  for (auto looks = std::min(kLooks, slots.size()); looks > 0; --looks) {
    hand = (hand + 1) % slots.size();
    const auto last = look(slots_[slots[hand]]);
    if (last > oldest) continue;
    oldest = last;
    silent = slots[hand];
  }
  if (!silent) return std::nullopt;
  const auto gone = slots_[*silent];
  remove(*silent);
  return gone;
}

void Permissions::add(const Permission& p, Stamp now) {
  Slot slot{};
  if (free_.empty()) {
    slot = static_cast<Slot>(slots_.size());
    slots_.push_back(p);
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = p;
  }
  const auto key = key_of(p);
  index_.insert({key, slot});
  mappings_[key.mapping].slots.push_back(slot);
  deadlines_.set(0, slot, now + idle(p.proto));
}

void Permissions::remove(Slot slot) {
  const auto key = key_of(slots_[slot]);
  index_.erase(key);
  const auto mapping = mappings_.find(key.mapping);
  assert(mapping != mappings_.end());
  auto& slots = mapping.value().slots;
  const auto place = std::ranges::find(slots, slot);
  *place = slots.back();
  slots.pop_back();
  if (slots.empty()) mappings_.erase(mapping);
  deadlines_.cancel(slot);
  free_.push_back(slot);
}

void Permissions::forget(const Permission& p) {
  const auto found = index_.find(key_of(p));
  if (found != index_.end()) remove(found->second);
}

std::vector<Permission> Permissions::forget_mapping(Proto proto, Endpoint external) {
  std::vector<Permission> gone;
  const auto mapping = mappings_.find(mapping_key(proto, external));
  if (mapping == mappings_.end()) return gone;
  const auto slots = mapping->second.slots;
  for (const auto slot : slots) {
    gone.push_back(slots_[slot]);
    remove(slot);
  }
  return gone;
}

std::vector<Permission> Permissions::expire(const Look& look, Stamp now, std::size_t most) {
  std::vector<Permission> gone;
  std::vector<Slot> due;
  deadlines_.take(0, now, most, due);
  for (const auto slot : due) {
    const auto p = slots_[slot];
    const auto deadline = look(p) + idle(p.proto);
    if (deadline >= now) {
      deadlines_.set(0, slot, deadline);
      continue;
    }
    remove(slot);
    gone.push_back(p);
  }
  return gone;
}

}  // namespace cgn::core
