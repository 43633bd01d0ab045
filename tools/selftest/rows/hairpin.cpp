// SPDX-License-Identifier: Apache-2.0
// Subscribers who meet at their external endpoints.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

void one_subscriber_to_another(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000), server = at(w.server(), 53);
  const auto alice_outside = w.out(w.udp(alice, server)).from(), bob_outside = w.out(w.udp(bob, server)).from();
  const auto seen = w.hairpin(w.udp(alice, bob_outside));
  w.same(seen.to(), bob, "who was called and who was reached");
  w.same(seen.from(), alice_outside, "the caller's external endpoint and the source seen");
}

void answer(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000);
  const auto bob_outside = w.out(w.udp(bob, at(w.server(), 53))).from();
  const auto call = w.hairpin(w.udp(alice, bob_outside));
  const auto back = w.hairpin(w.udp(bob, call.from()));
  w.same(back.to(), alice, "the caller and who was answered");
  w.same(back.from(), bob_outside, "the external endpoint that was called and the source of the answer");
}

void to_oneself(Wire& w) {
  const auto alice = w.subscriber();
  const auto listening = at(alice, 6000);
  const auto outside = w.out(w.udp(listening, at(w.server(), 53))).from();
  const auto seen = w.hairpin(w.udp(at(alice, 5000), outside));
  w.same(seen.to(), listening, "the socket that was called and the one reached");
  w.same(seen.source, outside.address, "the subscriber's external address and the source seen");
}

void tcp_connection(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000);
  const auto bob_outside = w.out(w.tcp(bob, at(w.server(), 80), kSyn)).from();
  const auto syn = w.hairpin(w.tcp(alice, bob_outside, kSyn));
  w.same(syn.to(), bob, "who was called and who got the SYN");
  w.same(w.hairpin(w.tcp(bob, syn.from(), kSyn | kAck)).to(), alice, "the caller and who got the SYN-ACK");
  w.hairpin(w.tcp(alice, bob_outside, kAck));
  w.hairpin(w.tcp(bob, syn.from(), kAck));
}

void to_nobody(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto outside = w.out(w.udp(alice, at(w.server(), 53))).from();
  w.refused(w.udp(alice, at(outside.address, outside.port.value() ^ 1)));
}

void not_by_internal_address(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), bob = at(w.subscriber(), 6000), server = at(w.server(), 53);
  w.out(w.udp(alice, server));
  w.out(w.udp(bob, server));
  w.refused(w.udp(alice, bob));
}

}  // namespace

Rows hairpin_rows() {
  return {
      {.id = "hairpin-udp",
       .tags = {"RFC4787-REQ-9", "RFC4787-REQ-9a"},
       .says = "a subscriber reaches another one at its external endpoint, and is seen as its own external endpoint",
       .plays = one_subscriber_to_another},
      {.id = "hairpin-answer",
       .tags = {"RFC4787-REQ-9", "RFC4787-REQ-9a"},
       .says = "the called one answers from the endpoint that was called",
       .plays = answer},
      {.id = "hairpin-self",
       .tags = {"RFC4787-REQ-9a"},
       .says = "a subscriber reaches its own external endpoint",
       .plays = to_oneself},
      {.id = "hairpin-tcp",
       .tags = {"RFC5382-REQ-8"},
       .says = "a TCP handshake between two subscribers, each by the other's external endpoint",
       .plays = tcp_connection},
      {.id = "hairpin-nobody",
       .tags = {"RFC4787-REQ-9"},
       .says = "a hairpinned packet to a port that nobody uses reaches nobody, and does not leave",
       .plays = to_nobody},
      {.id = "hairpin-internal",
       .tags = {"RFC6888-REQ-1"},
       .says = "subscribers do not meet at their internal addresses",
       .plays = not_by_internal_address},
  };
}

}  // namespace cgn::selftest
