// SPDX-License-Identifier: Apache-2.0
// Two realms: subscribers with one address behind two interfaces, who share nothing but the pools.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

// The same frame by each of the two, and what each became.
struct Twins {
  Endpoint internal;
  Seen west, east;
};

Twins both(Wire& w, Endpoint remote) {
  const auto internal = at(w.subscriber(), 5000);
  const auto west = w.out(w.udp(internal, remote));
  const auto east = w.out(Wire::by_east(w.udp(internal, remote)));
  w.check(west.from() != east.from(), "two external endpoints for two subscribers with one address");
  return {internal, west, east};
}

void apart(Wire& w) {
  const auto server = at(w.server(), 53);
  const auto twins = both(w, server);
  w.same(w.in(w.udp(server, twins.west.from())).to(), twins.internal, "the end that sent and the one that hears");
  w.same(w.in(w.udp(server, twins.east.from()), Side::east).to(), twins.internal, "those of the other realm");
  w.same(w.out(w.udp(twins.internal, at(w.server(), 53))).from(), twins.west.from(), "the mapping to another remote");
}

void hairpin(Wire& w) {
  const auto twins = both(w, at(w.server(), 53));
  const auto there = w.hairpin(w.udp(twins.internal, twins.east.from()), Side::east);
  w.same(there.from(), twins.west.from(), "who is seen, and who sent");
  w.same(there.to(), twins.internal, "who hears, and whose endpoint it is");
  const auto back = w.hairpin(Wire::by_east(w.udp(twins.internal, twins.west.from())));
  w.same(back.from(), twins.east.from(), "who is seen on the way back, and who sent");
}

void told(Wire& w) {
  const auto twins = both(w, at(w.server(), 7000));
  const auto error = [&](const Seen& about) {
    return Wire::between(about.destination, about.source).icmp(3, 3).payload(about.packet).bytes();
  };
  const auto quotes = [&](const Seen& s) {
    const auto quote = quoted(s);
    return quote && quote->from() == twins.internal && s.destination == twins.internal.address;
  };
  w.send(error(twins.east));
  (void)w.expect(Side::east, "the ICMP error about the packet of the other realm", quotes);
  w.expect_nothing(Side::inside, "that error in the first realm", quotes);
  w.send(error(twins.west));
  (void)w.expect(Side::inside, "the ICMP error about the packet of the first realm", quotes);
}

void not_directly(Wire& w) {
  const auto alice = w.subscriber(), bob = w.subscriber();
  w.out(w.udp(at(alice, 5000), at(w.server(), 53)));
  w.refused(Wire::by_east(w.udp(at(alice, 5000), at(bob, 5000))));
  w.refused(Wire::by_east(w.udp(at(Wire::nth(kMarkers, 9), 5000), at(w.server(), 53))));
}

}  // namespace

Rows realm_rows() {
  return {
      {.id = "realms",
       .tags = {"RFC4787-REQ-1"},
       .says = "two subscribers with one address, each behind its interface, have external endpoints and answers of "
               "their own",
       .plays = apart},
      {.id = "realms-hairpin",
       .tags = {"RFC4787-REQ-9"},
       .says = "they reach each other by their external endpoints, and see nothing else of each other",
       .plays = hairpin},
      {.id = "realms-errors",
       .tags = {"RFC5508-REQ-4"},
       .says = "an ICMP error reaches the one whose packet it is about",
       .plays = told},
      {.id = "realms-not-directly",
       .tags = {"RFC6888-REQ-1"},
       .says = "no internal address leads from one realm into the other, and none of another's is taken for a source",
       .plays = not_directly},
  };
}

}  // namespace cgn::selftest
