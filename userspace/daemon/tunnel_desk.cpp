// SPDX-License-Identifier: Apache-2.0
// Tunnels, from the slow path's side.
#include "daemon/tunnel_desk.hpp"

#include <spdlog/spdlog.h>

#include "daemon/entries.hpp"
#include "daemon/tunnel_entries.hpp"

namespace cgn::daemon {
namespace {

cgn_session_key key_of(const core::Tunnel& t, core::Spi spi) {
  return io::SessionTable::key_of(spi == 0 ? outbound_entry(t, 0) : inbound_entry(t, spi, 0));
}

}  // namespace

bool TunnelDesk::wanted(Proto proto) const { return proto == kEsp ? config_.nat.esp : config_.nat.gre; }

core::MappingView TunnelDesk::view(Id id) const {
  const auto& t = book_[id];
  // The number only tells the held frames of tunnels apart: mappings' own begin from the other end.
  return {.id = ~id,
          .proto = t.proto,
          .internal = {{t.internal.address, Port{}}, t.internal.realm},
          .external = {t.external, Port{}},
          .remote = {t.remote, Port{}}};
}

core::Tunnels::Look TunnelDesk::look() const {
  return [this](const core::Tunnel& t, core::Spi spi) -> std::optional<Stamp> {
    const auto entry = table_.read(key_of(t, spi));
    return entry ? std::optional{entry->last_seen} : std::nullopt;
  };
}

// --- packets ---------------------------------------------------------------------------------------------------------

core::Decision TunnelDesk::outbound(const Punted& punted, const Now& now, core::Effects& effects) {
  const auto& view = punted.view;
  if (!wanted(view.proto)) return {.verdict = CGN_VERDICT_PROTOCOL};
  const auto stamp = stamp_of(now.mono);
  if (const auto known = book_.find(view.proto, punted.sender(), view.destination.address)) {
    const auto& t = book_[*known];
    if (!t.live) return {.verdict = CGN_VERDICT_HELD, .mapping = this->view(*known), .ticket = t.ticket, .known = true};
    // Unknown to the kernel: it ended there, or its installation was refused. This packet is the next try.
    if (!table_.read(key_of(t, 0)) && !install(*known, stamp)) return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
    return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = this->view(*known), .ticket = t.ticket, .known = true};
  }
  const auto place = translator_.anchor(punted.sender(), now, effects);
  if (place.verdict != CGN_VERDICT_TRANSLATED && place.verdict != CGN_VERDICT_HELD) return {.verdict = place.verdict};
  const core::Tunnel tunnel{.proto = view.proto,
                            .internal = punted.sender(),
                            .external = place.external,
                            .remote = view.destination.address,
                            .ticket = place.ticket,
                            .live = place.verdict == CGN_VERDICT_TRANSLATED};
  if (book_.taken(tunnel, stamp)) {
    translator_.lift_anchor(place.ticket, now, effects);
    return {.verdict = CGN_VERDICT_TUNNEL_TAKEN};
  }
  const auto id = book_.begin(tunnel, stamp);
  if (tunnel.live && !install(id, stamp)) {
    remove(id, now, effects);
    return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
  }
  return {.verdict = place.verdict, .mapping = this->view(id), .ticket = place.ticket};
}

core::Decision TunnelDesk::inbound(const Punted& punted, const Now& now) {
  const auto& view = punted.view;
  if (const auto known = mapping_of(punted, now)) return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = known};
  if (view.proto != kEsp) return {.verdict = CGN_VERDICT_NO_MAPPING};
  const auto stamp = stamp_of(now.mono);
  const auto id = book_.candidate(view.destination.address, view.source.address, stamp);
  if (!id) return {.verdict = CGN_VERDICT_NO_MAPPING};
  const auto verdict = bind(*id, view.spi, stamp);
  if (verdict != CGN_VERDICT_CONTINUE) return {.verdict = verdict};
  return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = this->view(*id)};
}

