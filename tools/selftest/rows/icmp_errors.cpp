// SPDX-License-Identifier: Apache-2.0
// ICMP errors about translated packets, from both sides: the quote is compared byte by byte with the packet that its
// receiver sent.
#include "rows.hpp"
#include "checksum.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kAll = 65535;

struct Error {
  unsigned type = 3, code = 3;
  std::uint32_t second_word = 0;
  std::size_t quote = kAll;  // so many bytes of the packet
  Bytes behind{};            // and these after them
};

// The packet as its sender would recognise it: its own, one hop on.
Bytes one_hop_on(const Bytes& sent) {
  auto frame = sent;
  frame[14 + 8] = static_cast<std::byte>(std::to_integer<unsigned>(frame[14 + 8]) - 1);
  return slice(header_checksum(std::move(frame)), 14, kAll);
}

Bytes error_about(const Error& error, Ipv4 from, const Seen& packet) {
  const auto frame = Wire::between(from, packet.source)
                         .icmp(static_cast<std::uint8_t>(error.type), static_cast<std::uint8_t>(error.code))
                         .payload(joined(slice(packet.packet, 0, error.quote), error.behind));
  return error.second_word == 0 ? frame.bytes() : with_icmp_second_word(frame, error.second_word);
}

// `sent` was seen as `seen` by its receiver's side, from where `from` sends the error; the sender must get it.
Seen delivered(Wire& w, const Bytes& sent, const Seen& seen, Ipv4 from, const Error& error = {}) {
  const auto original = decode(sent, opposite(seen.side));
  w.send(error_about(error, from, seen));
  const auto got = w.expect(original->side, "the ICMP error about " + describe(*original), [&](const Seen& s) {
    return s.is_icmp_error() && s.icmp_type == error.type && s.icmp_code == error.code &&
           s.destination == original->source;
  });
  w.check(got.header_checksum_right && got.transport_checksum_right, "right checksums, saw " + describe(got));
  w.check(got.icmp_second_word == error.second_word, "the second word as it was");
  const auto quote = joined(slice(one_hop_on(sent), 0, error.quote), error.behind);
  w.check(got.payload == quote, "the sender's own packet quoted, saw " + describe(got));
  return got;
}

struct Story {
  Bytes sent;
  Seen seen;
};

Story datagram(Wire& w, std::size_t size = 64) {
  const auto frame = w.udp(at(w.subscriber(), 5000), at(w.server(), 7000)).payload_of(size);
  return {frame, w.out(frame)};
}

void from_the_server(Wire& w) {
  const auto s = datagram(w);
  const auto got = delivered(w, s.sent, s.seen, s.seen.destination);
  w.same(got.source, s.seen.destination, "the server and the error's source");
}

void from_any_router(Wire& w) {
  const auto s = datagram(w);
  const auto got = delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 3, .code = 1});
  w.same(got.source, kUnrelatedRouter, "the router and the error's source");
}

void every_unreachable(Wire& w) {
  const auto s = datagram(w);
  for (unsigned code = 0; code <= 15; ++code) {
    delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 3, .code = code, .second_word = code == 4 ? 1400u : 0u});
  }
}

void time_exceeded(Wire& w) {
  const auto s = datagram(w);
  for (const unsigned code : {0u, 1u}) delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 11, .code = code});
}

void parameter_problem(Wire& w) {
  const auto s = datagram(w);
  delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 12, .code = 0, .second_word = 0x14000000});
}

void quotes_of_all_sizes(Wire& w) {
  const auto s = datagram(w, 1000);
  for (const std::size_t size : {28u, 29u, 56u, 128u, 548u, 1020u}) {
    delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 11, .code = 0, .quote = size});
  }
}

void path_mtu_of_tcp(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80));
  const auto sent = c.outgoing(kAck | kPsh, pattern(1000));
  const auto seen = w.out(sent);
  const Error too_big{.type = 3, .code = 4, .second_word = 1300, .quote = 28};
  delivered(w, sent, seen, kUnrelatedRouter, too_big);
  c.in(kAck);
}

