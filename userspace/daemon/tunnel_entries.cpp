// SPDX-License-Identifier: Apache-2.0
// A tunnel of the core <-> its entries in the kernel's `sessions`.
#include "daemon/tunnel_entries.hpp"

#include "daemon/entries.hpp"

namespace cgn::daemon {
namespace {

cgn_entry entry_of(const core::Tunnel& t, Ipv4 addr, unsigned direction, Ipv4 to) {
  cgn_entry e{};
  e.key = {.addr = addr.net(),
           .port = 0,
           .proto = static_cast<__u8>(t.proto),
           .realms = static_cast<__u8>(direction | t.internal.realm.value())};
  e.remote_addr = t.remote.net();
  e.to_addr = to.net();
  return e;
}

}  // namespace

cgn_entry outbound_entry(const core::Tunnel& t, Stamp seen_at) {
  auto e = entry_of(t, t.internal.address, 0, t.external);
  e.last_seen = seen_at;
  cgn_entry_seal(&e);
  return e;
}

cgn_entry inbound_entry(const core::Tunnel& t, core::Spi spi, Stamp seen_at) {
  auto e = entry_of(t, t.external, CGN_REALM_EXTERNAL, t.internal.address);
  e.key.port = htons(static_cast<std::uint16_t>(spi >> 16));
  e.remote_port = htons(static_cast<std::uint16_t>(spi));
  e.last_seen = seen_at;
  cgn_entry_seal(&e);
  return e;
}

cgn_entry mark_entry(const core::Tunnel& t, bool alone) {
  auto e = entry_of(t, t.external, CGN_REALM_EXTERNAL, t.internal.address);
  e.to_port = htons(alone ? 1 : 0);
  cgn_entry_seal(&e);
  return e;
}

bool is_tunnel(const cgn_entry& e) { return cgn::is_tunnel(static_cast<Proto>(e.key.proto)); }

core::Spi spi_of(const cgn_entry& inbound) {
  return core::Spi{ntohs(inbound.key.port)} << 16 | ntohs(inbound.remote_port);
}

core::Tunnel tunnel_of(const cgn_entry& e) {
  const auto addr = Ipv4::from_net(e.key.addr);
  const auto to = Ipv4::from_net(e.to_addr);
  const bool outbound = is_outbound(e);
  return {.proto = static_cast<Proto>(e.key.proto),
          .internal = {outbound ? addr : to, internal_realm(e)},
          .external = outbound ? to : addr,
          .remote = Ipv4::from_net(e.remote_addr)};
}

}  // namespace cgn::daemon
