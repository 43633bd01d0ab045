// SPDX-License-Identifier: Apache-2.0
// The halves of a packet: outbound by its source, inbound by its destination, hairpin by both in turn.
//
// TCP of addresses whose connections share ports names its remote as well, and what serves all remotes is found only when
// there is no such connection. A SYN to such an address makes its sender's connection even if it reaches nobody, because whom
// it reaches depends on what its sender becomes.
//
// A hairpinned ICMP query has one identifier. Its translated one arrives at the pool, as if it had gone around outside, so
// that without a mapping of its own it reaches nobody.
// RFC 4787 REQ-1, REQ-9; 5508 section 3; 7857 section 3
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

bool shares_ports(const Visit& v, std::uint32_t flags) {
  return v.view.proto == Proto::tcp && (flags & CGN_CLASS_SESSIONS);
}

std::optional<HalfKey> lookup(const Visit& v, Endpoint end, std::uint8_t realm) {
  const bool outside = realm == CGN_REALM_EXTERNAL;
  const HalfKey session{end, v.view.proto, realm, outside ? v.sent_source() : v.view.destination};
  if (shares_ports(v, outside ? v.destination_class : v.source_class) && v.state.scene.halves.contains(session)) {
    return session;
  }
  const auto key = key_of(v, end, v.view.proto, realm);
  return v.state.scene.halves.contains(key) ? std::optional{key} : std::nullopt;
}

void find_sender(Visit& v) {
  v.sender = lookup(v, v.view.source, v.looks());
  if (v.sender) {
    v.to.source = translated(v.view.source, *v.sender, v.half(*v.sender));
    if (!is_whole(v, v.ip.source)) {
      v.to.identification_offset = identification_offset(v, *v.to.source, v.view.proto);
    }
  } else {
    v.reason = CGN_PUNT_FIRST_PACKET;
  }
}

Step find_receiver(Visit& v, Endpoint end) {
  v.receiver = lookup(v, end, CGN_REALM_EXTERNAL);
  if (!v.receiver) return CGN_VERDICT_NO_MAPPING;
  v.to.destination = translated(end, *v.receiver, v.half(*v.receiver));
  v.goes_to = v.half(*v.receiver).realm;
  return kGoOn;
}

Step find_both(Visit& v) {
  find_sender(v);
  auto destination = v.view.destination;
  if (v.view.proto == Proto::icmp) {
    if (!v.sender && !is_whole(v, v.ip.destination)) return CGN_VERDICT_NO_MAPPING;
    if (v.sender) destination.port = v.to.source->port;
  }
  const auto step = find_receiver(v, destination);
  const bool knocks = !v.sender && shares_ports(v, v.destination_class) && v.view.syn && !v.view.ack;
  return knocks ? kGoOn : step;
}

}  // namespace

Step find_mapping(Visit& v) {
  if (v.view.quote) return find_quoted_mapping(v);
  const bool tunnel = is_tunnel(v.view.proto) && !v.view.opaque;
  if (tunnel && v.direction == CGN_HAIRPIN) return CGN_VERDICT_NO_MAPPING;
  if (is_later_fragment(v) && !is_whole(v)) return find_later_fragment(v);
  if (tunnel) return find_tunnel(v);
  switch (v.direction) {
    case CGN_OUTBOUND: find_sender(v); return kGoOn;
    case CGN_INBOUND: return find_receiver(v, v.view.destination);
    case CGN_HAIRPIN: return find_both(v);
    case CGN_BYPASS: return kGoOn;  // none is asked for
  }
  return kGoOn;
}

}  // namespace cgn::parity
