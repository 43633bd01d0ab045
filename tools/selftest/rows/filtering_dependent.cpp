// SPDX-License-Identifier: Apache-2.0
// Address-dependent and address- and port-dependent filtering, and refreshing by both directions, where a pool asks for it.
#include <set>

#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr unsigned kServerPort = 7000;  // not 53, whose mappings have a timer of their own

void address_udp(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = w.server(), stranger = w.server();
  const auto external = w.out(w.udp(alice, at(server, kServerPort))).from();
  w.in(w.udp(at(server, 9999), external));
  w.refused(w.udp(at(stranger, kServerPort), external));
  w.out(w.udp(alice, at(stranger, 1)));
  w.in(w.udp(at(stranger, kServerPort), external));
}

void port_udp(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = w.server();
  const auto external = w.out(w.udp(alice, at(server, kServerPort))).from();
  w.in(w.udp(at(server, kServerPort), external));
  w.refused(w.udp(at(server, 9999), external));
  w.refused(w.udp(at(w.server(), kServerPort), external));
  w.out(w.udp(alice, at(server, 9999)));
  w.in(w.udp(at(server, 9999), external));
}

// RFC 5382 s.5: the SYN of who was not called is not heard; a connection may then be opened from inside to the same remote.
void strangers_syn(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), stranger = at(w.server(), 4444);
  const auto first = Connection::open(w, alice, at(w.server(), 80));
  w.refused(w.tcp(stranger, first.external(), kSyn));
  const auto second = Connection::open(w, alice, stranger);
  w.same(second.external(), first.external(), "the external endpoints of both connections");
}

// The server's address is heard, its other port only where ports do not count.
void other_port_syn(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = w.server();
  const auto first = Connection::open(w, alice, at(server, 80));
  const auto syn = w.tcp(at(server, 4444), first.external(), kSyn);
  if (w.stage().group() == Group::address_dependent) {
    w.in(syn);
  } else {
    w.refused(syn);
  }
}

void icmp(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto seen = w.out(w.ping(alice, server, 77));
  w.in(w.pong(server, seen.source, seen.source_port));
  w.refused(w.pong(w.server(), seen.source, seen.source_port));
}

// An error about what was sent comes in from a router that was never spoken to.
void error_passes(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto seen = w.out(w.udp(alice, at(w.server(), kServerPort)).dont_fragment());
  w.send(w.between(kUnrelatedRouter, seen.source).icmp(11, 0).payload(seen.packet));
  w.expect(Side::inside, "the ICMP error about what was sent",
           [&](const Seen& s) { return s.is_icmp_error() && s.icmp_type == 11 && s.destination == alice.address; });
}

void between_subscribers(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000), server = at(w.server(), kServerPort);
  const auto alice_outside = w.out(w.udp(alice, server)).from(), bob_outside = w.out(w.udp(bob, server)).from();
  w.refused(w.udp(alice, bob_outside));
  w.hairpin(w.udp(bob, alice_outside));
  w.hairpin(w.udp(alice, bob_outside));
}

void inbound_refreshes(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto external = w.out(w.udp(alice, server)).from();
  const auto end = w.now() + milliseconds{8500};
  while (w.now() < end) {
    const auto last = w.now();
    w.in(w.udp(server, external));
    w.pass(milliseconds{1000});
    w.in_time(last, milliseconds{3700});
  }
  w.in(w.udp(server, external));
}

void several_addresses(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 53);
  std::set<Ipv4> seen;
  for (unsigned i = 0; i < 300; ++i) seen.insert(w.out(w.udp(at(alice, 10000 + i), server)).source);
  w.check(seen.size() > 1, "more than one external address, saw one");
}

Row row(std::string_view id, Group group, std::string_view says, void (*plays)(Wire&)) {
  return {.id = id, .tags = {"RFC4787-REQ-8"}, .level = Level::may, .says = says, .group = group, .plays = plays};
}

Row of_tcp(Row r) {
  r.tags = {"RFC5382-REQ-3"};
  return r;
}

}  // namespace

Rows dependent_filtering_rows() {
  constexpr auto kAddress = Group::address_dependent, kPort = Group::port_dependent;
  Rows rows{
      row("adf-udp", kAddress, "address-dependent: who was spoken to is heard from any port, others are not",
          address_udp),
      of_tcp(row("adf-tcp", kAddress, "address-dependent: a stranger's SYN is not heard, until it was called",
                 strangers_syn)),
      of_tcp(row("adf-tcp-port", kAddress, "address-dependent: a SYN from another port of the server is heard",
                 other_port_syn)),
      row("adf-icmp", kAddress, "address-dependent: only who was pinged can answer", icmp),
      row("adf-error", kAddress, "address-dependent: an ICMP error of any router about what was sent is heard",
          error_passes),
      row("adf-hairpin", kAddress, "address-dependent: a subscriber hears another only after it spoke to it",
          between_subscribers),
      row("apdf-udp", kPort, "port-dependent: only the endpoint that was spoken to is heard", port_udp),
      of_tcp(
          row("apdf-tcp", kPort, "port-dependent: a stranger's SYN is not heard, until it was called", strangers_syn)),
      of_tcp(row("apdf-tcp-port", kPort, "port-dependent: a SYN from another port of the server is not heard",
                 other_port_syn)),
      row("apdf-icmp", kPort, "port-dependent: only who was pinged can answer", icmp),
      row("apdf-error", kPort, "port-dependent: an ICMP error of any router about what was sent is heard",
          error_passes),
      row("apdf-hairpin", kPort, "port-dependent: a subscriber hears another only after it spoke to it",
          between_subscribers),
  };
  rows.push_back({.id = "refresh-both",
                  .tags = {"RFC4787-REQ-6a", "RFC7857-7"},
                  .level = Level::may,
                  .says = "where both directions refresh, inbound packets keep a UDP mapping alive",
                  .group = Group::refresh_both,
                  .patient = true,
                  .plays = inbound_refreshes});
  rows.push_back({.id = "arbitrary",
                  .tags = {"RFC4787-REQ-2"},
                  .level = Level::may,
                  .says = "a pool that is arbitrary gives a subscriber ports of several addresses",
                  .group = Group::arbitrary,
                  .plays = several_addresses});
  return rows;
}

}  // namespace cgn::selftest
