// SPDX-License-Identifier: Apache-2.0
// Packets that no honest machine sends. Each row has a live mapping first, so that there is something to abuse.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

struct Flow {
  Endpoint internal, server, external;
};

Flow flow(Wire& w) {
  const auto internal = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  return {internal, server, w.out(w.udp(internal, server)).from()};
}

void header_checksum_out(Wire& w) {
  const auto f = flow(w);
  w.refused(w.udp(f.internal, f.server).wrong_header_checksum(0x0101));
}

void header_checksum_in(Wire& w) {
  const auto f = flow(w);
  w.refused(w.udp(f.server, f.external).wrong_header_checksum(0x0101));
}

void lengths(Wire& w) {
  const auto f = flow(w);
  const auto frame = w.udp(f.internal, f.server);
  w.refused_somehow(Frame{frame}.total_length(600), f.server.address);
  w.refused_somehow(Frame{frame}.total_length(19), f.server.address);
  w.refused_somehow(Frame{frame}.udp_length(600), f.server.address);
  w.refused_somehow(Frame{frame}.ihl(4), f.server.address);
  w.refused_somehow(Frame{frame}.version(6), f.server.address);
  w.refused_somehow(Frame{frame}.cut_to(14 + 20 + 4), f.server.address);
}

void tcp_offset(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80));
  const auto frame = w.between(c.internal().address, c.server().address).tcp(5000, 80, kAck);
  w.refused_somehow(Frame{frame}.data_offset(4), c.server().address);
  w.refused_somehow(Frame{frame}.data_offset(15), c.server().address);
}

void source_routes(Wire& w) {
  const auto f = flow(w);
  for (const unsigned kind : {131u, 137u}) {
    const auto frame = w.between(f.internal.address, f.server.address).options(2).udp(5000, 7000).payload(w.token());
    w.refused(with_ip_options(frame, bytes_of({kind, 7, 4, 192, 0, 2, 77, 0})));
  }
}

// A Record Route that is full, so that no router on the way has anything to write; a router alert.
void harmless_options(Wire& w) {
  const auto f = flow(w);
  for (const auto& options : {bytes_of({7, 7, 8, 192, 0, 2, 77, 0}), bytes_of({148, 4, 0, 0, 1, 1, 1, 1})}) {
    const auto frame = w.between(f.internal.address, f.server.address).options(2).udp(5000, 7000).payload(w.token());
    w.out(with_ip_options(frame, options));
  }
}

void broken_options(Wire& w) {
  const auto f = flow(w);
  for (const auto& options : {bytes_of({7, 40, 4, 0, 0, 0, 0, 0}), bytes_of({7, 0, 4, 0, 0, 0, 0, 0})}) {
    const auto frame = w.between(f.internal.address, f.server.address).options(2).udp(5000, 7000).payload(w.token());
    w.refused(with_ip_options(frame, options));
  }
}

void impossible_sources(Wire& w) {
  const auto f = flow(w);
  for (const auto source : {address(0, 1, 2, 3), address(127, 0, 0, 1), address(169, 254, 1, 1), address(224, 0, 0, 5),
                            address(240, 0, 0, 1)}) {
    w.refused(w.udp(at(source, 7000), f.external));
  }
}

void impossible_destinations(Wire& w) {
  const auto f = flow(w);
  for (const auto destination :
       {address(0, 1, 2, 3), address(127, 0, 0, 1), address(169, 254, 1, 1), address(240, 0, 0, 1)}) {
    w.refused(w.udp(f.internal, at(destination, 7000)));
  }
}

void same_source_and_destination(Wire& w) {
  const auto f = flow(w);
  w.refused(w.udp(f.external, f.external));
}

void subscriber_from_outside(Wire& w) {
  const auto f = flow(w);
  auto frame = w.udp(at(w.subscriber(), 7000), f.external);
  w.refused(frame.eth(kBorderMac, kDeviceOutsideMac));
}

void pool_from_outside(Wire& w) {
  const auto f = flow(w);
  w.refused(w.udp(at(Ipv4::from_host(f.external.address.host() ^ 1), 7000), f.external));
}

void stranger_from_inside(Wire& w) {
  const auto f = flow(w);
  auto frame = w.udp(at(w.server(), 5000), f.server);
  w.refused(frame.eth(kAccessMac, kDeviceInsideMac));
}

void for_another_station(Wire& w) {
  const auto f = flow(w);
  auto frame = w.udp(f.internal, f.server);
  w.refused(frame.eth(kAccessMac, kStrangerMac));
}

