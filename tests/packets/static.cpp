// SPDX-License-Identifier: Apache-2.0
// Static mappings: translated and counted as all are, but nothing of TCP is kept of them.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kServer{.proto = Proto::tcp,
                      .internal = at_port(kAlice, 8443),
                      .external = at_port(kPoolAddress, 443),
                      .features = CGN_FEATURE_STATIC};
const Mapping kBobTcp =
    mapped(Proto::tcp, at_port(kBob, 5000), at_port(kPoolAddress, 40000), at_port(kPoolAddress, 443));

}  // namespace

std::vector<Row> static_rows() {
  return {
      {.says = "a SYN from anywhere reaches a port forward in the kernel, and makes nothing shared",
       .given = {kServer},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(50000, 443, kSyn),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(50000, 8443, kSyn)},
      {.says = "the server's answer leaves with the forwarded port",
       .given = {kServer},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(8443, 50000, kSyn | kAck),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(443, 50000, kSyn | kAck)},
      {.says = "a RST ends no port forward",
       .given = {kServer},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(50000, 443, kRst),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(50000, 8443, kRst)},
      {.says = "a subscriber reaches another's port forward by hairpin",
       .given = {kServer, kBobTcp},
       .in = received_by(Link::internal).ipv4(kBob, kPoolAddress).tcp(5000, 443, kAck).payload_of(20),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kAlice).ttl(63).tcp(40000, 8443, kAck).payload_of(20),
       .seen = CGN_SEEN_ACK},
  };
}

}  // namespace cgn::test