void about_a_ping(Wire& w) {
  const auto frame = w.ping(w.subscriber(), w.server(), 77);
  delivered(w, frame, w.out(frame), kUnrelatedRouter, {.type = 11, .code = 0});
}

void ping_survives(Wire& w) {
  const auto frame = w.ping(w.subscriber(), w.server(), 77);
  const auto seen = w.out(frame);
  for (const unsigned code : {0u, 1u, 13u}) delivered(w, frame, seen, kUnrelatedRouter, {.type = 3, .code = code});
  w.in(w.pong(seen.destination, seen.source, seen.source_port));
}

// A packet with the Record Route option, which the router has filled in.
void quoted_options(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto route = bytes_of({7, 7, 8, 192, 0, 2, 1, 1});
  const auto frame = with_ip_options(w.between(alice, server).options(2).udp(5000, 7000).payload(w.token()), route);
  delivered(w, frame, w.out(frame), kUnrelatedRouter, {.type = 11, .code = 0});
}

// RFC         4884: the quote is padded to 128 bytes, its length stands in the header, an MPLS label stack follows
//             (RFC 4950).
void extensions(Wire& w) {
  const auto s = datagram(w);
  const auto stack = bytes_of({0x20, 0, 0, 0, 0, 8, 1, 1, 0x12, 0x34, 0x51, 0x40});
  auto extension = stack;
  const auto sum = internet_checksum(stack);
  extension[2] = static_cast<std::byte>(sum >> 8);
  extension[3] = static_cast<std::byte>(sum & 0xff);
  const auto behind = joined(Bytes(128 - s.seen.packet.size()), extension);
  delivered(w, s.sent, s.seen, kUnrelatedRouter, {.type = 11, .code = 0, .second_word = 32u << 16, .behind = behind});
}

void wrong_outer_checksum(Wire& w) {
  const auto s = datagram(w);
  delivered(w, s.sent, s.seen, s.seen.destination);
  const auto frame = w.between(s.seen.destination, s.seen.source).icmp(3, 3).payload(s.seen.packet);
  w.refused(Frame{frame}.wrong_transport_checksum(0x0101));
}

void wrong_quoted_checksum(Wire& w) {
  const auto s = datagram(w);
  delivered(w, s.sent, s.seen, s.seen.destination);
  auto damaged = s.seen.packet;
  damaged[10] ^= std::byte{0x55};
  w.refused(w.between(s.seen.destination, s.seen.source).icmp(3, 3).payload(damaged));
}

void garbage_transport_checksum(Wire& w) {
  const auto frame = w.udp(at(w.subscriber(), 5000), at(w.server(), 7000)).wrong_transport_checksum(0x1234).bytes();
  delivered(w, frame, w.out(frame), kUnrelatedRouter);
}

void about_nothing_known(Wire& w) {
  const auto s = datagram(w);
  const auto stranger = w.udp(at(s.seen.source, s.seen.source_port ^ 1), at(w.server(), 7000)).packet();
  w.refused(w.between(kUnrelatedRouter, s.seen.source).icmp(3, 3).payload(stranger));
}

// The quote names another pool address than the error was sent to: nobody who saw the packet sends that.
void about_somebody_else(Wire& w) {
  const auto s = datagram(w);
  const auto elsewhere = Ipv4::from_host(s.seen.source.host() ^ 1);
  w.refused(w.between(kUnrelatedRouter, elsewhere).icmp(3, 3).payload(s.seen.packet));
}

void mapping_survives(Wire& w) {
  const auto s = datagram(w);
  const auto alice = decode(s.sent, Side::inside)->from();
  for (const unsigned code : {0u, 1u, 2u, 3u, 9u, 10u, 13u}) {
    w.send(error_about({.type = 3, .code = code}, kUnrelatedRouter, s.seen));
  }
  w.send(error_about({.type = 11, .code = 0}, kUnrelatedRouter, s.seen));
  w.send(error_about({.type = 12, .code = 0}, kUnrelatedRouter, s.seen));
  w.settle();
  w.same(w.in(w.udp(s.seen.to(), s.seen.from())).to(), alice, "the internal endpoint before and after");
  w.same(w.out(w.udp(alice, at(w.server(), 1))).from(), s.seen.from(), "the external endpoint before and after");
}

