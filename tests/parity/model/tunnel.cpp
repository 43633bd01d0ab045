// SPDX-License-Identifier: Apache-2.0
// Tunnels: ESP and GRE, whose ends are addresses alone.
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

const TunnelEnd* find(const Visit& v, const TunnelKey& key) {
  const auto found = v.state.scene.tunnels.find(key);
  return found == v.state.scene.tunnels.end() ? nullptr : &found->second;
}

Step find_receiver(Visit& v) {
  TunnelKey key{v.view.proto, CGN_REALM_EXTERNAL, v.ip.destination, v.ip.source, v.view.spi};
  const auto* end = find(v, key);
  if (end == nullptr && key.spi != 0) {
    key.spi = 0;
    end = find(v, key);
    v.reason = CGN_PUNT_TUNNEL;
  }
  if (end == nullptr) return CGN_VERDICT_NO_MAPPING;
  v.to.destination = Endpoint{end->to, Port{}};
  return kGoOn;
}

}  // namespace

// Of what the twin reads as such, or could not read.
bool is_unwanted_tunnel(const Visit& v) {
  const auto switches = v.state.scene.settings.switches;
  if (v.ip.protocol == static_cast<unsigned>(kEsp)) return (switches & CGN_SWITCH_ESP) == 0;
  return v.ip.protocol == static_cast<unsigned>(kGre) && (switches & CGN_SWITCH_GRE) == 0;
}

Step find_tunnel(Visit& v) {
  if (v.direction == CGN_INBOUND) return find_receiver(v);
  const auto* const end = find(v, {v.view.proto, CGN_REALM_INTERNAL, v.ip.source, v.ip.destination});
  if (end == nullptr) {
    v.reason = CGN_PUNT_FIRST_PACKET;
    return kGoOn;
  }
  v.to.source = Endpoint{end->to, Port{}};
  v.to.identification_offset = identification_offset(v, *v.to.source, v.view.proto);
  return kGoOn;
}

// What is quoted went the other way. Of ESP the SPI is the other end's: only who is alone can have sent it.
Step find_quoted_tunnel(Visit& v) {
  const auto& quote = *v.view.quote;
  const auto here = quote.source.address, there = quote.destination.address;
  if (v.direction != CGN_INBOUND) {
    const auto* const receiver = find(v, {quote.proto, CGN_REALM_INTERNAL, there, here});
    if (receiver == nullptr) return CGN_VERDICT_ICMP_UNMATCHED;
    v.to.source = Endpoint{receiver->to, Port{}};
  }
  if (v.direction != CGN_OUTBOUND) {
    const auto* const sender = find(v, {quote.proto, CGN_REALM_EXTERNAL, here, there});
    if (sender == nullptr || (quote.proto == kEsp && !sender->alone)) return CGN_VERDICT_ICMP_UNMATCHED;
    v.to.destination = Endpoint{sender->to, Port{}};
    v.to.identification_offset = identification_offset(v, {here, Port{}}, quote.proto);
  }
  return kGoOn;
}

}  // namespace cgn::parity
