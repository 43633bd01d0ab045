// SPDX-License-Identifier: Apache-2.0
// The sessions of one shared mapping, by hand.
#include "core/shared_session.hpp"

#include <catch2/catch.hpp>

#include "core/expiry.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t S = CGN_SEEN_SYN, A = CGN_SEEN_ACK, F = CGN_SEEN_FIN;
constexpr MappingId kId = 7;

Stamp sec(unsigned s) { return s * CGN_TICKS_PER_SECOND; }

struct Fixture {
  config::Timeouts timeouts;
  SharedSessions sessions{timeouts};
  SeenBoth seen;

  void note(TcpFlags flags, Endpoint remote, bool outbound, unsigned t) {
    sessions.note(kId, tcp(on(alice, 1), flags, remote), outbound, sec(t));
  }
  Lifetime life() const { return sessions.lifetime_of(kId, seen).value(); }
};

Endpoint remote(unsigned i) { return on(ip("198.51.100.9"), 1000 + i); }

TEST_CASE("what is not shared has no lifetime here") {
  Fixture f;
  CHECK_FALSE(f.sessions.has(kId));
  CHECK_FALSE(f.sessions.lifetime_of(kId, {}));
}

TEST_CASE("sessions that nobody answered leave the mapping opening, from the last outbound packet") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  f.note({.syn = true}, other_server, true, 150);
  CHECK(f.life() == Lifetime{SessionState::opening, sec(390)});
}

TEST_CASE("an inbound SYN opens nothing; the SYN-ACK that accepts it does") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S, .last_seen = sec(100)};
  f.seen.inbound = {.present = true, .bits = S, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  f.note({.syn = true}, other_server, false, 150);
  CHECK(f.life() == Lifetime{SessionState::opening, sec(340)});
  f.note({.syn = true, .ack = true}, other_server, true, 160);
  CHECK(f.life() == Lifetime{SessionState::established, sec(160 + 7440)});
}

TEST_CASE("an outbound RST that answers a scan refreshes nothing", "[RFC7857-7.1]") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  f.note({.syn = true}, other_server, false, 150);
  f.note({.ack = true, .rst = true}, other_server, true, 150);
  CHECK(f.life() == Lifetime{SessionState::opening, sec(340)});
}

TEST_CASE("the first session is seeded as the kernel saw it") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A | F, .last_seen = sec(100), .closed_at = sec(100)};
  f.seen.inbound = {.present = true, .bits = S | A, .last_seen = sec(101)};
  SECTION("half-closed: the other FIN ends it") {
    f.sessions.begin(kId, server, f.seen);
    CHECK(f.life().state == SessionState::established);
    f.note({.fin = true}, server, false, 200);
    CHECK(f.life() == Lifetime{SessionState::closing, sec(440)});
  }
  SECTION("closed: only the new one lives") {
    f.seen.inbound.bits |= F;
    f.seen.inbound.closed_at = sec(102);
    f.sessions.begin(kId, server, f.seen);
    CHECK(f.life() == Lifetime{SessionState::closing, sec(342)});
    f.note({.syn = true}, other_server, true, 150);
    CHECK(f.life().state != SessionState::closing);
    f.note({.rst = true}, other_server, false, 151);
    CHECK(f.life() == Lifetime{SessionState::closing, sec(391)});
  }
}

TEST_CASE("payload after the last end revives a shared mapping, a FIN again does not") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.seen.inbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  f.note({.rst = true}, server, false, 110);
  f.note({.fin = true}, server, true, 120);
  CHECK(f.life() == Lifetime{SessionState::closing, sec(350)});
  f.seen.outbound.last_seen = f.seen.outbound.last_data = sec(130);
  CHECK(f.life() == Lifetime{SessionState::established, sec(130 + 7440)});
}

