// SPDX-License-Identifier: Apache-2.0
// The calls of PPTP that the gateway follows.
#include "daemon/calls.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "cgn/tunnel.hpp"
#include "core/expiry.hpp"
#include "core/hash.hpp"
#include "daemon/entries.hpp"

namespace cgn::daemon {
namespace {

constexpr Duration kSilent = std::chrono::seconds{7440};

core::MappingView view_of(const Call& call) {
  return {.proto = kGre,
          .internal = {{call.control.internal.address, Port{call.own}}, call.control.internal.realm},
          .external = {call.external, Port{}},
          .remote = {call.control.remote.address, Port{}}};
}

}  // namespace

std::uint64_t Calls::place_of(Ipv4 external, Ipv4 remote) {
  return std::uint64_t{external.host()} << 32 | remote.host();
}

const Calls::Book& Calls::at(std::uint64_t place) const {
  static const Book kNone;
  const auto found = book_.find(place);
  return found == book_.end() ? kNone : found->second;
}

template <class Which>
const Call* Calls::find(const ControlConnection& control, Ipv4 external, const Which& which) const {
  const auto& calls = at(place_of(external, control.remote.address));
  const auto found = std::ranges::find_if(calls, [&](const Call& c) { return c.control == control && which(c); });
  return found == calls.end() ? nullptr : &*found;
}

const Call* Calls::find_own(const ControlConnection& control, Ipv4 external, Call::Id own) const {
  return find(control, external, [own](const Call& c) { return c.own == own; });
}
const Call* Calls::find_shown(const ControlConnection& control, Ipv4 external, Call::Id shown) const {
  return find(control, external, [shown](const Call& c) { return c.shown == shown; });
}
const Call* Calls::find_peer(const ControlConnection& control, Ipv4 external, Call::Id peer) const {
  return find(control, external, [peer](const Call& c) { return c.peer == peer; });
}

// --- beginning -------------------------------------------------------------------------------------------------------

const Call* Calls::open(const ControlConnection& control, Ipv4 external, Call::Id own, Monotonic now) {
  if (const auto* known = find_own(control, external, own)) return known;
  while (!rests_.empty() && rests_.front().until <= now) rests_.pop_front();
  const auto internal = control.internal.host();
  if (!has_room(internal)) make_room(internal, now);
  if (!has_room(internal)) return nullptr;
  const auto place = place_of(external, control.remote.address);
  const Call call{.control = control, .external = external, .own = own, .shown = free_id(place, internal, own)};
  if (call.shown == 0) return nullptr;
  if (const auto installed = table_.insert(inbound_entry(call)); !installed) {
    spdlog::error("install a call of {} to {}: {}", to_string(internal.address), to_string(control.remote.address),
                  installed.error().what);
    return nullptr;
  }
  put(call);
  return find_own(control, external, own);
}

void Calls::put(const Call& call) {
  book_[place_of(call.external, call.control.remote.address)].push_back(call);
  ++per_address_[call.control.internal.host()];
  ++size_;
}

// The wished one if it is free, else whichever is, from a place in the row that nobody outside knows; 0: none.
Call::Id Calls::free_id(std::uint64_t place, InternalAddress internal, Call::Id wished) const {
  std::vector<bool> used(65536);
  used[0] = true;
  for (const auto& call : at(place)) used[call.shown] = true;
  for (const auto& rest : rests_) {
    if (rest.place == place && rest.internal != internal) used[rest.shown] = true;
  }
  auto id = wished;
  if (used[id])
    id = static_cast<Call::Id>(
        core::mix(seed_ ^ place ^ core::mix(std::uint64_t{internal.address.host()} << 16 | wished)));
  for (std::size_t tries = 0; tries < used.size(); ++tries, ++id) {
    if (!used[id]) return id;
  }
  return 0;
}

bool Calls::has_room(InternalAddress internal) const {
  const auto held = per_address_.find(internal);
  return size_ < kTotal && (held == per_address_.end() || held->second < kPerAddress);
}

bool Calls::is_over(const Call& call, Monotonic now) const {
  if (call.peer == 0) return true;
  Stamp last = 0;
  for (const auto& entry : {inbound_entry(call), outbound_entry(call)}) {
    if (const auto stands = table_.read(io::SessionTable::key_of(entry)))
      last = std::max(last, Stamp{stands->last_seen});
  }
  return last + core::ticks(kSilent) < stamp_of(now);
}

// Only of the address that asks: nobody loses by another's appetite.
void Calls::make_room(InternalAddress internal, Monotonic now) {
  std::vector<Call> over;
  for (const auto& [place, calls] : book_) {
    std::ranges::copy_if(calls, std::back_inserter(over),
                         [&](const Call& c) { return c.control.internal.host() == internal && is_over(c, now); });
  }
  for (const auto& call : over) end(call, now);
}

bool Calls::learn(const Call& call, Call::Id peer, Monotonic now) {
  if (call.peer == peer) return true;
  auto known = call;
  known.peer = peer;
  if (call.peer != 0) table_.remove(io::SessionTable::key_of(outbound_entry(call)));
  if (const auto installed = table_.insert(outbound_entry(known, stamp_of(now))); !installed) {
    spdlog::error("install a call of {} to {}: {}", to_string(call.control.internal.address),
                  to_string(call.control.remote.address), installed.error().what);
    return false;
  }
  set_peer(call, peer);
  return true;
}

void Calls::set_peer(const Call& call, Call::Id peer) {
  auto& calls = book_[place_of(call.external, call.control.remote.address)];
  std::ranges::find(calls, call)->peer = peer;
}

// --- end -------------------------------------------------------------------------------------------------------------

// The way out first, as of mappings.
void Calls::remove(const Call& call) {
  if (call.peer != 0) table_.remove(io::SessionTable::key_of(outbound_entry(call)));
  table_.remove(io::SessionTable::key_of(inbound_entry(call)));
}

template <class Which>
void Calls::end_all(std::uint64_t place, const Which& which, Monotonic now) {
  const auto calls = book_.find(place);
  if (calls == book_.end()) return;
  size_ -= std::erase_if(calls->second, [&](const Call& c) {
    if (!which(c)) return false;
    remove(c);
    rests_.push_back({.place = place, .shown = c.shown, .internal = c.control.internal.host(), .until = now + kRest});
    const auto held = per_address_.find(c.control.internal.host());
    if (--held->second == 0) per_address_.erase(held);
    return true;
  });
  if (calls->second.empty()) book_.erase(calls);
}

void Calls::end(const Call& call, Monotonic now) {
  end_all(
      place_of(call.external, call.control.remote.address), [gone = call](const Call& c) { return c == gone; }, now);
}

void Calls::connection_ended(const ControlConnection& control, Ipv4 external, Monotonic now) {
  end_all(
      place_of(external, control.remote.address), [&](const Call& c) { return c.control == control; }, now);
}

void Calls::mapping_ended(const core::MappingView& mapping, Monotonic now) {
  if (mapping.proto != Proto::tcp || !per_address_.contains(mapping.internal.host())) return;
  std::vector<Call> over;
  for (const auto& [place, calls] : book_) {
    std::ranges::copy_if(calls, std::back_inserter(over), [&](const Call& c) {
      return c.control.internal == mapping.internal && (!mapping.session || c.control.remote == mapping.remote);
    });
  }
  for (const auto& call : over) end(call, now);
}

// --- GRE -------------------------------------------------------------------------------------------------------------

std::optional<core::MappingView> Calls::mapping_of(const Punted& punted) const {
  const auto& view = punted.view;
  if (size_ == 0 || view.quote || view.proto != kGre || view.call == 0) return std::nullopt;
  if (punted.header.direction == CGN_INBOUND) {
    const auto& calls = at(place_of(view.destination.address, view.source.address));
    const auto found = std::ranges::find(calls, view.call, &Call::shown);
    return found == calls.end() ? std::nullopt : std::optional{view_of(*found)};
  }
  // Outbound: which external address, the entry says.
  const Call asked{.control = {punted.source(), view.destination}, .peer = view.call};
  const auto entry = table_.read(io::SessionTable::key_of(outbound_entry(asked)));
  return entry ? std::optional{view_of(call_of(*entry))} : std::nullopt;
}

// --- after a restart -------------------------------------------------------------------------------------------------

// The ways back first: they say which ids were chosen.
std::size_t Calls::adopt(std::span<const cgn_entry> entries, const core::Translator& translator, bool wanted) {
  const auto keep = [&](const Call& call) {
    const auto& control = call.control;
    const auto mapping = translator.find_internal(Proto::tcp, control.internal, control.remote);
    return wanted && mapping && mapping->external.address == call.external && has_room(control.internal.host());
  };
  for (const auto& entry : entries) {
    if (!is_call(entry) || is_outbound(entry)) continue;
    if (const auto call = call_of(entry); keep(call)) {
      put(call);
    } else {
      table_.remove(io::SessionTable::key_of(entry));
    }
  }
  for (const auto& entry : entries) {
    if (!is_call(entry) || !is_outbound(entry)) continue;
    const auto said = call_of(entry);
    const auto* const call = find_shown(said.control, said.external, said.shown);
    if (call == nullptr || call->peer != 0) {
      table_.remove(io::SessionTable::key_of(entry));
    } else {
      set_peer(*call, said.peer);
    }
  }
  return size_;
}

}  // namespace cgn::daemon
