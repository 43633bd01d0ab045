// SPDX-License-Identifier: Apache-2.0
// ICMP errors from inside about what came in: from the subscriber it was for, or from an access router of ours on the way
// to it. The quoted packet is written as its sender outside knows it, and the error comes from the external address
// (RFC 5508 REQ-5): neither header shows an internal address.
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

constexpr Ipv4 kAccessRouter = facts(Link::internal).next_hop;

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5001), at_port(kPoolAddress, 41000), at_port(kWeb, 443));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));
const Mapping kCarolUdp = mapped(Proto::udp, at_port(kCarol, 6000), at_port(kOtherPoolAddress, 53000));

// Packets of the web, as they came in and as the web sent them.
Frame inside(Ipv4 to = kAlice) { return atomic(kWeb, to).ttl(9); }
Frame outside(Ipv4 to = kPoolAddress) { return atomic(kWeb, to).ttl(9); }

Row tells(std::string_view says, Ipv4 from, const Error& error, const Bytes& in, const Bytes& out) {
  return {.says = says,
          .given = {kAliceUdp, kAliceTcp, kAlicePing, kBobUdp},
          .in = error.on(received_by(Link::internal).ipv4(from, kWeb), in),
          .out = error.on(sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63), out)};
}
Row refused(std::string_view says, Ipv4 from, const Bytes& in, Verdict verdict = CGN_VERDICT_ICMP_UNMATCHED) {
  auto row = tells(says, from, {}, in, {});
  row.verdict = verdict;
  row.out = {};
  return row;
}

// The slow path translates what must wait for its next hop.
std::vector<Row> without_next_hop() {
  const auto from_silent = [](Ipv4 to) { return atomic(kSilent, to).ttl(9); };
  const auto row = [&](std::string_view says, Ipv4 from, const Bytes& in, const Bytes& out) {
    auto r = tells(says, from, {}, {}, {});
    r.in = Error{}.on(received_by(Link::internal).ipv4(from, kSilent), in);
    r.verdict = CGN_VERDICT_PUNTED;
    r.out = Error{}.on(sent_by(Link::external).ipv4(kPoolAddress, kSilent).ttl(63), out);
    r.punt = Punt{.reason = CGN_PUNT_NEXT_HOP, .next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop};
    return r;
  };
  return {
      row("an error whose next hop is unresolved waits for it, and touches no entry either", kAlice,
          first_of(from_silent(kAlice).udp(443, 5000).payload_of(90), 118),
          first_of(from_silent(kPoolAddress).udp(443, 40000).payload_of(90), 118)),
      row("so does an access router's", kAccessRouter, first_of(from_silent(kAlice).echo_reply(77).payload_of(9), 37),
          first_of(from_silent(kPoolAddress).echo_reply(42000).payload_of(9), 37)),
  };
}

std::vector<Row> from_the_subscriber() {
  const auto udp = [](std::size_t size) { return first_of(inside().udp(443, 5000).payload_of(100), size); };
  const auto udp_out = [](std::size_t size) { return first_of(outside().udp(443, 40000).payload_of(100), size); };
  return {
      tells("a subscriber's port unreachable leaves from the external address", kAlice, {}, udp(28), udp_out(28)),
      tells("so does one that quotes all of it", kAlice, {}, udp(128), udp_out(128)),
      tells("a subscriber may say that it cannot reassemble", kAlice, {.type = 11, .code = 1},
            first_of(inside().fragment(0, true).udp(443, 5000).payload_of(100)),
            first_of(outside().fragment(0, true).udp(443, 40000).payload_of(100))),
      tells("a subscriber's own router may name a path MTU", kAlice, {.type = 3, .code = 4, .mtu = 1400},
            first_of(inside().dont_fragment().tcp(443, 5001, kAck).payload_of(900), 576 - 28),
            first_of(outside().dont_fragment().tcp(443, 41000, kAck).payload_of(900), 576 - 28)),
      tells("an echo reply that came in is quoted with the external identifier", kAlice, {.type = 3, .code = 2},
            first_of(inside().echo_reply(77, 4).payload_of(56), 84),
            first_of(outside().echo_reply(42000, 4).payload_of(56), 84)),
      tells("so is an echo request that came in", kAlice, {.type = 3, .code = 2},
            first_of(inside().echo_request(77, 4).payload_of(56)),
            first_of(outside().echo_request(42000, 4).payload_of(56))),
      tells("quoted options are skipped on the way out too", kAlice, {},
            first_of(inside().options(10).udp(443, 5000).payload_of(100), 128),
            first_of(outside().options(10).udp(443, 40000).payload_of(100), 128)),
  };
}