Verdict TunnelDesk::bind(Id id, core::Spi spi, Stamp now) {
  const auto bound = book_.bind(id, spi, look(), now);
  if (!bound.done) return CGN_VERDICT_MAPPING_LIMIT;
  const auto& t = book_[id];
  if (bound.instead) table_.remove(key_of(t, *bound.instead));
  const auto installed = table_.insert(inbound_entry(t, spi, now));
  if (!installed)
    spdlog::error("bind an SPI of {} to {}: {}", to_string(t.remote), to_string(t.internal.address),
                  installed.error().what);
  refresh_mark(t.external, t.remote, now);
  return installed ? CGN_VERDICT_CONTINUE : CGN_VERDICT_SLOW_PATH_ERROR;
}

std::optional<core::MappingView> TunnelDesk::mapping_of(const Punted& punted, const Now& now) const {
  const auto& p = punted.view;
  const bool inbound = punted.header.direction == CGN_INBOUND;
  const auto id = p.quote   ? quoted(punted, now)
                  : inbound ? receiver(p)
                            : book_.find(p.proto, punted.sender(), p.destination.address);
  return id && book_[*id].live ? std::optional{view(*id)} : std::nullopt;
}

std::optional<TunnelDesk::Id> TunnelDesk::receiver(const packet::View& p) const {
  if (p.proto == kGre) return book_.gre_holder(p.destination.address, p.source.address);
  return book_.holder(p.destination.address, p.source.address, p.spi);
}

// What is quoted went the other way. Of an ESP packet that went out nobody knows whose it was, unless one alone can have sent
// it.
std::optional<TunnelDesk::Id> TunnelDesk::quoted(const Punted& punted, const Now& now) const {
  const auto& q = *punted.view.quote;
  const auto here = q.source.address, there = q.destination.address;
  if (punted.header.direction != CGN_INBOUND) return book_.find(q.proto, {there, punted.realm()}, here);
  if (q.proto == kGre) return book_.gre_holder(here, there);
  const auto id = book_.candidate(here, there, stamp_of(now.mono));
  return id && book_.alone(*id) ? id : std::nullopt;
}

// --- the kernel's entries --------------------------------------------------------------------------------------------

bool TunnelDesk::install(Id id, Stamp now) {
  const auto& t = book_[id];
  auto installed = t.proto == kGre ? table_.insert(inbound_entry(t, 0, 0)) : Result<>{};
  if (installed) installed = table_.insert(outbound_entry(t, now));
  if (t.proto == kEsp) refresh_mark(t.external, t.remote, now);
  if (!installed)
    spdlog::error("install the tunnel of {} to {}: {}", to_string(t.internal.address), to_string(t.remote),
                  installed.error().what);
  return installed.has_value();
}

// An entry is replaced, never updated: whoever reads it meets the one or the other.
void TunnelDesk::refresh_mark(Ipv4 external, Ipv4 remote, Stamp now) {
  const auto id = book_.candidate(external, remote, now);
  if (!id) {
    table_.remove(io::SessionTable::key_of(mark_entry({.external = external, .remote = remote}, false)));
    return;
  }
  const auto wanted = mark_entry(book_[*id], book_.alone(*id));
  const auto stands = table_.read(io::SessionTable::key_of(wanted));
  if (stands && stands->to_addr == wanted.to_addr && stands->to_port == wanted.to_port) return;
  const auto installed = table_.insert(wanted);
  if (!installed)
    spdlog::error("let {} be heard by {}: {}", to_string(remote), to_string(book_[*id].internal.address),
                  installed.error().what);
}

void TunnelDesk::remove_inbound(const core::Tunnel& t, std::span<const core::Spi> spis) {
  if (t.proto == kGre) table_.remove(io::SessionTable::key_of(inbound_entry(t, 0, 0)));
  for (const auto spi : spis) table_.remove(key_of(t, spi));
}

