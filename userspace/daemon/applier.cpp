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
  const auto pair = to_entries(mapping, seen_at);
  const auto installed = hands_.table.install(pair.inbound, pair.outbound);
  if (!installed) spdlog::error("install mapping {}: {}", to_string(mapping.internal), installed.error().what);
  return installed.has_value();
}

core::SeenBoth Applier::read(const core::MappingView& mapping) const {
  core::SeenBoth seen;
  if (const auto outbound = hands_.table.read(outbound_key(mapping))) seen.outbound = to_seen(*outbound);
  if (const auto inbound = hands_.table.read(inbound_key(mapping))) seen.inbound = to_seen(*inbound);
  return seen;
}

void Applier::carry_out(const core::Journal& journal, const Now& now) { hands_.recorder.append(journal, now); }

void Applier::carry_out(const core::InstallMapping& effect, const Now&) { install(effect.mapping, effect.seen_at); }

void Applier::carry_out(const core::RemoveMapping& effect, const Now& now) {
  // Remembered before it is gone: whoever comes after a death in between finds it in one place or the other.
  hands_.resting.remember({.proto = effect.mapping.proto,
                           .internal = effect.mapping.internal,
                           .external = effect.mapping.external,
                           .freed_at = stamp_of(now.mono)});
  const auto outbound = hands_.table.remove(outbound_key(effect.mapping));
  const auto inbound = hands_.table.remove(inbound_key(effect.mapping));
  core::SeenBoth final;
  if (outbound) final.outbound = to_seen(*outbound);
  if (inbound) final.inbound = to_seen(*inbound);

  core::Effects more;
  translator_.mapping_removed(effect.mapping.id, final, now, more);
  const auto revived = std::ranges::find_if(more, [&](const core::Effect& e) {
    const auto* again = std::get_if<core::InstallMapping>(&e);
    return again != nullptr && again->mapping.id == effect.mapping.id;
  });
  if (revived == more.end()) {
    hands_.filter.mapping_ended(effect.mapping);
    hands_.controls.mapping_ended(effect.mapping);
  }
  if (revived != more.end() && outbound && inbound) {
    // A packet slipped in: the entries go back as they were, with their stamps and counters.
    more.erase(revived);
    if (const auto back = hands_.table.install(*inbound, *outbound); !back) {
      spdlog::error("put mapping {} back: {}", to_string(effect.mapping.internal), back.error().what);
    }
  }
  apply(more, now);
}

void Applier::carry_out(const core::ReleaseHeld& effect, const Now& now) {
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

}  // namespace cgn::daemon
