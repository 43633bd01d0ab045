// SPDX-License-Identifier: Apache-2.0
// How long TCP mappings live, with timers of seconds: opening and closing 4 s, established 12 s.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

// Past the short timers and the sweep behind them, well before the long one.
constexpr milliseconds kPastClosing{8000}, kBeforeEstablished{11000}, kPastEstablished{17000};
constexpr milliseconds kHalf{2000}, kBeforeClosing{3500};

Connection silent_connection(Wire& w) { return Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80)); }

// One on which both sides have spoken.
Connection connection(Wire& w) {
  auto c = silent_connection(w);
  c.out(kAck | kPsh, pattern(50));
  c.in(kAck | kPsh, pattern(50));
  return c;
}

// A pure ACK: nothing that could bring a mapping back to life.
void check_gone(Wire& w, Connection& c) { w.refused(c.incoming(kAck)); }

void established_outlives_opening(Wire& w) {
  auto c = connection(w);
  const auto last = w.now();
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  c.in(kAck | kPsh, pattern(100));
}

// As browsers open them in advance: the handshake is whole, and nobody has anything to say yet.
void silent_is_established(Wire& w) {
  auto c = silent_connection(w);
  const auto last = w.now();
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  c.in(kAck | kPsh, pattern(100));
}

void established_ends(Wire& w) {
  auto c = connection(w);
  w.pass(kPastEstablished);
  check_gone(w, c);
}

void half_open_is_kept(Wire& w) {
  Connection c{w, at(w.subscriber(), 5000), at(w.server(), 80)};
  const auto last = w.now();
  c.out(kSyn);
  w.pass(kHalf);
  w.in_time(last, kBeforeClosing);
  c.in(kSyn | kAck);
}

void half_open_ends(Wire& w) {
  Connection c{w, at(w.subscriber(), 5000), at(w.server(), 80)};
  c.out(kSyn);
  w.pass(kPastClosing);
  check_gone(w, c);
}

void closed_is_kept(Wire& w) {
  auto c = connection(w);
  const auto last = w.now();
  c.close();
  w.pass(kHalf);
  w.in_time(last, kBeforeClosing);
  c.in(kAck);
}

void closed_ends(Wire& w) {
  auto c = connection(w);
  const auto last = w.now();
  c.close();
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  check_gone(w, c);
}

void one_fin_is_established(Wire& w) {
  auto c = connection(w);
  const auto last = w.now();
  c.out(kFin | kAck);
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  c.in(kAck | kPsh, pattern(100));
}

void reset_ends(Wire& w) {
  auto c = connection(w);
  const auto last = w.now();
  c.in(kRst | kAck);
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  check_gone(w, c);
}

void data_revive(Wire& w) {
  auto c = connection(w);
  c.in(kRst | kAck);
  w.pass(milliseconds{200});  // what comes later than a stamp's tick of 62.5 ms counts as later
  c.out(kAck | kPsh, pattern(100));
  const auto last = w.now();
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  c.in(kAck | kPsh, pattern(100));
}

// An attacker who knows the endpoints but not the numbers (ReDAN).
void stray_reset(Wire& w) {
  auto c = connection(w);
  c.in(kAck | kPsh, pattern(100));
  c.out(kAck);
  const auto last = w.now();
  w.send(c.stray(kRst, 0x40000000u));
  w.send(c.stray(kRst, 0xc0000000u));
  w.pass(kPastClosing);
  w.in_time(last, kBeforeEstablished);
  c.in(kAck | kPsh, pattern(100));
  c.out(kAck | kPsh, pattern(100));
}

void keepalive(Wire& w) {
  auto c = connection(w);
  auto last = w.now();
  for (int i = 0; i < 2; ++i) {
    w.pass(kPastClosing);
    w.in_time(last, kBeforeEstablished);
    last = w.now();
    c.out(kAck);
  }
  c.in(kAck | kPsh, pattern(100));
}

}  // namespace

Rows tcp_timer_rows() {
  constexpr auto kGroup = Group::short_timers;
  return {
      {.id = "tcp-established-timer",
       .tags = {"RFC5382-REQ-5"},
       .says = "an established connection without traffic outlives the timer of a half-open one",
       .group = kGroup,
       .patient = true,
       .plays = established_outlives_opening},
      {.id = "tcp-established-silent",
       .tags = {"RFC5382-REQ-5", "RFC7857-2"},
       .says = "a connection on which nothing was said after the handshake is established, too",
       .group = kGroup,
       .patient = true,
       .plays = silent_is_established},
      {.id = "tcp-established-end",
       .tags = {"RFC5382-REQ-5"},
       .says = "an established connection without traffic ends with its own timer",
       .group = kGroup,
       .patient = true,
       .plays = established_ends},
      {.id = "tcp-opening-kept",
       .tags = {"RFC5382-REQ-5", "RFC7857-2.1"},
       .says = "a half-open connection waits for its SYN-ACK",
       .group = kGroup,
       .patient = true,
       .plays = half_open_is_kept},
      {.id = "tcp-opening-end",
       .tags = {"RFC7857-2.1"},
       .level = Level::should,
       .says = "a half-open connection ends with the opening timer",
       .group = kGroup,
       .patient = true,
       .plays = half_open_ends},
      {.id = "tcp-closing-kept",
       .tags = {"RFC5382-REQ-5", "RFC7857-2.1"},
       .says = "after both FINs the mapping stays for the closing timer",
       .group = kGroup,
       .patient = true,
       .plays = closed_is_kept},
      {.id = "tcp-closing-end",
       .tags = {"RFC7857-2", "RFC7857-2.1"},
       .level = Level::should,
       .says = "after both FINs the mapping ends with the closing timer",
       .group = kGroup,
       .patient = true,
       .plays = closed_ends},
      {.id = "tcp-one-fin",
       .tags = {"RFC7857-2"},
       .level = Level::should,
       .says = "after one FIN the long timer holds",
       .group = kGroup,
       .patient = true,
       .plays = one_fin_is_established},
      {.id = "tcp-reset-end",
       .tags = {"RFC7857-2.2"},
       .says = "after a RST in the window the mapping ends with the closing timer",
       .group = kGroup,
       .patient = true,
       .plays = reset_ends},
      {.id = "tcp-reset-revived",
       .tags = {"RFC7857-2.2"},
       .says = "data behind a RST bring the connection back to its long timer",
       .group = kGroup,
       .patient = true,
       .plays = data_revive},
      {.id = "tcp-reset-stray",
       .tags = {"RFC7857-2.2", "RFC5382-REQ-5"},
       .says = "a RST outside of the window ends nothing",
       .group = kGroup,
       .patient = true,
       .plays = stray_reset},
      {.id = "tcp-keepalive",
       .tags = {"RFC5382-REQ-5"},
       .says = "keep-alives of the subscriber keep an idle connection",
       .group = kGroup,
       .patient = true,
       .plays = keepalive},
  };
}

}  // namespace cgn::selftest