void TunnelDesk::remove(Id id, const Now& now, core::Effects& effects) {
  const auto t = book_[id];
  table_.remove(key_of(t, 0));
  remove_inbound(t, t.spis);
  book_.end(id, stamp_of(now.mono));
  if (t.proto == kEsp) refresh_mark(t.external, t.remote, stamp_of(now.mono));
  translator_.lift_anchor(t.ticket, now, effects);
}

// --- life ------------------------------------------------------------------------------------------------------------

void TunnelDesk::released(const core::ReleaseHeld& release, const Now& now) {
  for (const auto id : book_.pending(release.ticket)) {
    if (release.verdict != CGN_VERDICT_TRANSLATED) {
      book_.end(id, stamp_of(now.mono));  // the block took its anchors along
      continue;
    }
    book_.go_live(id, stamp_of(now.mono));
    // What the kernel has no room for is tried again by its next packet.
    (void)install(id, stamp_of(now.mono));
  }
}

void TunnelDesk::tick(const Now& now, std::size_t most, core::Effects& effects) {
  const auto stamp = stamp_of(now.mono);
  for (const auto& [id, over, ended] : book_.due(look(), stamp, most)) {
    const auto t = book_[id];
    if (t.proto == kEsp) {
      for (const auto spi : ended) table_.remove(key_of(t, spi));
      refresh_mark(t.external, t.remote, stamp);
    }
    if (!over) continue;
    const auto last = table_.remove(key_of(t, 0));
    if (last && last->last_seen + core::ticks(config_.timeouts.udp) >= stamp) {  // a packet slipped in
      if (table_.insert(*last)) book_.keep(id, last->last_seen);
      continue;
    }
    remove(id, now, effects);
  }
}

std::size_t TunnelDesk::clear(const SubscriberId& internal, const Now& now, core::Effects& effects) {
  std::size_t cleared = 0;
  for (const auto id : book_.all()) {
    if (!internal.contains(book_[id].internal) || !book_[id].live) continue;
    remove(id, now, effects);
    ++cleared;
  }
  return cleared;
}

// --- after a restart -------------------------------------------------------------------------------------------------

// The ways out first: they say what is anchored where.
TunnelDesk::Adopted TunnelDesk::adopt(std::span<const cgn_entry> entries, const Now& now) {
  Adopted report;
  const auto judge = [&](const cgn_entry& entry, bool kept) {
    ++(kept ? report.entries : report.removed);
    if (!kept) table_.remove(io::SessionTable::key_of(entry));
  };
  for (const auto& entry : entries) {
    if (is_outbound(entry)) judge(entry, adopt_outbound(entry, now));
  }
  for (const auto& entry : entries) {
    if (!is_outbound(entry)) judge(entry, adopt_inbound(entry));
  }
  for (const auto id : book_.all()) {
    const auto& t = book_[id];
    if (t.proto == kEsp) refresh_mark(t.external, t.remote, stamp_of(now.mono));
    // Whoever died between the two left the way out without the way back; it is known whose that is.
    if (t.proto == kGre) (void)table_.insert(inbound_entry(t, 0, 0));
  }
  return report;
}

bool TunnelDesk::adopt_outbound(const cgn_entry& entry, const Now& now) {
  auto t = tunnel_of(entry);
  if (!wanted(t.proto) || book_.find(t.proto, t.internal, t.remote)) return false;
  if (t.proto == kGre && book_.gre_holder(t.external, t.remote)) return false;
  const auto ticket = translator_.adopt_anchor(t.internal, t.external);
  if (!ticket) return false;
  t.ticket = *ticket;
  t.live = true;
  (void)book_.begin(t, stamp_of(now.mono));
  return true;
}

bool TunnelDesk::adopt_inbound(const cgn_entry& entry) {
  const auto said = tunnel_of(entry);
  const auto id = book_.find(said.proto, said.internal, said.remote);
  if (!id || book_[*id].external != said.external) return false;
  return said.proto == kGre || (spi_of(entry) != 0 && book_.adopt(*id, spi_of(entry)));
}

}  // namespace cgn::daemon