void connection_survives(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80));
  const auto seen = c.out(kAck | kPsh, pattern(100));
  for (const unsigned code : {0u, 1u, 2u, 3u, 10u})
    w.send(error_about({.type = 3, .code = code}, kUnrelatedRouter, seen));
  w.settle();
  c.in(kAck | kPsh, pattern(200));
  c.out(kAck | kPsh, pattern(300));
}

void about_tcp(Wire& w) {
  const auto frame = w.tcp(at(w.subscriber(), 5000), at(w.server(), 80), kSyn);
  delivered(w, frame, w.out(frame), kUnrelatedRouter, {.type = 3, .code = 1});
}

// --- from the inside -------------------------------------------------------------------------------------------------

Story answer_to(Wire& w, const Story& s) {
  const auto frame = w.udp(s.seen.to(), s.seen.from());
  return {frame, w.in(frame)};
}

void subscriber_rejects(Wire& w) {
  const auto s = datagram(w);
  const auto answer = answer_to(w, s);
  const auto got = delivered(w, answer.sent, answer.seen, answer.seen.destination);
  w.same(got.source, s.seen.source, "the external address of the mapping and the error's source");
}

void subscriber_cannot_reject_for_others(Wire& w) {
  const auto s = datagram(w);
  const auto answer = answer_to(w, s);
  const auto mallory = w.subscriber();
  w.out(w.udp(at(mallory, 5000), s.seen.to()));
  w.send(error_about({}, mallory, answer.seen));
  w.expect_nothing(Side::outside, "another subscriber's ICMP error",
                   [&](const Seen& seen) { return seen.is_icmp_error() && seen.destination == s.seen.destination; });
}

void hairpinned(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000), server = at(w.server(), 7000);
  const auto bob_outside = w.out(w.udp(bob, server)).from();
  const auto call = w.udp(alice, bob_outside).bytes();
  const auto heard = w.hairpin(call);
  w.send(error_about({}, bob.address, heard));
  const auto got = w.expect(Side::inside, "the hairpinned error",
                            [&](const Seen& s) { return s.is_icmp_error() && s.destination == alice.address; });
  w.same(got.source, bob_outside.address, "the external address that was called and the error's source");
  w.check(got.header_checksum_right && got.transport_checksum_right, "right checksums, saw " + describe(got));
  w.check(got.payload == one_hop_on(call), "the caller's own packet quoted, saw " + describe(got));
}

void redirects(Wire& w) {
  const auto s = datagram(w);
  w.refused(with_icmp_second_word(w.between(kBorderRouter, s.seen.source).icmp(5, 1).payload(s.seen.packet),
                                  kUnrelatedRouter.host()));
}

}  // namespace

