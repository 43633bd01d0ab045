// SPDX-License-Identifier: Apache-2.0
// A mapping of the core <-> the two entries of the kernel's table.
#include "daemon/entries.hpp"

namespace cgn::daemon {
namespace {

bool is_whole(const core::MappingView& m) { return (m.features & CGN_FEATURE_WHOLE) != 0; }

// A whole address has neither port nor protocol in its key, and its translation no port.
__be16 port_of(const core::MappingView& m, Endpoint e) { return is_whole(m) ? __be16{0} : e.port.net(); }

cgn_key key_of(const core::MappingView& m, Endpoint e, std::uint8_t realm) {
  return cgn_key{.addr = e.address.net(),
                 .port = port_of(m, e),
                 .proto = is_whole(m) ? __u8{0} : static_cast<__u8>(m.proto),
                 .realm = realm};
}

// As the entry of that key repeats it.
cgn_entry_key repeated(const cgn_key& key, RealmId internal) {
  const bool inbound = key.realm == CGN_REALM_EXTERNAL;
  return {.addr = key.addr,
          .port = key.port,
          .proto = key.proto,
          .realms = static_cast<__u8>(inbound ? key.realm | internal.value() : key.realm)};
}

Endpoint endpoint_of(__be32 address, __be16 port) { return {Ipv4::from_net(address), Port::from_net(port)}; }

cgn_session_key session_of(const cgn_key& end, Endpoint remote) {
  return cgn_session_key{.addr = end.addr,
                         .remote_addr = remote.address.net(),
                         .port = end.port,
                         .remote_port = remote.port.net(),
                         .proto = end.proto,
                         .realm = end.realm,
                         .pad = {}};
}

}  // namespace

cgn_key outbound_key(const core::MappingView& m) { return key_of(m, m.internal, m.internal.realm.value()); }
cgn_key inbound_key(const core::MappingView& m) { return key_of(m, m.external, CGN_REALM_EXTERNAL); }

EntryPair to_entries(const core::MappingView& m, Monotonic seen_at) {
  cgn_entry both{};
  both.features = m.features;
  both.remote_addr = m.remote.address.net();
  both.remote_port = m.remote.port.net();
  both.mapping_id = m.id;

  EntryPair pair{.inbound = both, .outbound = both};
  pair.inbound.key = repeated(inbound_key(m), m.internal.realm);
  pair.inbound.to_addr = m.internal.address.net();
  pair.inbound.to_port = port_of(m, m.internal);
  pair.outbound.key = repeated(outbound_key(m), m.internal.realm);
  pair.outbound.to_addr = m.external.address.net();
  pair.outbound.to_port = port_of(m, m.external);
  pair.outbound.seen = m.seen;
  pair.outbound.window_scale = m.window_scale;
  // Only the outbound packet that made the mapping was seen; inbound stays "never" until the kernel sees one.
  pair.outbound.last_seen = stamp_of(seen_at);
  cgn_entry_seal(&pair.inbound);
  cgn_entry_seal(&pair.outbound);
  return pair;
}

bool is_outbound(const cgn_entry& e) { return (e.key.realms & CGN_REALM_EXTERNAL) == 0; }

RealmId internal_realm(const cgn_entry& e) {
  return RealmId{static_cast<std::uint8_t>(e.key.realms & CGN_REALM_INTERNAL_MASK)};
}

core::MappingView to_mapping(const cgn_entry& outbound) {
  const bool whole = (outbound.features & CGN_FEATURE_WHOLE) != 0;
  return core::MappingView{.id = outbound.mapping_id,
                           .proto = whole ? Proto::udp : static_cast<Proto>(outbound.key.proto),
                           .internal = {endpoint_of(outbound.key.addr, outbound.key.port), internal_realm(outbound)},
                           .external = endpoint_of(outbound.to_addr, outbound.to_port),
                           .remote = endpoint_of(outbound.remote_addr, outbound.remote_port),
                           .features = outbound.features,
                           .seen = outbound.seen,
                           .window_scale = outbound.window_scale};
}

cgn_key twin_key(const cgn_entry& e) {
  const auto realm = is_outbound(e) ? static_cast<__u8>(CGN_REALM_EXTERNAL) : internal_realm(e).value();
  return cgn_key{.addr = e.to_addr, .port = e.to_port, .proto = e.key.proto, .realm = realm};
}

bool are_twins(const cgn_entry& a, const cgn_entry& b) {
  return b.to_addr == a.key.addr && b.to_port == a.key.port && internal_realm(a) == internal_realm(b);
}

cgn_session_key outbound_session(const core::MappingView& m) { return session_of(outbound_key(m), m.remote); }
cgn_session_key inbound_session(const core::MappingView& m) { return session_of(inbound_key(m), m.remote); }
cgn_session_key twin_session(const cgn_entry& e) {
  return session_of(twin_key(e), endpoint_of(e.remote_addr, e.remote_port));
}

core::MappingView to_connection(const cgn_entry& outbound) {
  auto mapping = to_mapping(outbound);
  mapping.session = true;
  return mapping;
}

core::Seen to_seen(const cgn_entry& e) {
  return core::Seen{
      .present = true, .bits = e.seen, .last_seen = e.last_seen, .last_data = e.last_data, .closed_at = e.closed_at};
}

}  // namespace cgn::daemon
