// SPDX-License-Identifier: Apache-2.0
// How long UDP and ICMP mappings live, and what refreshes them, with timers of 4 s (1 s for DNS).
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr milliseconds kHalf{2200}, kBefore{3700}, kPast{8500};
constexpr unsigned kServerPort = 7000;  // not 53, whose mappings have a timer of their own

void udp_is_kept(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto last = w.now();
  const auto external = w.out(w.udp(alice, server)).from();
  w.pass(kHalf);
  w.in_time(last, kBefore);
  w.in(w.udp(server, external));
}

void udp_ends(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto external = w.out(w.udp(alice, server)).from();
  w.pass(kPast);
  w.refused(w.udp(server, external));
}

void outbound_refreshes(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto external = w.out(w.udp(alice, server)).from();
  auto last = w.now();
  for (int i = 0; i < 4; ++i) {
    w.pass(kHalf);
    w.in_time(last, kBefore);
    last = w.now();
    w.same(w.out(w.udp(alice, server)).from(), external, "the external endpoint before and after");
  }
  w.in(w.udp(server, external));
}

void inbound_does_not(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto external = w.out(w.udp(alice, server)).from();
  const auto end = w.now() + kPast;
  while (w.now() < end) {
    w.send(w.udp(server, external));
    w.pass(milliseconds{500});
  }
  w.refused(w.udp(server, external));
}

// A scanner knocks, the subscriber's host says port unreachable each time: neither is interest in the mapping.
void rejected_scan_does_not(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto external = w.out(w.udp(alice, at(w.server(), kServerPort))).from();
  const auto scanner = at(w.server(), 666);
  const auto end = w.now() + kPast;
  while (w.now() < end) {
    const auto knock = w.udp(scanner, external);
    w.send(knock);
    const auto quote = w.udp(scanner, alice).ttl(63).packet();
    w.send(w.between(alice.address, scanner.address).icmp(3, 3).payload(quote));
    w.pass(milliseconds{500});
  }
  w.refused(w.udp(scanner, external));
}

void errors_do_not(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), kServerPort);
  const auto seen = w.out(w.udp(alice, server));
  const auto end = w.now() + kPast;
  while (w.now() < end) {
    w.send(w.between(server.address, seen.source).icmp(3, 1).payload(seen.packet));
    w.pass(milliseconds{500});
  }
  w.refused(w.udp(server, seen.from()));
}

void dns_is_shorter(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = w.server();
  const auto last = w.now();
  const auto dns = w.out(w.udp(at(alice, 5000), at(server, 53))).from();
  const auto other = w.out(w.udp(at(alice, 5001), at(server, kServerPort))).from();
  w.pass(milliseconds{3000});
  w.in_time(last, kBefore);
  w.in(w.udp(at(server, kServerPort), other));
  w.refused(w.udp(at(server, 53), dns));
}

void query_is_kept(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto last = w.now();
  const auto external = w.out(w.ping(alice, server, 77)).from();
  w.pass(kHalf);
  w.in_time(last, kBefore);
  w.in(w.pong(server, external.address, external.port.value()));
}

void query_ends(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto external = w.out(w.ping(alice, server, 77)).from();
  w.pass(kPast);
  w.refused(w.pong(server, external.address, external.port.value()));
}

void errors_do_not_refresh_query(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto seen = w.out(w.ping(alice, server, 77));
  const auto end = w.now() + kPast;
  while (w.now() < end) {
    w.send(w.between(server, seen.source).icmp(11, 0).payload(seen.packet));
    w.pass(milliseconds{500});
  }
  w.refused(w.pong(server, seen.source, seen.source_port));
}

Row timer(Row row) {
  row.group = Group::short_timers;
  row.patient = true;
  return row;
}

}  // namespace

Rows timer_rows() {
  return {
      timer({.id = "udp-timer-kept",
             .tags = {"RFC4787-REQ-5"},
             .says = "a silent UDP mapping lives until its timer ends",
             .plays = udp_is_kept}),
      timer({.id = "udp-timer-end",
             .tags = {"RFC4787-REQ-5b"},
             .level = Level::may,
             .says = "a silent UDP mapping ends with the timer that the operator set",
             .plays = udp_ends}),
      timer({.id = "udp-outbound-refresh",
             .tags = {"RFC4787-REQ-6"},
             .says = "outbound packets keep a UDP mapping beyond its timer",
             .plays = outbound_refreshes}),
      timer({.id = "udp-inbound-refresh",
             .tags = {"RFC4787-REQ-6a", "RFC7857-7"},
             .level = Level::may,
             .says = "inbound packets alone do not keep a UDP mapping",
             .plays = inbound_does_not}),
      timer({.id = "udp-rejected-scan",
             .tags = {"RFC7857-7.1"},
             .level = Level::should,
             .says = "a scan that the subscriber's host rejects by ICMP does not keep a UDP mapping",
             .plays = rejected_scan_does_not}),
      timer({.id = "udp-error-refresh",
             .tags = {"RFC4787-REQ-6a", "RFC7857-7.1"},
             .level = Level::may,
             .says = "ICMP errors from outside do not keep a UDP mapping",
             .plays = errors_do_not}),
      timer({.id = "udp-dns-timer",
             .tags = {"RFC4787-REQ-5a"},
             .level = Level::may,
             .says = "a mapping that only ever spoke to port 53 has the shorter timer of its own",
             .plays = dns_is_shorter}),
      timer({.id = "icmp-timer-kept",
             .tags = {"RFC5508-REQ-2"},
             .says = "a reply within the query timer is delivered",
             .plays = query_is_kept}),
      timer({.id = "icmp-timer-end",
             .tags = {"RFC5508-REQ-2a"},
             .level = Level::should,
             .says = "an ICMP query mapping ends with the timer that the operator set",
             .plays = query_ends}),
      timer({.id = "icmp-error-refresh",
             .tags = {"RFC5508-REQ-6"},
             .says = "ICMP errors do not keep a query mapping",
             .plays = errors_do_not_refresh_query}),
  };
}

}  // namespace cgn::selftest
