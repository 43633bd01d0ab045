// SPDX-License-Identifier: Apache-2.0
// The few frames and mappings that the direct tests of the program share.
#pragma once

#include "packets/row.hpp"

namespace cgn::test {

inline constexpr unsigned kRemotePort = 80;

// alice:5000 <-> 203.0.113.1:41000, first seen talking to web:80.
[[nodiscard]] inline Mapping alice_tcp(std::uint8_t seen_outbound = 0, std::uint8_t seen_inbound = 0) {
  auto m = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, kRemotePort));
  m.seen_outbound = seen_outbound;
  m.seen_inbound = seen_inbound;
  return m;
}

[[nodiscard]] inline Frame from_alice(std::uint8_t flags, Ipv4 remote = kWeb) {
  return received_by(Link::internal).ipv4(kAlice, remote).tcp(5000, kRemotePort, flags);
}

[[nodiscard]] inline Frame to_alice(std::uint8_t flags, Ipv4 remote = kWeb) {
  return received_by(Link::external).ipv4(remote, kPoolAddress).tcp(kRemotePort, 41000, flags);
}

[[nodiscard]] inline Frame query_of(Ipv4 subscriber, unsigned port = 5000) {
  return received_by(Link::internal).ipv4(subscriber, kResolver).udp(port, 53).payload("query");
}

}  // namespace cgn::test
