// SPDX-License-Identifier: Apache-2.0
// Freed ports and blocks rest before another gets them, with rests of 6 s instead of 120 s. Every row has a pool of its
// own: one address, two blocks of sixteen ports.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr seconds kPatience{40};

// Sends what `make` gives until one comes out; the time at which it did.
template <class Make>
steady_clock::time_point first_served(Wire& w, const Make& make) {
  const auto end = w.now() + kPatience;
  while (w.now() < end) {
    const Bytes frame = make();
    const auto print = fingerprint(*decode(frame, Side::inside));
    w.send(frame);
    w.settle();
    if (w.arrived(Side::outside, [&](const Seen& s) { return fingerprint(s) == print; })) return w.now();
    w.pass(milliseconds{200});
  }
  throw Failed{"expected a newcomer to be served in the end; it never was"};
}

bool is_served(Wire& w, const Bytes& frame) {
  w.send(frame);
  w.settle();
  const auto print = fingerprint(*decode(frame, Side::inside));
  return w.arrived(Side::outside, [&](const Seen& s) { return fingerprint(s) == print; }).has_value();
}

void use_all_ports(Wire& w, Ipv4 subscriber, Endpoint server) {
  for (unsigned i = 0; i < kSmallBlock; ++i) w.out(w.udp(at(subscriber, 5000 + i), server));
}

void port_rests(Wire& w) {
  const auto alice = w.nth(w.small_pool().subscribers, 1);
  const auto server = at(w.server(), 7000);
  const auto keep = [&] { w.out(w.ping(alice, server.address, 1)); };  // so that the block stays with her
  keep();
  const auto begin = w.now();
  use_all_ports(w, alice, server);
  unsigned port = 6000;
  const auto served = first_served(w, [&] {
    keep();
    return w.udp(at(alice, port++), server).bytes();
  });
  w.check(served - begin >= kShortUdp + kShortPortRest, "no freed port for another endpoint before it has rested");
}

void same_endpoint_at_once(Wire& w) {
  const auto alice = w.nth(w.small_pool().subscribers, 1);
  const auto server = at(w.server(), 7000);
  const auto keep = [&] { w.out(w.ping(alice, server.address, 1)); };
  const auto begin = w.now();
  use_all_ports(w, alice, server);
  const auto probe = w.out(w.udp(at(alice, 5000), server)).from();
  for (int i = 0; i < 3; ++i) {
    w.pass(seconds{2});
    keep();
  }
  w.refused(w.udp(server, probe));  // it has ended
  const bool rested = is_served(w, w.udp(at(alice, 6000), server));
  w.in_time(begin, kShortUdp + kShortPortRest);
  w.check(!rested, "its port not to be another endpoint's yet");
  w.same(w.out(w.udp(at(alice, 5000), server)).from(), probe, "the external endpoint that it had and has again");
}

void block_rests(Wire& w) {
  const auto pool = w.small_pool();
  const auto alice = w.nth(pool.subscribers, 1), bob = w.nth(pool.subscribers, 2);
  const auto server = at(w.server(), 7000);
  const auto begin = w.now();
  w.out(w.udp(at(alice, 5000), server));
  const auto served = first_served(w, [&] {
    w.out(w.udp(at(bob, 5000), server));
    return w.udp(at(w.nth(pool.subscribers, 3), 5000), server).bytes();
  });
  w.check(served - begin >= kShortUdp + kShortBlockRest, "no freed block for another subscriber before it has rested");
}

void closed_port_does_not_rest(Wire& w) {
  const auto alice = w.nth(w.small_pool().subscribers, 1);
  const auto server = at(w.server(), 7000);
  const auto begin = w.now();
  use_all_ports(w, alice, server);
  for (unsigned i = 0; i < kSmallBlock; ++i) Connection::open(w, at(alice, 5000 + i), server).close();
  const bool too_early = is_served(w, w.tcp(at(alice, 6000), server, kSyn));
  w.in_time(begin, kShortClosing);
  w.check(!too_early, "no port for a 17th connection yet");
  unsigned port = 6000;
  first_served(w, [&] {
    w.out(w.ping(alice, server.address, 1));
    return w.tcp(at(alice, port++), server, kSyn);
  });
  const bool rested = is_served(w, w.udp(at(alice, 6000), server));
  w.in_time(begin, kShortUdp + kShortPortRest);
  w.check(!rested, "UDP ports, which have no end to track, to rest still");
}

Row rest(Row row) {
  row.group = Group::short_rests;
  row.patient = true;
  return row;
}

}  // namespace

Rows hold_down_rows() {
  return {
      rest({.id = "port-rests",
            .tags = {"RFC6888-REQ-8"},
            .level = Level::should,
            .says = "a freed UDP port is given to another endpoint only after its rest",
            .plays = port_rests}),
      rest({.id = "port-comes-home",
            .tags = {"RFC6888-REQ-8"},
            .level = Level::should,
            .says = "the endpoint that had a port gets it again at once",
            .plays = same_endpoint_at_once}),
      rest({.id = "block-rests",
            .tags = {"RFC6888-REQ-8"},
            .level = Level::should,
            .says = "a freed block is given to another subscriber only after its rest",
            .plays = block_rests}),
      rest({.id = "closed-port",
            .tags = {"RFC6888-REQ-8A"},
            .level = Level::may,
            .says = "the port of a TCP connection whose end was tracked is free at once",
            .plays = closed_port_does_not_rest}),
  };
}

}  // namespace cgn::selftest
