// SPDX-License-Identifier: Apache-2.0
// What a router tells, told by a translator: in the terms of whoever is told, from an address that it can reach.
#include "fragments.hpp"
#include "rows.hpp"
#include "translation.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kLarge = 1450;  // more than kFarMtu and kNarrowMtu, less than 1500

std::string mtu_of(const Seen& error) { return std::to_string(error.icmp_second_word & 0xffff); }

void too_big_out(Wire& w) {
  const auto frame = w.udp(at(w.subscriber(), 5000), at(w.far_server(), 7000)).payload_of(kLarge - 28).dont_fragment();
  w.send(frame);
  const auto error = w.told(frame, 3, 4);
  w.same(mtu_of(error), std::to_string(kFarMtu), "the MTU of the path and the one told");
  w.same(error.source, kDeviceInside, "the device's address on this side and the error's source");
  w.expect_nothing(Side::outside, "a packet too big",
                   [to = decode(frame, Side::inside)->destination](const Seen& s) { return s.destination == to; });
}

void too_big_with_mapping(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.far_server(), 7000);
  w.out(w.udp(alice, server));
  const auto frame = w.udp(alice, server).payload_of(kLarge - 28).dont_fragment();
  w.send(frame);
  const auto error = w.told(frame, 3, 4);
  w.same(mtu_of(error), std::to_string(kFarMtu), "the MTU of the path and the one told");
}

void fragmented_out(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.far_server(), 7000);
  const auto external = w.out(w.udp(alice, server)).from();
  const auto frame = distinct(w, w.udp(alice, server).payload_of(kLarge - 28));
  w.send(frame);
  const auto seen = reassembled(
      w, Side::outside, [&](const Seen& s) { return s.destination == server.address && s.packet.size() <= kFarMtu; });
  check_only_translated(*decode(frame, Side::inside), seen);
  w.same(seen.from(), external, "the external endpoint of the datagram before and of this one");
}

void fits_exactly(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.far_server(), 7000);
  const auto frame = w.udp(alice, server);
  const auto rest = kFarMtu - Frame{frame}.packet().size();
  w.out(Frame{frame}.payload_of(rest).dont_fragment());
}

// A subscriber behind a path of MTU 1300, which has written to the server.
struct Narrow {
  Endpoint internal, server, external;
};
Narrow narrow(Wire& w) {
  const auto internal = at(w.narrow_subscriber(), 5000), server = at(w.server(), 7000);
  return {internal, server, w.out(w.udp(internal, server)).from()};
}

void too_big_in(Wire& w) {
  const auto n = narrow(w);
  const auto frame = w.udp(n.server, n.external).payload_of(kLarge - 28).dont_fragment();
  w.send(frame);
  const auto error = w.told(frame, 3, 4);
  w.same(mtu_of(error), std::to_string(kNarrowMtu), "the MTU of the path and the one told");
  w.same(error.source, kDeviceOutside, "the device's address on this side and the error's source");
}

void fragmented_in(Wire& w) {
  const auto n = narrow(w);
  const auto frame = distinct(w, w.udp(n.server, n.external).payload_of(kLarge - 28));
  w.send(frame);
  const auto seen = reassembled(
      w, Side::inside, [&](const Seen& s) { return s.source == n.server.address && s.packet.size() <= kNarrowMtu; });
  check_only_translated(*decode(frame, Side::outside), seen);
  w.same(seen.to(), n.internal, "the internal endpoint");
}

void hop_out(Wire& w) {
  const auto alice = w.subscriber();
  for (const auto& frame :
       {w.udp(at(alice, 5000), at(w.server(), 33434)).ttl(1), w.ping(alice, w.server(), 7).ttl(1)}) {
    w.send(frame);
    w.same(w.told(frame, 11, 0).source, kDeviceInside, "the device's address on this side and the error's source");
    w.expect_nothing(Side::outside, "a packet without a hop left", [&](const Seen& s) { return s.ttl == 0; });
  }
}

void hop_in(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  const auto frame = w.udp(server, w.out(w.udp(alice, server)).from()).ttl(1);
  w.send(frame);
  w.same(w.told(frame, 11, 0).source, kDeviceOutside, "the device's address on this side and the error's source");
}