void loop_to_the_pool(Wire& w) {
  const auto f = flow(w);
  const auto unused = at(Ipv4::from_host(f.external.address.host() ^ 1), 60000);
  w.refused(w.udp(f.server, unused));
}

void identifications(Wire& w) {
  const auto server = at(w.server(), 7000);
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 5000);
  unsigned equal = 0;
  for (unsigned i = 0; i < 20; ++i) {
    const auto id = static_cast<std::uint16_t>(1000 + i);
    const auto one = w.out(w.udp(alice, server).identification(id)), two = w.out(w.udp(bob, server).identification(id));
    if (one.identification == two.identification) ++equal;
  }
  w.check(equal <= 2,
          "different identifications of two subscribers' packets, saw " + std::to_string(equal) + " of 20 equal");
}

void nothing_untranslated(Wire& w) {
  flow(w);
  w.settle();
  const auto found = w.stage().untranslated();
  w.check(found.empty(), "no packet with an internal source outside during all rows of this lab, saw " +
                             std::to_string(found.size()) + ", the first: " + (found.empty() ? "" : found.front()));
}

}  // namespace

Rows hygiene_rows() {
  return {
      {.id = "header-checksum-out",
       .tags = {"RFC1812-5.2.2"},
       .says = "a subscriber's packet with a wrong header checksum does not leave",
       .plays = header_checksum_out},
      {.id = "header-checksum-in",
       .tags = {"RFC1812-5.2.2"},
       .says = "an inbound packet with a wrong header checksum does not arrive",
       .plays = header_checksum_in},
      {.id = "lengths",
       .tags = {"RFC1812-5.2.2"},
       .says = "a packet whose lengths contradict each other does not leave",
       .plays = lengths},
      {.id = "tcp-offset",
       .tags = {"RFC1812-5.2.2"},
       .says = "a segment whose data offset points outside does not leave",
       .plays = tcp_offset},
      {.id = "source-route",
       .tags = {"RFC7126-4.3"},
       .level = Level::should,
       .says = "source routes are refused",
       .plays = source_routes},
      {.id = "options-pass",
       .tags = {"RFC7126-4.3"},
       .level = Level::should,
       .says = "other options pass as they are",
       .plays = harmless_options},
      {.id = "options-broken",
       .tags = {"RFC1812-5.2.2"},
       .says = "options whose lengths contradict the header are refused",
       .plays = broken_options},
      {.id = "martian-source",
       .tags = {"RFC1812-5.3.7"},
       .level = Level::should,
       .says = "sources that nobody can have reach no mapping",
       .plays = impossible_sources},
      {.id = "martian-destination",
       .tags = {"RFC1812-5.3.7"},
       .level = Level::should,
       .says = "packets to addresses that cannot be routed do not leave",
       .plays = impossible_destinations},
      {.id = "land",
       .tags = {"RFC1812-5.3.7"},
       .level = Level::should,
       .says = "a packet from an endpoint to itself reaches nobody",
       .plays = same_source_and_destination},
      {.id = "spoofed-subscriber",
       .tags = {"RFC2827-1"},
       .level = Level::should,
       .says = "a subscriber's address as source from outside reaches no mapping",
       .plays = subscriber_from_outside},
      {.id = "spoofed-pool",
       .tags = {"RFC2827-1"},
       .level = Level::should,
       .says = "a pool address as source from outside reaches no mapping",
       .plays = pool_from_outside},
      {.id = "unknown-source",
       .tags = {"RFC2827-1", "RFC6888-REQ-1"},
       .level = Level::should,
       .says = "a source from inside that is no subscriber's does not leave",
       .plays = stranger_from_inside},
      {.id = "another-station",
       .tags = {"RFC1812-5.2.2"},
       .says = "a frame for another station is left alone",
       .plays = for_another_station},
      {.id = "no-loop",
       .tags = {"RFC3022-5"},
       .says = "a packet to an unused pool address does not go back to the border router",
       .plays = loop_to_the_pool},
      {.id = "identification",
       .tags = {"RFC7857-10", "RFC6864-5.3.1"},
       .level = Level::should,
       .says = "packets of two subscribers with the same identification leave with different ones",
       .plays = identifications},
      {.id = "nothing-untranslated",
       .tags = {"RFC6888-REQ-1"},
       .says = "of all packets that the tester ever saw outside, none had an internal source",
       .plays = nothing_untranslated},
  };
}

}  // namespace cgn::selftest
