// SPDX-License-Identifier: Apache-2.0
// The only place where an effect of the core touches the world.
#include "daemon/applier.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace cgn::daemon {

void Applier::apply(core::Effects& effects, const Now& now) {
  const auto todo = std::exchange(effects, {});
  for (const auto& effect : todo) {
    std::visit([&](const auto& e) { carry_out(e, now); }, effect);
  }
}

bool Applier::install(const core::MappingView& mapping, Monotonic seen_at) {
  const auto installed = put(mapping, to_entries(mapping, seen_at));
  if (!installed) spdlog::error("install mapping {}: {}", to_string(mapping.internal), installed.error().what);
  return installed.has_value();
}

core::SeenBoth Applier::read(const core::MappingView& mapping) const { return look_at(mapping).seen(); }

core::SeenBoth Applier::Halves::seen() const {
  return {.outbound = outbound ? to_seen(*outbound) : core::Seen{},
          .inbound = inbound ? to_seen(*inbound) : core::Seen{}};
}

Result<> Applier::put(const core::MappingView& mapping, const EntryPair& pair) {
  return mapping.session ? hands_.sessions.install(pair.inbound, pair.outbound)
                         : hands_.table.install(pair.inbound, pair.outbound);
}

Applier::Halves Applier::look_at(const core::MappingView& m) const {
  if (m.session) return {hands_.sessions.read(outbound_session(m)), hands_.sessions.read(inbound_session(m))};
  return {hands_.table.read(outbound_key(m)), hands_.table.read(inbound_key(m))};
}

// Outbound first: what slips in afterwards is punted.
Applier::Halves Applier::take_out(const core::MappingView& m) {
  Halves halves;
  halves.outbound = m.session ? hands_.sessions.remove(outbound_session(m)) : hands_.table.remove(outbound_key(m));
  halves.inbound = m.session ? hands_.sessions.remove(inbound_session(m)) : hands_.table.remove(inbound_key(m));
  return halves;
}

void Applier::carry_out(const core::Journal& journal, const Now& now) { hands_.recorder.append(journal, now); }

void Applier::carry_out(const core::InstallMapping& effect, const Now& now) {
  if (install(effect.mapping, effect.seen_at)) hands_.exporters.tell(effect.mapping, true, now);
}

void Applier::carry_out(const core::RemoveMapping& effect, const Now& now) {
  // Remembered before it is gone: whoever comes after a death in between finds it in one place or the other.
  hands_.resting.remember({.proto = effect.mapping.proto,
                           .internal = effect.mapping.internal,
                           .external = effect.mapping.external,
                           .remote = effect.mapping.session ? std::optional{effect.mapping.remote} : std::nullopt,
                           .freed_at = stamp_of(now.mono)});
  const auto halves = take_out(effect.mapping);

  core::Effects more;
  translator_.mapping_removed(effect.mapping.id, halves.seen(), now, more);
  const auto revived = std::ranges::find_if(more, [&](const core::Effect& e) {
    const auto* again = std::get_if<core::InstallMapping>(&e);
    return again != nullptr && again->mapping.id == effect.mapping.id;
  });
  if (revived == more.end()) {
    hands_.filter.mapping_ended(effect.mapping);
    hands_.controls.mapping_ended(effect.mapping);
    hands_.calls.mapping_ended(effect.mapping, now.mono);
    hands_.exporters.tell(effect.mapping, false, now);
  }
  if (revived != more.end() && halves.outbound && halves.inbound) {
    // A packet slipped in: the entries go back as they were, with their stamps and counters.
    more.erase(revived);
    const auto back = put(effect.mapping, {.inbound = *halves.inbound, .outbound = *halves.outbound});
    if (!back) {
      spdlog::error("put mapping {} back: {}", to_string(effect.mapping.internal), back.error().what);
    }
  }
  apply(more, now);
}

void Applier::carry_out(const core::ReleaseHeld& effect, const Now& now) {
  hands_.tunnels.released(effect, now);
  for (const auto& held : hands_.held.take(effect.ticket)) {
    const auto punted = open_punt(held.bytes, held.queue, held.port);
    if (!punted) {
      hands_.counters.count(punted.error());
    } else if (effect.verdict == CGN_VERDICT_TRANSLATED) {
      hands_.outlet.emit(*punted, held.mapping, now);
    } else {
      hands_.counters.count(effect.verdict);
    }
  }
  released_(effect, now);
}

void Applier::carry_out(const core::SubscriberLive& effect, const Now&) {
  if (const auto set = hands_.program.set_subscriber_live(effect.subscriber, effect.live); !set) {
    spdlog::error("tell the kernel that {} holds a block: {}", to_string(effect.subscriber), set.error().what);
  }
}

// The kernel hands up inbound later fragments to these addresses only.
void Applier::carry_out(const core::AddressLent& effect, const Now&) {
  const auto [external, lent] = effect;
  auto& blocks = lent_[external];
  const bool changes = lent ? blocks++ == 0 : --blocks == 0;
  if (blocks == 0) lent_.erase(external);
  if (!changes) return;
  if (const auto set = hands_.program.set_address_lent(external, lent); !set) {
    spdlog::error("tell the kernel that {} is lent: {}", to_string(external), set.error().what);
  }
}

// Whoever holds a block has run out of ports, on that block's address; who holds none finds no address.
void Applier::export_notice(const core::Alarm& alarm, const Now& now) {
  const auto blocks = translator_.blocks_of({alarm.subscriber.address(), alarm.subscriber.realm});
  hands_.exporters.tell(alarm, blocks.empty() ? std::nullopt : std::optional{blocks.front().external}, now);
}

}  // namespace cgn::daemon
