// SPDX-License-Identifier: Apache-2.0
// UDP-Lite, DCCP, and SCTP, whose ports no NAT can change.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

Frame udplite(Wire& w, Endpoint from, Endpoint to, unsigned covered = 0) {
  auto frame = w.between(from.address, to.address).udplite(from.port.value(), to.port.value()).covered(covered);
  return frame.payload(w.token());
}
Frame dccp(Wire& w, Endpoint from, Endpoint to) {
  return w.between(from.address, to.address).dccp(from.port.value(), to.port.value()).payload(w.token());
}
Frame sctp(Wire& w, Endpoint from, Endpoint to) {
  return w.between(from.address, to.address).sctp(from.port.value(), to.port.value()).payload(w.token());
}

using Make = Frame (*)(Wire&, Endpoint, Endpoint);
Frame lite(Wire& w, Endpoint from, Endpoint to) { return udplite(w, from, to); }

// Both directions, another remote, and another subscriber.
Endpoint both_ways(Wire& w, Make make, unsigned port) {
  const auto alice = at(w.subscriber(), port), server = at(w.server(), 7000), other = at(w.server(), 7001);
  const auto outside = w.out(make(w, alice, server)).from();
  w.same(w.in(make(w, server, outside)).to(), alice, "who spoke and who was answered");
  w.same(w.out(make(w, alice, other)).from(), outside, "the external endpoint towards two servers");
  w.same(w.in(make(w, other, outside)).to(), alice, "who spoke and who was answered by another server");
  w.differ(w.out(make(w, at(w.subscriber(), port + 1), server)).from(), outside, "the external endpoints of two");
  return outside;
}

void udplite_both_ways(Wire& w) { both_ways(w, lite, 5000); }
void dccp_both_ways(Wire& w) { both_ways(w, dccp, 5000); }
void sctp_both_ways(Wire& w) {
  w.check(both_ways(w, sctp, 9000).port == Port{9000}, "SCTP to leave under its own port");
}

void udplite_partly_summed(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  const auto outside = w.out(udplite(w, alice, server, 8)).from();
  w.in(udplite(w, server, outside, 12));
  w.refused(udplite(w, alice, server, 7));
}

void separate(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  const auto outside = w.out(dccp(w, alice, server)).from();
  w.refused(sctp(w, server, outside));
  w.refused(lite(w, server, outside));
  w.same(w.out(lite(w, alice, server)).source, outside.address, "the address of two transports of a subscriber");
}

void meet(Wire& w, Make make) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000);
  const auto outside = w.out(make(w, bob, at(w.server(), 7000))).from();
  const auto call = w.hairpin(make(w, alice, outside));
  w.same(call.to(), bob, "who was called and who was reached");
  w.same(w.hairpin(make(w, bob, call.from())).to(), alice, "the caller and who was answered");
}
void udplite_hairpin(Wire& w) { meet(w, lite); }
void dccp_hairpin(Wire& w) { meet(w, dccp); }

void errors(Wire& w) {
  const auto server = at(w.server(), 7000);
  for (const auto make : {lite, dccp, sctp}) {
    const auto alice = at(w.subscriber(), 12000);
    const auto frame = make(w, alice, server).bytes();
    const auto seen = w.out(frame);
    w.send(w.between(kUnrelatedRouter, seen.source).icmp(3, 1).payload(seen.packet));
    const auto error = w.expect(Side::inside, "the error about what was sent",
                                [&](const Seen& s) { return s.is_icmp_error() && s.destination == alice.address; });
    const auto quote = quoted(error);
    w.check(quote && quote->from() == alice && quote->to() == server && quote->transport_checksum_right,
            "the quoted packet as it was sent, saw " + describe(error));
  }
}

void sctp_refused(Wire& w) {
  const auto pool = w.small_pool();
  const auto alice = at(Wire::nth(pool.subscribers, 1), 1030), bob = at(Wire::nth(pool.subscribers, 2), 1030);
  const auto server = at(w.server(), 7000);
  const auto outside = w.out(sctp(w, alice, server)).from();
  w.same(outside, at(pool.address, 1030), "the address of the pool with the port that was sent, and what was seen");
  const auto frame = sctp(w, bob, server).bytes();
  w.send(frame);
  w.told(frame, 3, 1);
  w.refused(sctp(w, bob, server));
  w.same(w.in(sctp(w, server, outside)).to(), alice, "who has the port and who was answered");
}

void sctp_outside_the_pool(Wire& w) {
  const auto alice = w.subscriber();
  w.refused(sctp(w, at(alice, 900), at(w.server(), 7000)));
  w.out(w.udp(at(alice, 900), at(w.server(), 7000)));
}

}  // namespace

Rows transport_rows() {
  return {
      {.id = "udplite",
       .tags = {"RFC6888-REQ-1", "RFC4787-REQ-1"},
       .says = "UDP-Lite is translated both ways, and keeps its external endpoint towards another server",
       .plays = udplite_both_ways},
      {.id = "udplite-coverage",
       .tags = {"RFC6888-REQ-1"},
       .says = "UDP-Lite whose checksum covers a part is translated, one that covers less than the header is refused",
       .plays = udplite_partly_summed},
      {.id = "udplite-hairpin",
       .tags = {"RFC4787-REQ-9"},
       .says = "subscribers meet by UDP-Lite at their external endpoints",
       .plays = udplite_hairpin},
      {.id = "dccp",
       .tags = {"RFC6888-REQ-1", "RFC5597-REQ-1"},
       .says = "DCCP is translated both ways, and keeps its external endpoint towards another server",
       .plays = dccp_both_ways},
      {.id = "dccp-hairpin",
       .tags = {"RFC5597-REQ-8"},
       .says = "subscribers meet by DCCP at their external endpoints",
       .plays = dccp_hairpin},
      {.id = "sctp",
       .tags = {"RFC6888-REQ-1"},
       .says = "SCTP is translated both ways under its own port, and all but its addresses stays as it was",
       .plays = sctp_both_ways},
      {.id = "sctp-taken",
       .tags = {"RFC6888-REQ-1", "RFC6888-REQ-11B"},
       .says = "SCTP whose port another subscriber of the address has is refused and told, and harms nobody",
       .group = Group::small_pools,
       .plays = sctp_refused},
      {.id = "sctp-foreign-port",
       .tags = {"RFC6888-REQ-1"},
       .says = "SCTP under a port that the pool does not lend never leaves",
       .plays = sctp_outside_the_pool},
      {.id = "transports-apart",
       .tags = {"RFC6888-REQ-1", "RFC6888-REQ-2"},
       .says = "a mapping of one transport is none of another, and a subscriber's are on one address",
       .plays = separate},
      {.id = "transport-errors",
       .tags = {"RFC5597-REQ-9", "RFC5508-REQ-4"},
       .says = "an ICMP error about UDP-Lite, DCCP or SCTP reaches the subscriber, quoting what it sent",
       .plays = errors},
  };
}

}  // namespace cgn::selftest
