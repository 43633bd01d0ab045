// SPDX-License-Identifier: Apache-2.0
// The book of tunnels.
#include "core/tunnels.hpp"

#include <algorithm>
#include <cassert>

namespace cgn::core {
namespace {

// How soon a tunnel comes again that due() called over and nobody ended.
constexpr Duration kUnanswered = std::chrono::seconds{10};

}  // namespace

Tunnels::Tunnels(const config::Timeouts& timeouts, std::uint64_t salt)
    : idle_{ticks(timeouts.udp)},
      index_{0, KeyHash{salt}},
      holders_{0, KeyHash{salt}},
      rest_at_{0, KeyHash{salt}},
      deadlines_{1, std::max<Duration>(timeouts.udp, kWait)} {}

Tunnels::Key Tunnels::key_of(Proto proto, InternalAddress end, Ipv4 remote) {
  return {.ends = std::uint64_t{end.address.host()} << 32 | remote.host(), .proto = proto, .realm = end.realm};
}

std::optional<Tunnels::Id> Tunnels::find(Proto proto, InternalAddress internal, Ipv4 remote) const {
  const auto found = index_.find(key_of(proto, internal, remote));
  return found == index_.end() ? std::nullopt : std::optional{found->second};
}

const std::vector<Tunnels::Id>* Tunnels::holders(const Key& key) const {
  const auto found = holders_.find(key);
  return found == holders_.end() ? nullptr : &found->second;
}

bool Tunnels::waits(const Tunnel& t, Stamp now) { return t.proto == kEsp && t.spis.empty() && now <= t.waits_until; }

bool Tunnels::taken(const Tunnel& t, Stamp now) const {
  const auto place = key_of(t.proto, {t.external, kNowhere}, t.remote);
  const auto rest = rest_at_.find(place);
  if (rest != rest_at_.end() && rest->second.first != t.internal && now < rest->second.second) return true;
  const auto* const others = holders(place);
  if (others == nullptr) return false;
  return std::ranges::any_of(*others, [&](Id id) { return t.proto != kEsp || waits(slots_[id], now); });
}

Tunnels::Id Tunnels::begin(Tunnel t, Stamp now) {
  assert(!find(t.proto, t.internal, t.remote));
  t.waits_until = now + ticks(kWait);
  Id id{};
  if (free_.empty()) {
    id = static_cast<Id>(slots_.size());
    slots_.push_back(std::move(t));
  } else {
    id = free_.back();
    free_.pop_back();
    slots_[id] = std::move(t);
  }
  const auto& tunnel = slots_[id];
  index_.insert({key_of(tunnel.proto, tunnel.internal, tunnel.remote), id});
  holders_[key_of(tunnel.proto, {tunnel.external, kNowhere}, tunnel.remote)].push_back(id);
  if (tunnel.live) {
    schedule(id, now, now + idle_);
  } else {
    pending_.push_back(id);
  }
  return id;
}

void Tunnels::go_live(Id id, Stamp now) {
  std::erase(pending_, id);
  slots_[id].live = true;
  slots_[id].waits_until = now + ticks(kWait);
  schedule(id, now, now + idle_);
}

// A tunnel's own deadline, or the end of its wait, whichever is sooner.
void Tunnels::schedule(Id id, Stamp now, Stamp deadline) {
  const auto& t = slots_[id];
  deadlines_.set(0, id, waits(t, now) ? std::min(deadline, t.waits_until) : deadline);
}

void Tunnels::end(Id id, Stamp now) {
  auto& t = slots_[id];
  const auto place = key_of(t.proto, {t.external, kNowhere}, t.remote);
  index_.erase(key_of(t.proto, t.internal, t.remote));
  const auto group = holders_.find(place);
  std::erase(group.value(), id);
  if (group->second.empty()) holders_.erase(group);
  // Nothing would tell the late packets of one tunnel from the first of another's; ESP's name an SPI that nobody has.
  if (t.proto == kGre && t.live) {
    const auto until = now + ticks(kRest);
    rests_.push_back({.place = place, .internal = t.internal, .until = until});
    rest_at_.insert_or_assign(place, std::pair{t.internal, until});
  }
  if (!t.live) std::erase(pending_, id);
  deadlines_.cancel(id);
  free_.push_back(id);
  t = {};
}

std::vector<Tunnels::Id> Tunnels::pending(BlockTicket ticket) const {
  std::vector<Id> found;
  std::ranges::copy_if(pending_, std::back_inserter(found), [&](Id id) { return slots_[id].ticket == ticket; });
  return found;
}

std::vector<Tunnels::Id> Tunnels::all() const {
  std::vector<Id> ids;
  ids.reserve(index_.size());
  for (const auto& [key, id] : index_) ids.push_back(id);
  return ids;
}

// --- from outside ----------------------------------------------------------------------------------------------------

std::optional<Tunnels::Id> Tunnels::gre_holder(Ipv4 external, Ipv4 remote) const {
  const auto* const one = holders(key_of(kGre, {external, kNowhere}, remote));
  return one == nullptr ? std::nullopt : std::optional{one->front()};
}

std::optional<Tunnels::Id> Tunnels::holder(Ipv4 external, Ipv4 remote, Spi spi) const {
  const auto* const all = holders(key_of(kEsp, {external, kNowhere}, remote));
  if (all == nullptr) return std::nullopt;
  for (const auto id : *all) {
    if (slots_[id].live && std::ranges::find(slots_[id].spis, spi) != slots_[id].spis.end()) return id;
  }
  return std::nullopt;
}

std::optional<Tunnels::Id> Tunnels::candidate(Ipv4 external, Ipv4 remote, Stamp now) const {
  const auto* const all = holders(key_of(kEsp, {external, kNowhere}, remote));
  if (all == nullptr) return std::nullopt;
  std::optional<Id> found;
  for (const auto id : *all) {
    const auto& t = slots_[id];
    if (!t.live || (all->size() > 1 && !waits(t, now))) continue;
    if (found) return std::nullopt;
    found = id;
  }
  return found;
}

bool Tunnels::alone(Id id) const {
  const auto& t = slots_[id];
  return holders(key_of(t.proto, {t.external, kNowhere}, t.remote))->size() == 1;
}

Tunnels::Bound Tunnels::bind(Id id, Spi spi, const Look& look, Stamp now) {
  auto& spis = slots_[id].spis;
  Bound bound{.done = true};
  if (spis.size() >= kSpis) {
    const auto seen = [&](Spi s) { return look(slots_[id], s).value_or(0); };
    const auto oldest = std::ranges::min_element(spis, {}, seen);
    if (seen(*oldest) + idle_ >= now) return {};
    bound.instead = *oldest;
    spis.erase(oldest);
  }
  spis.push_back(spi);
  return bound;
}

bool Tunnels::adopt(Id id, Spi spi) {
  auto& spis = slots_[id].spis;
  if (spis.size() >= kSpis) return false;
  spis.push_back(spi);
  return true;
}

// --- lifetime --------------------------------------------------------------------------------------------------------

std::vector<Tunnels::Due> Tunnels::due(const Look& look, Stamp now, std::size_t most) {
  forget_rests(now);
  std::vector<Id> ids;
  deadlines_.take(0, now, most, ids);
  std::vector<Due> out;
  for (const auto id : ids) {
    auto& t = slots_[id];
    const auto left = look(t, 0);
    Due d{.id = id, .over = !left || *left + idle_ < now};
    auto deadline = d.over ? now + ticks(kUnanswered) : *left + idle_;
    for (const auto spi : t.spis) {
      const auto came = look(t, spi);
      if (!came || *came + idle_ < now) {
        d.ended.push_back(spi);
      } else {
        deadline = std::min(deadline, *came + idle_);
      }
    }
    std::erase_if(t.spis, [&](Spi s) { return std::ranges::find(d.ended, s) != d.ended.end(); });
    if (!d.ended.empty() && t.spis.empty()) t.waits_until = now + ticks(kWait);
    schedule(id, now, deadline);
    out.push_back(std::move(d));
  }
  return out;
}

void Tunnels::keep(Id id, Stamp last_seen) { deadlines_.set(0, id, last_seen + idle_); }

void Tunnels::forget_rests(Stamp now) {
  while (!rests_.empty() && rests_.front().until <= now) {
    const auto at = rest_at_.find(rests_.front().place);
    if (at != rest_at_.end() && at->second.second <= now) rest_at_.erase(at);
    rests_.pop_front();
  }
}

}  // namespace cgn::core
