// SPDX-License-Identifier: Apache-2.0
// Who may send to a mapping (endpoint-independent filtering), and that nobody reaches what is not mapped.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

void from_another_server(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto external = w.out(w.udp(alice, at(w.server(), 53))).from();
  w.same(w.in(w.udp(at(w.server(), 7777), external)).to(), alice, "the subscriber and who was reached");
}

void from_another_port(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = w.server();
  const auto external = w.out(w.udp(alice, at(server, 53))).from();
  w.same(w.in(w.udp(at(server, 54), external)).to(), alice, "the subscriber and who was reached");
}

void connection_from_another_server(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto first = Connection::open(w, alice, at(w.server(), 80));
  const auto friend_ = at(w.server(), 4444);
  w.same(w.in(w.tcp(friend_, first.external(), kSyn)).to(), alice, "the subscriber and who got the SYN");
  w.same(w.out(w.tcp(alice, friend_, kSyn | kAck)).from(), first.external(), "the external endpoint and who answered");
  w.in(w.tcp(friend_, first.external(), kAck));
}

void other_protocol(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 80);
  const auto tcp = Connection::open(w, alice, server);
  w.refused(w.udp(server, tcp.external()));
}

void other_protocol_from_udp(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 80);
  const auto udp = w.out(w.udp(alice, server));
  w.refused(w.tcp(server, udp.from(), kSyn));
}

// The address is lent, the port is not: one that the subscriber has not used yet.
void unmapped_port(Wire& w) {
  const auto external = w.out(w.udp(at(w.subscriber(), 5000), at(w.server(), 53))).from();
  const auto stranger = at(w.server(), 666);
  for (unsigned step = 1; step <= 20; ++step) {
    w.send(w.udp(stranger, at(external.address, external.port.value() ^ (step * 3))));
  }
  w.expect_nothing(Side::inside, "probes of unmapped ports",
                   [&](const Seen& s) { return s.from() == stranger && s.source_port != 0; });
}

void unsolicited_syn(Wire& w) {
  const auto external = w.out(w.tcp(at(w.subscriber(), 5000), at(w.server(), 80), kSyn)).from();
  const auto syn = w.tcp(at(w.server(), 4444), at(external.address, external.port.value() ^ 1), kSyn);
  w.refused(syn);
  w.pass(milliseconds{6500});
  w.not_told(syn);
}

void mapping_survives_strangers(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto external = w.out(w.udp(alice, at(w.server(), 53))).from();
  for (int i = 0; i < 50; ++i) w.in(w.udp(at(w.server(), 7000), external));
  w.same(w.out(w.udp(alice, at(w.server(), 53))).from(), external, "the external endpoint before and after");
}

void internal_address_from_outside(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 53);
  w.out(w.udp(alice, server));
  w.refused(w.udp(server, alice));
}

}  // namespace

Rows filtering_rows() {
  return {
      {.id = "eif-udp-server",
       .tags = {"RFC4787-REQ-8", "RFC6888-REQ-7"},
       .level = Level::should,
       .says = "a server that the subscriber never spoke to reaches its UDP mapping",
       .plays = from_another_server},
      {.id = "eif-udp-port",
       .tags = {"RFC4787-REQ-8", "RFC6888-REQ-7"},
       .level = Level::should,
       .says = "another port of the server reaches the UDP mapping",
       .plays = from_another_port},
      {.id = "eif-tcp",
       .tags = {"RFC5382-REQ-3", "RFC6888-REQ-7"},
       .level = Level::should,
       .says = "a connection from another server to a TCP mapping is established",
       .plays = connection_from_another_server},
      {.id = "eif-per-protocol-tcp",
       .tags = {"RFC7857-6"},
       .level = Level::should,
       .says = "UDP does not reach a TCP mapping",
       .plays = other_protocol},
      {.id = "eif-per-protocol-udp",
       .tags = {"RFC7857-6"},
       .level = Level::should,
       .says = "TCP does not reach a UDP mapping",
       .plays = other_protocol_from_udp},
      {.id = "unmapped-port",
       .tags = {"RFC4787-REQ-8", "RFC6888-REQ-1"},
       .level = Level::should,
       .says = "ports that nobody uses reach nobody",
       .plays = unmapped_port},
      {.id = "unsolicited-syn",
       .tags = {"RFC5382-REQ-4", "RFC5382-REQ-4a"},
       .says = "an unsolicited SYN is met with silence, before six seconds and after",
       .patient = true,
       .plays = unsolicited_syn},
      {.id = "inbound-load",
       .tags = {"RFC4787-REQ-11"},
       .says = "inbound packets of many strangers change nothing about a mapping",
       .plays = mapping_survives_strangers},
      {.id = "internal-from-outside",
       .tags = {"RFC6888-REQ-1"},
       .says = "nobody outside reaches an internal address by writing to it",
       .plays = internal_address_from_outside},
  };
}

}  // namespace cgn::selftest
