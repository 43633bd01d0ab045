// SPDX-License-Identifier: Apache-2.0
// Bypass rules: internal hosts that are never translated, and remotes that every subscriber reaches under its own address,
// perhaps by certain ports only. Such packets are forwarded by us, byte for byte but for the TTL.
//
// A fragment does not name its ports each time, so that a rule with ports leaves a datagram in fragments to be translated.
// RFC 6888 REQ-6
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr std::uint32_t kInternal = CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_INTERNAL;
constexpr unsigned kTcp = 6, kUdp = 17;

struct Remote {
  std::uint32_t flags = 0;
  std::uint32_t ports = 0;  // which set of them; 0 = all of every protocol
  std::size_t port_at = 0;  // of its port in the transport header
};

// The world has one set of ports: kDnsOnly holds UDP 53.
bool names_its_port(const Visit& v, const Remote& remote) {
  if (remote.ports == 0) return true;
  if (v.ip.is_fragment() || (v.ip.protocol != kTcp && v.ip.protocol != kUdp) || v.ip.transport_length() < 4)
    return false;
  const auto port = word_at(v.in.frame, v.ip.transport() + remote.port_at);
  return remote.ports == test::kDnsOnly && v.ip.protocol == kUdp && port == 53;
}

}  // namespace

bool is_bypassed(const Visit& v) {
  const auto* source = class_of(v, v.ip.source);
  const auto* destination = class_of(v, v.ip.destination);
  const bool outward = (v.role & CGN_ROLE_INTERNAL) && (v.source_class & kInternal);
  if (!outward && (!(v.role & CGN_ROLE_EXTERNAL) || v.goes_to == kNowhere)) return false;
  const auto here = outward ? v.source_class : v.destination_class;
  const auto* there = outward ? destination : source;
  const Remote remote{.flags = there != nullptr ? there->flags : 0,
                      .ports = there != nullptr ? there->bypass_set : 0,
                      .port_at = outward ? 2u : 0u};
  if (!(here & kInternal) || (remote.flags & (kInternal | CGN_CLASS_POOL | CGN_CLASS_FOREIGN))) return false;
  if (here & CGN_CLASS_BYPASS_INTERNAL) return true;
  return (remote.flags & CGN_CLASS_BYPASS_REMOTE) && names_its_port(v, remote);
}

}  // namespace cgn::parity
