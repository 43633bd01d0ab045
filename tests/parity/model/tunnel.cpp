// SPDX-License-Identifier: Apache-2.0
// Tunnels: ESP and GRE, whose ends are addresses alone.
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

const TunnelEnd* find(const Visit& v, const TunnelKey& key) {
  const auto found = v.state.scene.tunnels.find(key);
  return found == v.state.scene.tunnels.end() ? nullptr : &found->second;
}

// The SPI of ESP; of GRE the call that it bears, where the gateway is on.
std::uint32_t shown(const Visit& v) {
  if (v.view.proto == kEsp) return v.view.spi;
  const bool on = v.state.scene.settings.switches & CGN_SWITCH_ALG_PPTP;
  return on ? std::uint32_t{v.view.call} << 16 : 0;
}

Step find_receiver(Visit& v) {
  TunnelKey key{v.view.proto, CGN_REALM_EXTERNAL, v.ip.destination, v.ip.source, shown(v)};
  const auto* end = find(v, key);
  if (end == nullptr && key.spi != 0) {
    key.spi = 0;
    end = find(v, key);
    if (key.proto == kEsp) v.reason = CGN_PUNT_TUNNEL;
  }
  if (end == nullptr) return CGN_VERDICT_NO_MAPPING;
  v.to.destination = Endpoint{end->to, Port{end->call}};
  v.goes_to = end->realm;
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
  const TunnelKey any{v.view.proto, v.looks(), v.ip.source, v.ip.destination};
  auto call = any;
  if (v.view.proto == kGre) call.spi = shown(v);
  const auto* end = find(v, call);
  if (end == nullptr) end = find(v, any);
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
    const auto* const receiver = find(v, {quote.proto, v.looks(), there, here});
    if (receiver == nullptr) return CGN_VERDICT_ICMP_UNMATCHED;
    v.to.source = Endpoint{receiver->to, Port{}};
  }
  if (v.direction != CGN_OUTBOUND) {
    const auto* const sender = find(v, {quote.proto, CGN_REALM_EXTERNAL, here, there});
    if (sender == nullptr || (quote.proto == kEsp && !sender->alone)) return CGN_VERDICT_ICMP_UNMATCHED;
    v.to.destination = Endpoint{sender->to, Port{}};
    v.goes_to = sender->realm;
    v.to.identification_offset = identification_offset(v, {here, Port{}}, quote.proto);
  }
  return kGoOn;
}

}  // namespace cgn::parity
