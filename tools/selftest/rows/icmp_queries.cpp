// SPDX-License-Identifier: Apache-2.0
// Pings: identifiers are translated as ports are.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

void answered(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto external = w.out(w.ping(alice, server, 77)).from();
  const auto back = w.in(w.pong(server, external.address, external.port.value()));
  w.same(back.to(), at(alice, 77), "the identifier sent and the one of the reply");
}

void same_identifier(Wire& w) {
  const auto alice = w.subscriber(), bob = w.subscriber(), server = w.server();
  const auto from_alice = w.out(w.ping(alice, server, 1)).from(), from_bob = w.out(w.ping(bob, server, 1)).from();
  w.differ(from_alice, from_bob, "the external identifiers of two subscribers");
  w.same(w.in(w.pong(server, from_alice.address, from_alice.port.value())).to(), at(alice, 1),
         "the first and its reply");
  w.same(w.in(w.pong(server, from_bob.address, from_bob.port.value())).to(), at(bob, 1), "the second and its reply");
}

void another_server(Wire& w) {
  const auto alice = w.subscriber();
  const auto first = w.out(w.ping(alice, w.server(), 77)), second = w.out(w.ping(alice, w.server(), 77));
  w.same(first.from(), second.from(), "the external identifier towards two servers");
}

void sequence_of_pings(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  for (unsigned sequence = 0; sequence < 5; ++sequence) {
    const auto seen = w.out(w.between(alice, server).echo_request(77, sequence).payload(w.token()));
    w.check((seen.icmp_second_word & 0xffff) == sequence, "the sequence number as sent");
  }
}

void beside_udp_and_tcp(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto udp = w.out(w.udp(at(alice, 77), at(server, 7))).from();
  const auto tcp = Connection::open(w, at(alice, 77), at(server, 7)).external();
  const auto icmp = w.out(w.ping(alice, server, 77)).from();
  w.same(w.in(w.udp(at(server, 7), udp)).to(), at(alice, 77), "UDP's endpoint and who was reached");
  w.same(w.in(w.tcp(at(server, 7), tcp, kAck)).to(), at(alice, 77), "TCP's endpoint and who was reached");
  w.same(w.in(w.pong(server, icmp.address, icmp.port.value())).to(), at(alice, 77), "ICMP's and who was reached");
}

void unknown_identifier(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto external = w.out(w.ping(alice, server, 77)).from();
  w.refused(w.pong(server, external.address, external.port.value() ^ 1));
}

// Identifier and sequence lie where echo has them; then three timestamps (RFC 792).
Bytes timestamp(const Frame& header, std::uint8_t type, unsigned identifier, const std::string& token) {
  return with_icmp_second_word(Frame{header}.icmp(type, 0).payload(slice(text(token + "  "), 0, 12)),
                               identifier << 16 | 1);
}

void timestamp_query(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto token = w.token().substr(9);
  const auto external = w.out(timestamp(w.between(alice, server), 13, 77, token)).from();
  const auto reply = timestamp(w.between(server, external.address), 14, external.port.value(), token);
  w.same(w.in(reply).to(), at(alice, 77), "the identifier sent and the one of the reply");
}

}  // namespace

Rows icmp_query_rows() {
  return {
      {.id = "ping",
       .tags = {"RFC5508-REQ-1", "RFC5508-REQ-10a"},
       .says = "a ping leaves and its reply comes back, with the subscriber's own identifier",
       .plays = answered},
      {.id = "ping-same-identifier",
       .tags = {"RFC5508-REQ-1"},
       .says = "two subscribers ping one server with one identifier: both are answered",
       .plays = same_identifier},
      {.id = "ping-another-server",
       .tags = {"RFC5508-REQ-1a"},
       .level = Level::should,
       .says = "an identifier keeps its external one towards another server",
       .plays = another_server},
      {.id = "ping-sequence",
       .tags = {"RFC5508-REQ-1"},
       .says = "sequence numbers of pings pass as they are",
       .plays = sequence_of_pings},
      {.id = "ping-beside",
       .tags = {"RFC7857-5", "RFC5508-REQ-1"},
       .level = Level::should,
       .says = "UDP, TCP and ICMP of one number have mappings of their own",
       .plays = beside_udp_and_tcp},
      {.id = "ping-unknown",
       .tags = {"RFC5508-REQ-1"},
       .says = "a reply that nobody asked for reaches nobody",
       .plays = unknown_identifier},
      {.id = "icmp-timestamp",
       .tags = {"RFC5508-REQ-10b"},
       .level = Level::may,
       .says = "an ICMP timestamp query is translated and answered",
       .plays = timestamp_query},
  };
}

}  // namespace cgn::selftest
