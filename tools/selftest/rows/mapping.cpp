// SPDX-License-Identifier: Apache-2.0
// How internal endpoints become external ones: independent of the destination, never shared, and nothing else touched.
#include "rows.hpp"

#include <set>

namespace cgn::selftest {
namespace {

void another_port(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = w.server();
  const auto first = w.out(w.udp(alice, at(server, 53)));
  const auto second = w.out(w.udp(alice, at(server, 54)));
  w.same(first.from(), second.from(), "the external endpoint towards two ports of one server");
}

void another_server(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto first = w.out(w.udp(alice, at(w.server(), 53)));
  const auto second = w.out(w.udp(alice, at(w.server(), 53)));
  w.same(first.from(), second.from(), "the external endpoint towards two servers");
}

void many_servers(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  std::set<Endpoint> seen;
  for (unsigned i = 0; i < 100; ++i) seen.insert(w.out(w.udp(alice, at(w.server(), 1000 + i))).from());
  w.check(seen.size() == 1, "one external endpoint for 100 destinations, saw " + std::to_string(seen.size()));
}

void tcp_connections(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto first = Connection::open(w, alice, at(w.server(), 80));
  const auto second = Connection::open(w, alice, at(w.server(), 443));
  w.same(first.external(), second.external(), "the external endpoint of two connections from one port");
}

void two_subscribers_one_port(Wire& w) {
  const auto server = at(w.server(), 80);
  const auto alice = at(w.subscriber(), 54794), bob = at(w.subscriber(), 54794);
  const auto from_alice = w.out(w.udp(alice, server)), from_bob = w.out(w.udp(bob, server));
  w.differ(from_alice.from(), from_bob.from(), "the external endpoints of two subscribers");
  w.same(w.in(w.udp(server, from_alice.from())).to(), alice, "the first subscriber and who got its answer");
  w.same(w.in(w.udp(server, from_bob.from())).to(), bob, "the second subscriber and who got its answer");
}

// Enough ports of one server to see one used twice, if any could be.
template <class Send>
void never_twice(Wire& w, const Send& send) {
  std::set<Endpoint> seen;
  const auto server = at(w.server(), 80);
  for (const auto subscriber : {w.subscriber(), w.subscriber()}) {
    for (unsigned port = 0; port < 150; ++port) {
      const auto external = send(at(subscriber, 20000 + port), server);
      w.check(kPools.contains(external.address), "a pool address, saw " + to_string(external));
      w.check(seen.insert(external).second, "an external endpoint nobody has, saw " + to_string(external) + " again");
    }
  }
}

void udp_never_twice(Wire& w) {
  never_twice(w, [&](Endpoint from, Endpoint to) { return w.out(w.udp(from, to)).from(); });
}
void tcp_never_twice(Wire& w) {
  never_twice(w, [&](Endpoint from, Endpoint to) { return w.out(w.tcp(from, to, kSyn)).from(); });
}

void reply_comes_back(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 53);
  const auto seen = w.out(w.udp(alice, server));
  w.same(w.in(w.udp(server, seen.from())).to(), alice, "the subscriber and who got the answer");
}

void protocols_apart(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7);
  const auto udp = w.out(w.udp(alice, server));
  const auto connection = Connection::open(w, alice, server);
  w.same(w.in(w.udp(server, udp.from())).to(), alice, "the subscriber and who got the datagram");
  w.check(w.in(w.tcp(server, connection.external(), kAck)).protocol == IPPROTO_TCP, "TCP to reach its own mapping");
}

void user_ports(Wire& w) {
  const auto alice = w.subscriber();
  for (unsigned port : {1u, 500u, 1023u, 1024u, 65535u}) {
    const auto seen = w.out(w.udp(at(alice, port), at(w.server(), 53)));
    w.check(seen.source_port >= 1024, "a port of the pool's range, saw " + describe(seen));
  }
}

void header_fields(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 53);
  const auto seen = w.out(w.udp(alice, server).tos(0xb9).ttl(17).dont_fragment());
  w.check(seen.tos == 0xb9 && seen.dont_fragment && seen.ttl == 16, "TOS and DF kept, saw " + describe(seen));
  const auto back = w.in(w.udp(server, seen.from()).tos(0x2e).ttl(3));
  w.check(back.tos == 0x2e && back.ttl == 2, "TOS kept inbound, saw " + describe(back));
}