std::vector<Row> from_a_router_of_ours() {
  const Error small{.type = 3, .code = 4, .mtu = 1300};
  const auto big = inside().dont_fragment().tcp(443, 5001, kAck).payload_of(1400);
  const auto big_outside = outside().dont_fragment().tcp(443, 41000, kAck).payload_of(1400);
  const auto late = first_of(inside().udp(443, 5000).payload_of(100));
  Row behind_tag =
      tells("so may one behind a tag", facts(Link::internal_vlan).next_hop, {.type = 11, .code = 0}, {}, {});
  behind_tag.given = {kCarolUdp};
  behind_tag.link = Link::internal_vlan;
  behind_tag.in = small.on(received_by(Link::internal_vlan).ipv4(facts(Link::internal_vlan).next_hop, kWeb),
                           first_of(inside(kCarol).dont_fragment().udp(443, 6000).payload_of(1400), 128));
  behind_tag.out = small.on(sent_by(Link::external).ipv4(kOtherPoolAddress, kWeb).ttl(63),
                            first_of(outside(kOtherPoolAddress).dont_fragment().udp(443, 53000).payload_of(1400), 128));
  Row own = refused("an access router's error about its own traffic is routed", kAccessRouter,
                    first_of(inside(kAccessRouter).udp(443, 5000).payload_of(100)), CGN_VERDICT_TRANSIT);
  Row echo = refused("an access router's ping is routed", kAccessRouter, {}, CGN_VERDICT_TRANSIT);
  echo.in = received_by(Link::internal).ipv4(kAccessRouter, kWeb).echo_request(5).payload(first_of(big, 40));
  Row short_quote = refused("an access router's error that quotes no whole header is routed", kAccessRouter,
                            first_of(big, 19), CGN_VERDICT_TRANSIT);
  Row to_subscriber = refused("an access router's error to a subscriber stays inside, as it is", kAccessRouter, {},
                              CGN_VERDICT_TRANSIT);
  to_subscriber.in = small.on(received_by(Link::internal).ipv4(kAccessRouter, kBob),
                              first_of(atomic(kBob, kAlice).udp(1, 2).payload_of(100)));
  Row to_box = refused("an access router's error to the box is the kernel's", kAccessRouter, {}, CGN_VERDICT_LOCAL);
  to_box.in = small.on(received_by(Link::internal).ipv4(kAccessRouter, facts(Link::external).own),
                       first_of(atomic(facts(Link::external).own, kAlice).udp(1, 2).payload_of(100)));
  return {
      tells("an access router on the way to a subscriber may name a path MTU", kAccessRouter, small,
            first_of(big, 576 - 28), first_of(big_outside, 576 - 28)),
      tells("an access router may say that a packet's time was over", kAccessRouter, {.type = 11, .code = 0}, late,
            first_of(outside().udp(443, 40000).payload_of(100))),
      behind_tag,
      refused("an access router's error about a subscriber without that mapping does not leave", kAccessRouter,
              first_of(inside().udp(443, 5009).payload_of(100))),
      refused("an access router's error that quotes a subscriber as the sender does not leave", kAccessRouter,
              first_of(atomic(kAlice, kWeb).udp(5000, 443).payload_of(100))),
      refused("an access router's damaged error about a subscriber does not leave", kAccessRouter,
              first_of(inside().wrong_header_checksum(1).udp(443, 5000).payload_of(100)), CGN_VERDICT_ICMP_CHECKSUM),
      refused("a source inside that nobody knows may tell nothing", address(198, 51, 100, 7), late,
              CGN_VERDICT_UNKNOWN_SOURCE),
      own,
      echo,
      short_quote,
      to_subscriber,
      to_box,
  };
}

std::vector<Row> about_others() {
  const auto bobs = first_of(inside(kBob).udp(443, 6000).payload_of(100));
  Row elsewhere = refused("a subscriber's error must go to the sender of what it quotes", kAlice, {});
  elsewhere.in = Error{}.on(received_by(Link::internal).ipv4(kAlice, kResolver),
                            first_of(inside().udp(443, 5000).payload_of(100)));
  return {
      refused("a subscriber's error about another's packet does not leave", kAlice, bobs),
      refused("a subscriber's error about a packet to a port that it does not hold does not leave", kAlice,
              first_of(inside().udp(443, 5009).payload_of(100))),
      refused("a subscriber's error must quote the protocol that it holds the port for", kAlice,
              first_of(inside().tcp(443, 5000, kAck).payload_of(100))),
      refused("a subscriber's error that quotes its own packet does not leave", kAlice,
              first_of(atomic(kAlice, kWeb).udp(5000, 443).payload_of(100))),
      elsewhere,
  };
}

}  // namespace

std::vector<Row> icmp_error_outbound_rows() {
  auto rows = from_the_subscriber();
  for (auto part : {from_a_router_of_ours, about_others, without_next_hop}) {
    auto more = part();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace cgn::test
