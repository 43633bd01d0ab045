// SPDX-License-Identifier: Apache-2.0
// ICMP queries, echo and timestamp: the identifier is the port (RFC 5508 s. 3). Errors stand in icmp_errors*.cpp.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));

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
      {.says = "a timestamp request leaves with the external identifier",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).timestamp_request(77, 5).payload_of(12),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).timestamp_request(42000, 5).payload_of(12)},
      {.says = "the timestamp reply comes back with the internal identifier",
       .given = {kAlicePing},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).timestamp_reply(42000, 5).payload_of(12),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).timestamp_reply(77, 5).payload_of(12)},
      {.says = "the first timestamp request is punted",
       .granted = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).timestamp_request(77).payload_of(12),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).timestamp_request(42000).payload_of(12),
       .punt = Punt{}},
      {.says = "a timestamp request from outside reaches the mapping",
       .given = {kAlicePing},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).timestamp_request(42000, 6).payload_of(12),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).timestamp_request(77, 6).payload_of(12)},
      {.says = "inbound OSPF is no protocol of this NAT",
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).protocol(89).payload_of(40),
       .verdict = CGN_VERDICT_PROTOCOL},
  };
}

}  // namespace cgn::test