TEST_CASE("a RST from outside puts one session on hold: the others, and the mapping, live on", "[RFC7857-2.2]") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A, .last_seen = sec(100), .last_data = sec(100)};
  f.seen.inbound = {.present = true, .bits = S | A, .last_seen = sec(100), .last_data = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  f.note({.syn = true}, other_server, true, 150);
  f.note({.syn = true, .ack = true}, other_server, false, 150);
  const auto end = [&](Endpoint remote, unsigned t) {
    f.note({.ack = true, .fin = true}, remote, true, t);
    f.note({.ack = true, .fin = true}, remote, false, t);
  };
  f.note({.rst = true}, other_server, false, 200);
  CHECK(f.life() == Lifetime{SessionState::established, sec(200 + 7440)});  // the first is idle, and there
  SECTION("with the other at its end and no payload since, the mapping closes") {
    end(server, 300);
    CHECK(f.life() == Lifetime{SessionState::closing, sec(540)});
  }
  SECTION("payload revives it: the other's end then ends nothing else") {
    f.seen.inbound.last_seen = f.seen.inbound.last_data = sec(210);
    end(server, 300);
    CHECK(f.life() == Lifetime{SessionState::established, sec(300 + 7440)});
    SECTION("until it ends itself") {
      end(other_server, 400);
      CHECK(f.life() == Lifetime{SessionState::closing, sec(640)});
    }
    SECTION("or the inside resets it, which nobody outside can forge") {
      f.note({.rst = true}, other_server, true, 400);
      CHECK(f.life() == Lifetime{SessionState::closing, sec(640)});
    }
  }
  SECTION("a new SYN from inside begins it anew") {
    f.note({.syn = true}, other_server, true, 250);
    f.note({.syn = true, .ack = true}, other_server, false, 250);
    end(server, 300);
    CHECK(f.life().state == SessionState::established);
  }
}

TEST_CASE("a RST of no session changes nothing", "[RFC7857-2.2]") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.seen.inbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  const auto before = f.life();
  for (unsigned i = 0; i < 1000; ++i) f.note({.rst = true}, remote(i), i % 2 == 0, 200 + i);
  CHECK(f.life() == before);
}

TEST_CASE("sessions on hold make room for new ones when their time is over") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.seen.inbound = f.seen.outbound;
  f.sessions.begin(kId, server, f.seen);
  for (unsigned i = 0; i < 63; ++i) {
    f.note({.syn = true}, remote(i), true, 200);
    f.note({.syn = true, .ack = true}, remote(i), false, 200);
    f.note({.rst = true}, remote(i), false, 201);
  }
  f.note({.syn = true}, remote(100), true, 600);
  f.note({.rst = true}, remote(100), true, 601);
  f.note({.rst = true}, server, true, 602);
  CHECK(f.life() == Lifetime{SessionState::closing, sec(842)});  // not incomplete, which would be the long timer
}

TEST_CASE("more sessions than are kept make the long timer, unless unanswered ones can go", "[RFC6888-REQ-5]") {
  Fixture f;
  f.seen.outbound = {.present = true, .bits = S | A, .last_seen = sec(100)};
  f.sessions.begin(kId, server, f.seen);
  SECTION("all young: incomplete, and so even when all known ones end") {
    for (unsigned i = 0; i < 100; ++i) f.note({.syn = true}, remote(i), true, 200);
    CHECK(f.life().state == SessionState::established);
    for (unsigned i = 0; i < 100; ++i) f.note({.rst = true}, remote(i), false, 210);
    f.note({.rst = true}, server, false, 210);
    CHECK(f.life().state == SessionState::established);
  }
  SECTION("old unanswered SYNs make room") {
    for (unsigned i = 0; i < 63; ++i) f.note({.syn = true}, remote(i), true, 200);
    for (unsigned i = 0; i < 63; ++i) f.note({.syn = true}, remote(100 + i), true, 600);
    CHECK(f.life().state == SessionState::opening);
  }
}

TEST_CASE("a mapping known to be incomplete keeps the long timer until it begins anew") {
  Fixture f;
  f.seen.outbound.last_seen = sec(50);
  f.sessions.begin_incomplete(kId);
  f.sessions.begin(kId, server, f.seen);
  f.note({.rst = true}, server, false, 60);
  CHECK(f.life() == Lifetime{SessionState::established, sec(50 + 7440)});
  f.sessions.end(kId);
  CHECK_FALSE(f.sessions.has(kId));
}

}  // namespace
}  // namespace cgn::core::test
