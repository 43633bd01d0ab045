// SPDX-License-Identifier: Apache-2.0
// After a restart: make log, table and core agree before the first packet is served.
#include "daemon/adoption.hpp"

#include <algorithm>

#include "daemon/call_entries.hpp"
#include "daemon/parameters.hpp"
#include "daemon/tunnel_entries.hpp"

namespace cgn::daemon {

Result<AdoptionReport> Adoption::run(const journal::Parameters& parameters, Duration hold_down, const Now& now,
                                     core::Effects& effects) {
  adopt_blocks(hold_down, now, effects);
  tell_core(translator_, parameters, now);
  TRY_VOID(adopt_mappings(now));
  TRY_VOID(adopt_sessions(now));
  translator_.finish_adoption(now, effects, adopt_rests(hold_down, now));
  return report_;
}

core::Translator::Rests Adoption::adopt_rests(Duration hold_down, const Now& now) {
  const auto past = resting_.since(stamp_of(now.mono - hold_down));
  for (const auto& port : past.ports) {
    translator_.rest_port({port.proto, port.internal, port.external, port.remote}, time_of(port.freed_at));
  }
  // A log that begins now: nothing was ever given, so nothing rests.
  const bool new_log = writer_.last_record() == WallTime{};
  return past.complete || new_log ? core::Translator::Rests::told : core::Translator::Rests::unknown;
}

// Half of a mapping, or one without a block: it goes, and its port rests like any other.
void Adoption::remove_alone(const cgn_entry& entry, const Now& now) {
  const auto own = cgn_key_of(&entry);
  const auto twin = twin_key(entry);
  if ((entry.features & CGN_FEATURE_STATIC) != 0) {  // no port of a pool's: nobody could be lent it
    table_.remove(own);
    return;
  }
  const bool outbound = is_outbound(entry);
  const auto& inside = outbound ? own : twin;
  const auto& outside = outbound ? twin : own;
  resting_.remember({.proto = static_cast<Proto>(entry.key.proto),
                     .internal = {{Ipv4::from_net(inside.addr), Port::from_net(inside.port)}, internal_realm(entry)},
                     .external = {Ipv4::from_net(outside.addr), Port::from_net(outside.port)},
                     .freed_at = stamp_of(now.mono)});
  table_.remove(own);
}

void Adoption::adopt_blocks(Duration hold_down, const Now& now, core::Effects& effects) {
  for (const auto& block : writer_.open_blocks()) {
    if (translator_.adopt_block(block, now)) {
      ++report_.blocks;
      continue;
    }
    ++report_.blocks_refused;
    translator_.rest_block(block.external, block.ports, now.mono);
    effects.emplace_back(core::Journal{.ticket = 0,
                                       .event = {.kind = BlockEventKind::released,
                                                 .subscriber = block.subscriber,
                                                 .realm = block.realm,
                                                 .external = block.external,
                                                 .ports = block.ports,
                                                 .pool = block.pool,
                                                 .allocated_at = block.allocated_at,
                                                 .at = now}});
  }
  const auto since = now.wall - std::chrono::duration_cast<std::chrono::milliseconds>(hold_down);
  for (const auto& released : writer_.released_since(since)) {
    // A wall clock that stepped back could put the release into the future; it then rests in full.
    const auto age = std::max<Duration>(now.wall - released.at, Duration::zero());
    translator_.rest_block(released.external, released.ports, now.mono - age);
  }
}

Result<> Adoption::adopt_mappings(const Now& now) {
  std::vector<cgn_entry> outbound;
  std::vector<cgn_entry> inbound;
  for (io::EntryTable::Cursor cursor; !cursor.done();) {
    TRY(entries, table_.next(cursor, 4096));
    for (const auto& entry : entries) {
      (is_outbound(entry) ? outbound : inbound).push_back(entry);
    }
  }
  for (const auto& entry : outbound) adopt_outbound(entry, now);
  for (const auto& entry : inbound) {
    if (table_.read(twin_key(entry))) continue;
    remove_alone(entry, now);
    ++report_.inbound_alone;
  }
  return {};
}

Result<> Adoption::adopt_sessions(const Now& now) {
  TRY(entries, sessions_.all());
  std::erase_if(entries, is_call);  // they follow their control connections, which are not all known yet
  const auto connections = std::ranges::partition(entries, [](const cgn_entry& e) { return is_tunnel(e); });
  const auto tunnels = tunnels_.adopt({entries.begin(), connections.begin()}, now);
  report_.sessions = tunnels.entries;
  report_.sessions_removed += tunnels.removed;
  adopt_connections({connections.begin(), connections.end()}, now);
  return {};
}

// Outbound entries bring their twins along; what is left afterwards, nobody has taken over.
void Adoption::adopt_connections(std::span<const cgn_entry> entries, const Now& now) {
  std::vector<cgn_session_key> inbound;
  for (const auto& entry : entries) {
    if (is_outbound(entry) && entry.key.proto == IPPROTO_TCP) {
      adopt_connection(entry, now);
    } else {
      inbound.push_back(io::SessionTable::key_of(entry));
    }
  }
  for (const auto& key : inbound) {
    const auto entry = sessions_.read(key);
    if (!entry || (key.proto == IPPROTO_TCP && sessions_.read(twin_session(*entry)))) continue;
    remove_session(*entry, now);
  }
}

void Adoption::adopt_connection(const cgn_entry& entry, const Now& now) {
  const auto twin = sessions_.read(twin_session(entry));
  const bool whole = twin && are_twins(entry, *twin);
  const core::SeenBoth seen{.outbound = to_seen(entry), .inbound = whole ? to_seen(*twin) : core::Seen{}};
  if (whole && translator_.adopt_mapping(to_connection(entry), seen, now)) {
    ++report_.mappings;
    return;
  }
  remove_session(entry, now);
  if (whole) remove_session(*twin, now);
}

// Its port, if it has one, rests towards its remote like that of any other.
void Adoption::remove_session(const cgn_entry& entry, const Now& now) {
  ++report_.sessions_removed;
  sessions_.remove(io::SessionTable::key_of(entry));
  if (entry.key.proto != IPPROTO_TCP || !is_outbound(entry)) return;
  const auto was = to_connection(entry);
  resting_.remember({.proto = was.proto,
                     .internal = was.internal,
                     .external = was.external,
                     .remote = was.remote,
                     .freed_at = stamp_of(now.mono)});
}

void Adoption::adopt_outbound(const cgn_entry& entry, const Now& now) {
  const auto twin = table_.read(twin_key(entry));
  if (!twin || !are_twins(entry, *twin)) {
    remove_alone(entry, now);
    ++report_.outbound_alone;
    return;
  }
  if (translator_.adopt_mapping(to_mapping(entry), {.outbound = to_seen(entry), .inbound = to_seen(*twin)}, now)) {
    ++report_.mappings;
    return;
  }
  remove_alone(entry, now);
  table_.remove(cgn_key_of(&*twin));
  ++report_.without_block;
}

}  // namespace cgn::daemon
