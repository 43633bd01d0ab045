// SPDX-License-Identifier: Apache-2.0
// A call of PPTP <-> its two entries in the kernel's `sessions`.
#include "daemon/call_entries.hpp"

#include "cgn/tunnel.hpp"
#include "daemon/entries.hpp"

namespace cgn::daemon {
namespace {

struct End {
  Ipv4 address{};
  Call::Id id = 0;
};

cgn_entry entry_of(const Call& call, unsigned direction, End here, End there) {
  cgn_entry e{};
  e.key = {.addr = here.address.net(),
           .port = htons(here.id),
           .proto = static_cast<__u8>(kGre),
           .realms = static_cast<__u8>(direction | call.control.internal.realm.value())};
  e.to_addr = there.address.net();
  e.to_port = htons(there.id);
  e.remote_addr = call.control.remote.address.net();
  e.highest_ack = std::uint32_t{call.control.internal.port.value()} << 16 | call.control.remote.port.value();
  cgn_entry_seal(&e);
  return e;
}

}  // namespace

cgn_entry inbound_entry(const Call& call) {
  return entry_of(call, CGN_REALM_EXTERNAL, {call.external, call.shown}, {call.control.internal.address, call.own});
}

cgn_entry outbound_entry(const Call& call, Stamp seen_at) {
  auto e = entry_of(call, 0, {call.control.internal.address, call.peer}, {call.external, call.shown});
  e.last_seen = seen_at;
  return e;
}

bool is_call(const cgn_entry& e) { return static_cast<Proto>(e.key.proto) == kGre && e.key.port != 0; }

Call call_of(const cgn_entry& e) {
  const bool outbound = is_outbound(e);
  const auto addr = Ipv4::from_net(e.key.addr), to = Ipv4::from_net(e.to_addr);
  const Call::Id key = ntohs(e.key.port), id = ntohs(e.to_port);
  const auto port = [&](unsigned shift) { return Port{static_cast<std::uint16_t>(e.highest_ack >> shift)}; };
  const InternalEndpoint internal{{outbound ? addr : to, port(16)}, internal_realm(e)};
  return {.control = {internal, {Ipv4::from_net(e.remote_addr), port(0)}},
          .external = outbound ? to : addr,
          .own = outbound ? Call::Id{0} : id,
          .shown = outbound ? id : key,
          .peer = outbound ? key : Call::Id{0}};
}

}  // namespace cgn::daemon