void no_udp_checksum(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 53);
  const auto frame = w.between(alice.address, server.address).udp_without_checksum(5000, 53).payload(w.token());
  w.check(w.out(frame).transport_checksum == 0, "no UDP checksum where there was none");
}

void wrong_checksum_stays_wrong(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 53);
  w.out(w.udp(alice, server));
  const auto seen = w.out(w.udp(alice, server).wrong_transport_checksum(0x0101));
  w.check(!seen.transport_checksum_right, "the damage to stay visible");
}

void no_sip_gateway(Wire& w) {
  const auto alice = at(w.subscriber(), 5060);
  const auto text = "REGISTER sip:example.net SIP/2.0\r\nVia: SIP/2.0/UDP " + to_string(alice) +
                    "\r\nContact: <sip:a@" + to_string(alice) + ">\r\n\r\n" + w.token();
  w.out(w.between(alice.address, w.server()).udp(5060, 5060).payload(text));
}

void no_pptp_gateway(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 1723));
  c.out(kAck | kPsh, bytes_of({0, 168, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 7, 0, 0, 0x12, 0x34, 0, 1}));  // RFC 2637 2.7
}

}  // namespace

Rows mapping_rows() {
  return {
      {.id = "eim-udp-port",
       .tags = {"RFC4787-REQ-1"},
       .says = "a UDP port keeps its external endpoint towards another port of the server",
       .plays = another_port},
      {.id = "eim-udp-server",
       .tags = {"RFC4787-REQ-1", "RFC6888-REQ-1"},
       .says = "a UDP port keeps its external endpoint towards another server",
       .plays = another_server},
      {.id = "eim-udp-many",
       .tags = {"RFC4787-REQ-1", "RFC6888-REQ-13"},
       .says = "a hundred destinations cost one external port",
       .plays = many_servers},
      {.id = "eim-tcp",
       .tags = {"RFC5382-REQ-1", "RFC6888-REQ-1"},
       .says = "two TCP connections from one port have one external endpoint",
       .plays = tcp_connections},
      {.id = "same-source-port",
       .tags = {"RFC4787-REQ-3"},
       .says = "two subscribers with one source port to one server have different external endpoints",
       .plays = two_subscribers_one_port},
      {.id = "no-overloading-udp",
       .tags = {"RFC4787-REQ-3"},
       .says = "300 UDP ports of two subscribers to one server: no external endpoint serves two",
       .plays = udp_never_twice},
      {.id = "no-overloading-tcp",
       .tags = {"RFC5382-REQ-7"},
       .says = "300 TCP ports of two subscribers to one server: no external endpoint serves two",
       .plays = tcp_never_twice},
      {.id = "udp-answer",
       .tags = {"RFC4787-REQ-1"},
       .says = "an answer to the external endpoint reaches the internal one",
       .plays = reply_comes_back},
      {.id = "protocols-apart",
       .tags = {"RFC7857-5"},
       .level = Level::should,
       .says = "TCP and UDP from one internal port have mappings of their own",
       .plays = protocols_apart},
      {.id = "port-class",
       .tags = {"RFC4787-REQ-3a"},
       .level = Level::should,
       .says = "whatever the source port, the external one is in the pool's range, never below 1024",
       .plays = user_ports},
      {.id = "header-fields",
       .tags = {"RFC5508-REQ-10c", "RFC6888-REQ-1"},
       .says = "TOS and DF pass as they are, the TTL falls by one, both ways",
       .plays = header_fields},
      {.id = "udp-without-checksum",
       .tags = {"RFC6888-REQ-1"},
       .says = "a datagram without checksum leaves without one",
       .plays = no_udp_checksum},
      {.id = "wrong-checksum-stays-wrong",
       .tags = {"RFC6888-REQ-1"},
       .says = "a damaged datagram is not made right by translating it",
       .plays = wrong_checksum_stays_wrong},
      {.id = "no-sip-alg",
       .tags = {"RFC4787-REQ-10"},
       .level = Level::should,
       .says = "addresses inside a SIP message are left alone",
       .plays = no_sip_gateway},
      {.id = "no-pptp-alg",
       .tags = {"RFC5382-REQ-6"},
       .level = Level::should,
       .says = "the call id of PPTP's control connection is left alone",
       .plays = no_pptp_gateway},
  };
}

}  // namespace cgn::selftest
