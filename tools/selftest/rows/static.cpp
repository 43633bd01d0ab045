// SPDX-License-Identifier: Apache-2.0
// Static mappings: a port forward, and whole addresses (1:1) with whatever transport.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr std::uint8_t kGre = 47, kEsp = 50, kSctp = 132;
const Endpoint kServerOutside = at(kForwardOutside, 443), kServerInside = at(kForwardInside, 8443);

Bytes opaque(Wire& w, Ipv4 from, Ipv4 to, std::uint8_t protocol) {
  return w.between(from, to).protocol(protocol).payload(w.token());
}

void forward_in(Wire& w) {
  const auto seen = w.in(w.tcp(at(w.server(), 50000), kServerOutside, kSyn));
  w.same(seen.to(), kServerInside, "where the port forward leads, and its host");
  const auto again = w.in(w.tcp(at(w.server(), 50001), kServerOutside, kSyn));
  w.same(again.to(), kServerInside, "where it leads another stranger, and its host");
  w.refused(w.tcp(at(w.server(), 50000), at(kForwardOutside, 444), kSyn));
}

void forward_out(Wire& w) {
  const auto stranger = at(w.server(), 50000);
  w.in(w.tcp(stranger, kServerOutside, kSyn));
  const auto seen = w.out(w.tcp(kServerInside, stranger, kSyn | kAck));
  w.same(seen.from(), kServerOutside, "the source of the answer and the forwarded port");
}

void forward_hairpin(Wire& w) {
  const auto seen = w.hairpin(w.tcp(at(w.subscriber(), 5000), kServerOutside, kSyn));
  w.same(seen.to(), kServerInside, "where the port forward leads a subscriber, and its host");
}

void whole_ports(Wire& w) {
  const auto server = w.server();
  for (const unsigned port : {1u, 53u, 5000u, 65535u}) {
    const auto inside = at(kWholeInside, port), outside = at(kWholeOutside, port), remote = at(server, 7000);
    w.same(w.out(w.udp(inside, remote)).from(), outside, "the source of UDP and the whole address");
    w.same(w.in(w.udp(at(w.server(), 9), outside)).to(), inside, "the destination of a stranger's UDP");
    w.same(w.out(w.tcp(inside, remote, kSyn)).from(), outside, "the source of a SYN and the whole address");
    w.same(w.in(w.tcp(at(w.server(), 9), outside, kSyn)).to(), inside, "the destination of a stranger's SYN");
  }
}

void whole_icmp(Wire& w) {
  const auto server = w.server();
  const auto seen = w.out(w.ping(kWholeInside, server, 77));
  w.same(seen.from(), at(kWholeOutside, 77), "the source and identifier of a ping");
  w.in(w.pong(server, kWholeOutside, 77));
  w.same(w.in(w.ping(server, kWholeOutside, 4711)).destination, kWholeInside, "whom a stranger's ping reaches");
  w.same(w.out(w.pong(kWholeInside, server, 4711)).source, kWholeOutside, "the source of the answer");
}

void whole_opaque(Wire& w) {
  const auto server = w.server();
  for (const auto protocol : {kGre, kEsp, kSctp}) {
    w.same(w.out(opaque(w, kWholeInside, server, protocol)).source, kWholeOutside, "the source and the whole address");
    w.same(w.in(opaque(w, server, kWholeOutside, protocol)).destination, kWholeInside, "whom it reaches");
  }
}

void whole_error(Wire& w) {
  const auto server = w.server();
  for (const bool esp : {false, true}) {
    const auto sent =
        esp ? opaque(w, kWholeInside, server, kEsp) : Bytes{w.udp(at(kWholeInside, 5000), at(server, 7000))};
    const auto seen = w.out(sent);
    w.send(w.between(kUnrelatedRouter, seen.source).icmp(11, 0).payload(seen.packet));
    const auto error = w.expect(Side::inside, "the ICMP error about what was sent", [&](const Seen& s) {
      return s.is_icmp_error() && s.icmp_type == 11 && s.destination == kWholeInside;
    });
    const auto quote = quoted(error);
    w.check(
        quote && quote->source == kWholeInside && quote->identification == decode(sent, Side::inside)->identification,
        "a quote of the packet as it was sent, saw " + describe(error));
    w.check(error.transport_checksum_right && quote->header_checksum_right, "right checksums of " + describe(error));
  }
}

void whole_hairpin(Wire& w) {
  const auto turned = w.hairpin(w.udp(at(kWholeInside, 5000), at(kSecondWholeOutside, 6000)));
  w.same(turned.from(), at(kWholeOutside, 5000), "the source between whole addresses");
  w.same(turned.to(), at(kSecondWholeInside, 6000), "the destination between whole addresses");
  w.hairpin(opaque(w, kWholeInside, kSecondWholeOutside, kEsp));
  const auto from_pool = w.hairpin(w.udp(at(w.subscriber(), 5000), at(kWholeOutside, 53)));
  w.same(from_pool.to(), at(kWholeInside, 53), "whom a subscriber of a pool reaches");
}

void whole_fragments(Wire& w) {
  const auto server = w.server();
  const auto piece = [&](Ipv4 from, Ipv4 to) {
    return w.between(from, to).protocol(17).payload(w.token()).fragment(1480, false);
  };
  w.same(w.out(piece(kWholeInside, server)).source, kWholeOutside, "the source of a later fragment alone");
  w.same(w.in(piece(server, kWholeOutside)).destination, kWholeInside, "whom a later fragment alone reaches");
}

}  // namespace

Rows static_rows() {
  return {
      {.id = "static-forward-in",
       .tags = {"RFC6888-REQ-7"},
       .says = "a port forward leads any stranger to its host, its next port nobody",
       .plays = forward_in},
      {.id = "static-forward-out",
       .tags = {"RFC4787-REQ-1"},
       .says = "what the host of a port forward answers leaves with the forwarded port",
       .plays = forward_out},
      {.id = "static-forward-hairpin",
       .tags = {"RFC4787-REQ-9"},
       .says = "a subscriber reaches a port forward by its external end",
       .plays = forward_hairpin},
      {.id = "static-whole-ports",
       .tags = {"RFC6888-REQ-7", "RFC3022-2.1"},
       .says = "a host mapped 1:1 keeps every port of TCP and UDP, and is reached on each",
       .plays = whole_ports},
      {.id = "static-whole-icmp",
       .tags = {"RFC5508-REQ-1"},
       .says = "a host mapped 1:1 pings and is pinged, identifiers kept",
       .plays = whole_icmp},
      {.id = "static-whole-opaque",
       .tags = {"RFC6888-REQ-1", "RFC3022-2.1"},
       .says = "ESP, GRE and SCTP pass a 1:1 mapping both ways",
       .plays = whole_opaque},
      {.id = "static-whole-error",
       .tags = {"RFC5508-REQ-4"},
       .says = "an ICMP error about a 1:1 host's packet, of whatever transport, quotes it as it was sent",
       .plays = whole_error},
      {.id = "static-whole-hairpin",
       .tags = {"RFC4787-REQ-9"},
       .says = "1:1 hosts and subscribers of a pool reach each other by their external addresses",
       .plays = whole_hairpin},
      {.id = "static-whole-fragments",
       .tags = {"RFC4787-REQ-14", "RFC3022-2.1"},
       .says = "a later fragment of a 1:1 host passes by itself",
       .plays = whole_fragments},
  };
}

}  // namespace cgn::selftest