void no_error_about_errors(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  const auto external = w.out(w.udp(alice, server)).from();
  const auto heard = w.in(w.udp(server, external));
  const auto frame = w.between(alice.address, server.address).icmp(3, 3).payload(heard.packet).ttl(1);
  w.send(frame);
  w.not_told(frame);
}

void no_error_about_later_pieces(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  w.out(w.udp(at(alice, 5000), at(server, 7000)));
  const auto frame = w.between(alice, server).protocol(17).payload_of(64).fragment(800, false).ttl(1);
  w.send(frame);
  w.expect_nothing(Side::inside, "an ICMP error about a later fragment",
                   [&](const Seen& s) { return s.is_icmp_error() && s.destination == alice; });
}

void unknown_transports(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  w.out(w.udp(at(alice, 5000), at(server, 7000)));
  for (const unsigned protocol : {253u, 254u}) {  // for experiments (RFC 3692)
    const auto frame = w.between(alice, server).protocol(static_cast<std::uint8_t>(protocol)).payload(w.token());
    w.send(frame);
    const auto error =
        w.expect(Side::inside, "ICMP 3/2 about protocol " + std::to_string(protocol), [&](const Seen& s) {
          const auto quote = quoted(s);
          return quote && quote->protocol == protocol && s.destination == alice;
        });
    w.check(error.icmp_type == 3 && error.icmp_code == 2, "protocol unreachable, saw " + describe(error));
    w.expect_nothing(Side::outside, "an unknown transport", [&](const Seen& s) { return s.protocol == protocol; });
  }
}

}  // namespace

Rows mtu_rows() {
  constexpr std::string_view kRouter =
      "a router does this, too; here it shows that translation does not come in its way, and in whose terms it speaks";
  return {
      {.id = "too-big-out",
       .tags = {"RFC4787-REQ-13"},
       .says = "a first packet too big for the path and not to be fragmented: the subscriber is told the MTU",
       .on_forwarding = kRouter,
       .plays = too_big_out},
      {.id = "too-big-out-mapped",
       .tags = {"RFC4787-REQ-13"},
       .says = "a packet of a live mapping too big for the path: the subscriber is told, quoting its own packet",
       .plays = too_big_with_mapping},
      {.id = "fits-exactly",
       .tags = {"RFC4787-REQ-13"},
       .says = "a packet as large as the path's MTU passes",
       .plays = fits_exactly},
      {.id = "fragmented-out",
       .tags = {"RFC4787-REQ-13a"},
       .says = "a packet too big for the path that may be fragmented leaves in pieces",
       .plays = fragmented_out},
      {.id = "too-big-in",
       .tags = {"RFC4787-REQ-13"},
       .says = "an inbound packet too big for the subscriber's path: the server is told, quoting its own packet",
       .plays = too_big_in},
      {.id = "fragmented-in",
       .tags = {"RFC4787-REQ-13a"},
       .says = "an inbound packet too big for the subscriber's path that may be fragmented arrives in pieces",
       .plays = fragmented_in},
      {.id = "hop-out",
       .tags = {"RFC5508-REQ-10a"},
       .says = "the device is a hop of the subscriber's traceroute, with its internal address",
       .on_forwarding = kRouter,
       .plays = hop_out},
      {.id = "hop-in",
       .tags = {"RFC5508-REQ-10a"},
       .says = "the device is a hop of a server's traceroute to a mapping, with its external address",
       .plays = hop_in},
      {.id = "no-error-about-error",
       .tags = {"RFC5508-REQ-10d"},
       .says = "an ICMP error without a hop left is not answered by another one",
       .plays = no_error_about_errors},
      {.id = "no-error-about-piece",
       .tags = {"RFC5508-REQ-10d"},
       .says = "a later fragment without a hop left is not answered",
       .plays = no_error_about_later_pieces},
      {.id = "unknown-transport",
       .tags = {"RFC6888-REQ-1"},
       .says = "a transport that is not translated never leaves, and its sender is told by ICMP 3/2",
       .plays = unknown_transports},
  };
}

}  // namespace cgn::selftest
