// SPDX-License-Identifier: Apache-2.0
#include "core/mapping.hpp"

#include <algorithm>
#include <cassert>

namespace cgn::core {
namespace {

constexpr std::uint8_t kLives = 1U << (32 - MappingTable::kSlotBits);
// Fuller than the library's half: the stored hash makes a probe cheap, and memory is what a million mappings cost.
constexpr float kLoad = 0.8F;

}  // namespace

MappingTable::MappingTable(std::size_t expected, std::uint64_t salt)
    : salt_{salt}, internal_{0, {this}, {this}}, external_{0, {this}, {this}} {
  expected = std::min(expected, kMostSlots);
  slots_.reserve(expected);
  internal_.max_load_factor(kLoad);
  external_.max_load_factor(kLoad);
  internal_.reserve(expected);
  external_.reserve(expected);
}

MappingTable::Key MappingTable::key_of(Proto p, InternalEndpoint e) {
  return {std::uint64_t{e.realm.value()} << 56 | std::uint64_t{e.address.host()} << 24 |
          std::uint64_t{e.port.value()} << 8 | static_cast<std::uint8_t>(p)};
}

// Not 0 whatever the remote is.
MappingTable::Key MappingTable::key_of(InternalEndpoint e, Endpoint remote) {
  constexpr std::uint64_t kSession = std::uint64_t{1} << 63;
  return {key_of(Proto::tcp, e).value, kSession | std::uint64_t{remote.address.host()} << 16 | remote.port.value()};
}

bool MappingTable::knows(MappingId id) const {
  const auto slot = slot_of(id);
  return slot < slots_.size() && slots_[slot].state != MappingState::gone && id_at(slot) == id;
}

std::optional<MappingId> MappingTable::id_of(const auto& index, Key key) const {
  const auto found = index.find(key);
  if (found == index.end()) return std::nullopt;
  return id_at(*found);
}

std::optional<MappingId> MappingTable::find_internal(Proto p, InternalEndpoint e) const {
  return id_of(internal_, key_of(p, e));
}

std::optional<MappingId> MappingTable::find_external(Proto p, Endpoint e) const {
  return id_of(external_, key_of(p, {e, kNowhere}));
}

std::optional<MappingId> MappingTable::find_session(InternalEndpoint internal, Endpoint remote) const {
  return id_of(internal_, key_of(internal, remote));
}

std::optional<MappingId> MappingTable::find_session_outside(Endpoint external, Endpoint remote) const {
  return id_of(external_, key_of({external, kNowhere}, remote));
}

std::uint32_t MappingTable::free_slot() {
  if (free_count_ == 0) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const auto slot = oldest_free_;
  oldest_free_ = slots_[slot].block;
  --free_count_;
  return slot;
}

MappingId MappingTable::add(const Mapping& m) {
  assert(!id_of(internal_, InternalSide::key(m)) && !id_of(external_, ExternalSide::key(m)) && !full());
  const auto slot = free_slot();
  const auto life = slots_[slot].life;
  slots_[slot] = m;
  slots_[slot].life = life & 0x7f;
  internal_.insert(slot);
  external_.insert(slot);
  return id_at(slot);
}

void MappingTable::rest(MappingId id) {
  auto& m = (*this)[id];
  if (!m.session) external_.erase(ExternalSide::key(m));
  m.state = MappingState::resting;
}

void MappingTable::resume(MappingId id, MappingState state) {
  auto& m = (*this)[id];
  assert(m.state == MappingState::resting && !m.anonymous);
  m.state = state;
  if (!m.session) external_.insert(slot_of(id));
}

void MappingTable::forget_endpoint(MappingId id) {
  auto& m = (*this)[id];
  assert(m.state == MappingState::resting);
  if (!m.anonymous) internal_.erase(InternalSide::key(m));
  m.anonymous = true;
}

void MappingTable::remove(MappingId id) {
  auto& m = (*this)[id];
  if (m.session || m.state != MappingState::resting) external_.erase(ExternalSide::key(m));
  if (!m.anonymous) internal_.erase(InternalSide::key(m));
  const auto slot = slot_of(id);
  const auto next_life = static_cast<std::uint8_t>((m.life + 1) % kLives);
  m = Mapping{};
  m.life = next_life & 0x7f;
  if (free_count_++ == 0) {
    oldest_free_ = slot;
  } else {
    slots_[newest_free_].block = slot;
  }
  newest_free_ = slot;
}

}  // namespace cgn::core
