// SPDX-License-Identifier: Apache-2.0
// ICMP echo: the identifier is the port (RFC 5508 s. 3). Everything else of ICMP is refused by this version.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));

Bytes quote_of_alice() {
  auto quote = Frame{}.ipv4(kPoolAddress, kWeb).udp(40000, 443).payload_of(64).packet();
  quote.resize(28);
  return quote;
}

}  // namespace

std::vector<Row> icmp_rows() {
  return {
      {.says = "the first echo request is punted",
       .granted = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77).payload_of(56),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).echo_request(42000).payload_of(56),
       .punt = Punt{}},
      {.says = "an echo request leaves with the external identifier",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77, 2).payload_of(57),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).echo_request(42000, 2).payload_of(57)},
      {.says = "the echo reply comes back with the internal identifier",
       .given = {kAlicePing},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).echo_reply(42000, 2).payload_of(57),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).echo_reply(77, 2).payload_of(57)},
      {.says = "an echo request from outside reaches the mapping (RFC 5508 REQ-2)",
       .given = {kAlicePing},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).echo_request(42000, 9).payload_of(56),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).echo_request(77, 9).payload_of(56)},
      {.says = "the subscriber's echo reply leaves with the external identifier",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).echo_reply(77, 9).payload_of(56),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).echo_reply(42000, 9).payload_of(56)},
      {.says = "an echo reply with an identifier that nobody holds is no_mapping",
       .given = {kAlicePing},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).echo_reply(42001).payload_of(56),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "an echo without data is translated",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).echo_request(77, 3).padding(18),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).echo_request(42000, 3)},
      {.says = "an outbound ICMP error is refused",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).icmp(3, 3).payload(quote_of_alice()),
       .verdict = CGN_VERDICT_ICMP_ERROR},
      {.says = "an inbound ICMP error is refused",
       .given = {kAlicePing, mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000))},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).icmp(11, 0).payload(quote_of_alice()),
       .verdict = CGN_VERDICT_ICMP_ERROR},
      {.says = "an ICMP timestamp request is refused",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).icmp(13, 0).payload_of(12),
       .verdict = CGN_VERDICT_ICMP_ERROR},
      {.says = "inbound ESP is no protocol of this NAT",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).protocol(50).payload_of(40),
       .verdict = CGN_VERDICT_PROTOCOL},
  };
}

}  // namespace cgn::test
