// SPDX-License-Identifier: Apache-2.0
// Destinations for which translation is turned off: UDP port 53 of one server.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

void destination(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), resolver = at(kUntranslated, 53);
  w.out(w.udp(alice, at(w.server(), 53)));
  w.untranslated(w.udp(alice, resolver));
  w.untranslated(w.udp(resolver, alice));
}

void nothing_else(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  w.out(w.udp(alice, at(kUntranslated, 54)));
  w.out(w.tcp(alice, at(kUntranslated, 53), kSyn));
  w.out(w.ping(alice.address, kUntranslated, 53));
  w.untranslated(w.udp(alice, at(kUntranslated, 53)));
}

void still_refused(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  w.out(w.udp(alice, at(w.server(), 53)));
  w.refused(w.udp(at(kUntranslated, 54), alice));
  w.refused(w.udp(at(w.server(), 53), alice));
}

}  // namespace

Rows bypass_rows() {
  return {
      {.id = "bypass",
       .tags = {"RFC6888-REQ-6"},
       .says = "a destination for which translation is turned off sees the subscriber's own address, and answers it",
       .plays = destination},
      {.id = "bypass-nothing-else",
       .tags = {"RFC6888-REQ-6"},
       .says = "its other ports and protocols are translated as ever",
       .plays = nothing_else},
      {.id = "bypass-inbound",
       .tags = {"RFC6888-REQ-6"},
       .says = "others do not reach the subscriber's own address, nor does the destination by other ports",
       .plays = still_refused},
  };
}

}  // namespace cgn::selftest