Rows icmp_error_rows() {
  return {
      {.id = "error-from-server",
       .tags = {"RFC5508-REQ-4", "RFC5508-REQ-10a"},
       .says = "a port unreachable of the server reaches the subscriber and quotes its own packet",
       .plays = from_the_server},
      {.id = "error-from-router",
       .tags = {"RFC4787-REQ-12a"},
       .level = Level::should,
       .says = "an error of a router on the way, which nobody wrote to, reaches the subscriber",
       .plays = from_any_router},
      {.id = "error-unreachable-codes",
       .tags = {"RFC4787-REQ-12b", "RFC5508-REQ-4"},
       .level = Level::should,
       .says = "destination unreachable passes with every code",
       .plays = every_unreachable},
      {.id = "error-time-exceeded",
       .tags = {"RFC5508-REQ-10a"},
       .says = "time exceeded passes: the subscriber's traceroute sees the hops beyond",
       .plays = time_exceeded},
      {.id = "error-parameter-problem",
       .tags = {"RFC5508-REQ-10b"},
       .level = Level::may,
       .says = "a parameter problem passes with its pointer",
       .plays = parameter_problem},
      {.id = "error-quote-sizes",
       .tags = {"RFC5508-REQ-4"},
       .says = "quotes of 28 bytes and of any other size are translated",
       .plays = quotes_of_all_sizes},
      {.id = "error-about-tcp",
       .tags = {"RFC5382-REQ-9"},
       .level = Level::should,
       .says = "a host unreachable about a SYN reaches the subscriber",
       .plays = about_tcp},
      {.id = "error-path-mtu",
       .tags = {"RFC5382-REQ-9", "RFC4787-REQ-13"},
       .level = Level::should,
       .says = "a router's fragmentation needed about TCP reaches the subscriber, with the MTU",
       .plays = path_mtu_of_tcp},
      {.id = "error-about-ping",
       .tags = {"RFC5508-REQ-4"},
       .says = "an error about a ping quotes the subscriber's own identifier",
       .plays = about_a_ping},
      {.id = "error-ping-survives",
       .tags = {"RFC5508-REQ-6"},
       .says = "errors do not end a query mapping",
       .plays = ping_survives},
      {.id = "error-quoted-options",
       .tags = {"RFC5508-REQ-3b"},
       .says = "IPv4 options inside the quote are skipped to find the ports",
       .plays = quoted_options},
      {.id = "error-extensions",
       .tags = {"RFC5508-REQ-3d"},
       .says = "an error with RFC 4884 extensions is delivered, the extensions as they were",
       .plays = extensions},
      {.id = "error-checksum",
       .tags = {"RFC5508-REQ-3"},
       .level = Level::should,
       .says = "an error with a wrong ICMP checksum is dropped",
       .plays = wrong_outer_checksum},
      {.id = "error-quoted-checksum",
       .tags = {"RFC5508-REQ-3a"},
       .level = Level::should,
       .says = "an error that quotes a header with a wrong checksum is dropped",
       .plays = wrong_quoted_checksum},
      {.id = "error-quoted-transport",
       .tags = {"RFC5508-REQ-3c"},
       .level = Level::should,
       .says = "an error that quotes a packet with a wrong transport checksum is delivered",
       .plays = garbage_transport_checksum},
      {.id = "error-unmatched",
       .tags = {"RFC5508-REQ-4"},
       .says = "an error about a packet that no mapping explains is dropped",
       .plays = about_nothing_known},
      {.id = "error-mismatched",
       .tags = {"RFC5508-REQ-4"},
       .says = "an error sent to another address than its quote names is dropped",
       .plays = about_somebody_else},
      {.id = "error-mapping-survives",
       .tags = {"RFC4787-REQ-12"},
       .says = "no ICMP error ends a UDP mapping",
       .plays = mapping_survives},
      {.id = "error-connection-survives",
       .tags = {"RFC5382-REQ-10"},
       .says = "no ICMP error ends a TCP connection",
       .plays = connection_survives},
      {.id = "error-outbound",
       .tags = {"RFC5508-REQ-5"},
       .says = "a subscriber's port unreachable leaves from its external address, quoting what the server sent",
       .plays = subscriber_rejects},
      {.id = "error-outbound-others",
       .tags = {"RFC5508-REQ-5"},
       .says = "a subscriber cannot send errors about another's mapping",
       .plays = subscriber_cannot_reject_for_others},
      {.id = "error-hairpinned",
       .tags = {"RFC5508-REQ-7", "RFC5508-REQ-7a", "RFC7857-12"},
       .says = "a subscriber that rejects a hairpinned packet does so from its external address",
       .plays = hairpinned},
      {.id = "error-redirect",
       .tags = {"RFC5508-REQ-11"},
       .level = Level::may,
       .says = "a redirect never passes",
       .plays = redirects},
  };
}

}  // namespace cgn::selftest
