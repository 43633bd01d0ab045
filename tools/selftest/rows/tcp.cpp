// SPDX-License-Identifier: Apache-2.0
// TCP as it passes: handshakes of every kind, ends of every kind, and no byte changed that is not an address or a port.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr unsigned kAlicePort = 5000;

Connection web_connection(Wire& w) { return Connection::open(w, at(w.subscriber(), kAlicePort), at(w.server(), 80)); }

void handshake_and_data(Wire& w) {
  auto c = web_connection(w);
  c.out(kAck | kPsh, pattern(500));
  c.in(kAck | kPsh, pattern(1400));
  c.out(kAck);
  c.close();
}

void options_untouched(Wire& w) {
  const auto options = bytes_of({2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7});
  const auto syn = w.between(w.subscriber(), w.server()).tcp(kAlicePort, 80, kSyn).tcp_options(5);
  const auto seen = w.out(with_tcp_options(syn, options));
  w.check(slice(seen.packet, seen.header_size + 20, 20) == options, "MSS, SACK, timestamps and window scale as sent");
}

void simultaneous_open(Wire& w) {
  Connection c{w, at(w.subscriber(), kAlicePort), at(w.server(), 80)};
  c.out(kSyn);
  c.in(kSyn);
  c.out(kSyn | kAck);
  c.in(kSyn | kAck);
  c.out(kAck | kPsh, pattern(100));
  c.in(kAck | kPsh, pattern(100));
}

void syn_again(Wire& w) {
  const auto alice = at(w.subscriber(), kAlicePort), server = at(w.server(), 80);
  const auto syn = w.tcp(alice, server, kSyn);
  const auto first = w.out(syn);
  w.same(w.out(syn).from(), first.from(), "the external endpoint of a SYN and of its repetition");
}

void anew_after_close(Wire& w) {
  auto c = web_connection(w);
  c.close();
  const auto again = Connection::open(w, c.internal(), c.server());
  w.same(again.external(), c.external(), "the external endpoint of the connection before and after");
}

void half_closed(Wire& w) {
  auto c = web_connection(w);
  c.out(kFin | kAck);
  c.in(kAck);
  c.in(kAck | kPsh, pattern(1000));
  c.out(kAck);
  c.in(kFin | kAck);
  c.out(kAck);
}

void reset_arrives(Wire& w) {
  auto c = web_connection(w);
  c.in(kRst | kAck);
}

void reset_leaves(Wire& w) {
  auto c = web_connection(w);
  c.out(kRst | kAck);
}

void data_after_reset(Wire& w) {
  auto c = web_connection(w);
  c.in(kRst | kAck);
  c.in(kAck | kPsh, pattern(100));
  c.out(kAck | kPsh, pattern(100));
}

void called_from_outside(Wire& w) {
  const auto alice = at(w.subscriber(), kAlicePort);
  const auto external = w.out(w.tcp(alice, at(w.server(), 80), kSyn)).from();
  const auto caller = at(w.server(), 3333);
  w.same(w.in(w.tcp(caller, external, kSyn)).to(), alice, "the listening endpoint and who got the SYN");
  w.out(w.tcp(alice, caller, kSyn | kAck));
  w.in(w.tcp(caller, external, kAck));
}

void two_connections_one_ends(Wire& w) {
  const auto alice = at(w.subscriber(), kAlicePort);
  auto first = Connection::open(w, alice, at(w.server(), 80)), second = Connection::open(w, alice, at(w.server(), 80));
  first.close();
  second.in(kAck | kPsh, pattern(100));
  second.out(kAck | kPsh, pattern(100));
}

void urgent_and_unknown_flags(Wire& w) {
  auto c = web_connection(w);
  constexpr std::uint8_t kUrg = 0x20, kEce = 0x40, kCwr = 0x80;
  c.out(kAck | kPsh | kUrg, pattern(10));
  c.in(kAck | kEce);
  c.out(kAck | kCwr | kPsh, pattern(10));
}

}  // namespace

Rows tcp_rows() {
  return {
      {.id = "tcp-connection",
       .tags = {"RFC5382-REQ-2", "RFC6888-REQ-1"},
       .says = "a TCP connection is opened, carries data both ways and ends; numbers and windows are as sent",
       .plays = handshake_and_data},
      {.id = "tcp-options",
       .tags = {"RFC5382-REQ-2"},
       .says = "the options of a SYN pass as they are",
       .plays = options_untouched},
      {.id = "tcp-simultaneous-open",
       .tags = {"RFC5382-REQ-2"},
       .says = "both sides open at once, and the connection carries data",
       .plays = simultaneous_open},
      {.id = "tcp-syn-again",
       .tags = {"RFC5382-REQ-1"},
       .says = "a repeated SYN leaves by the same external endpoint",
       .plays = syn_again},
      {.id = "tcp-anew",
       .tags = {"RFC5382-REQ-2"},
       .says = "a port whose connection has just ended opens the next one",
       .plays = anew_after_close},
      {.id = "tcp-half-closed",
       .tags = {"RFC5382-REQ-2", "RFC7857-2"},
       .says = "after one FIN the other side still sends",
       .plays = half_closed},
      {.id = "tcp-reset-in",
       .tags = {"RFC7857-2.2"},
       .says = "a server's RST reaches the subscriber",
       .plays = reset_arrives},
      {.id = "tcp-reset-out",
       .tags = {"RFC7857-2.2"},
       .says = "a subscriber's RST reaches the server",
       .plays = reset_leaves},
      {.id = "tcp-data-after-reset",
       .tags = {"RFC7857-2.2"},
       .says = "data behind a RST still pass: the mapping is held",
       .plays = data_after_reset},
      {.id = "tcp-called",
       .tags = {"RFC5382-REQ-2", "RFC5382-REQ-3"},
       .says = "a subscriber that listens at its mapping is called from outside",
       .plays = called_from_outside},
      {.id = "tcp-two-one-ends",
       .tags = {"RFC5382-REQ-1", "RFC7857-2"},
       .says = "of two connections from one port one ends, the other goes on",
       .plays = two_connections_one_ends},
      {.id = "tcp-flags",
       .tags = {"RFC5382-REQ-2"},
       .level = Level::must,
       .says = "URG, ECE and CWR pass as they are",
       .plays = urgent_and_unknown_flags},
  };
}

}  // namespace cgn::selftest
