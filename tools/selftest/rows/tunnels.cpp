// SPDX-License-Identifier: Apache-2.0
// Transports without ports: ESP and GRE are translated by address and remote. (All others: mtu.cpp.)
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr std::uint8_t kEsp = 50, kGre = 47;

Bytes word(std::uint32_t value) { return bytes_of({value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255}); }

Bytes esp(Wire& w, Ipv4 from, Ipv4 to, std::uint32_t spi) {
  return Wire::between(from, to).protocol(kEsp).payload(joined(joined(word(spi), word(1)), text(w.token())));
}

Bytes gre(Wire& w, Ipv4 from, Ipv4 to) {
  return Wire::between(from, to).protocol(kGre).payload(joined(word(0x0800), text(w.token())));
}

void esp_tunnel(Wire& w) {
  const auto alice = w.subscriber(), gateway = w.server();
  const auto outside = w.out(esp(w, alice, gateway, 0xa1)).source;
  w.same(w.in(esp(w, gateway, outside, 0xb1)).destination, alice, "who spoke to the gateway and who is answered");
  // New keys, and the old ones still.
  w.same(w.in(esp(w, gateway, outside, 0xb2)).destination, alice, "who spoke to the gateway and who is answered");
  w.in(esp(w, gateway, outside, 0xb1));
  w.out(esp(w, alice, gateway, 0xa2));
  w.refused(esp(w, w.server(), outside, 0xb1));
}

void two_of_one_address(Wire& w) {
  const auto pool = w.small_pool();
  const auto alice = w.nth(pool.subscribers, 1), bob = w.nth(pool.subscribers, 2), gateway = w.server();
  const auto outside = w.out(esp(w, alice, gateway, 0xa1)).source;
  const auto early = esp(w, bob, gateway, 0xa2);
  w.refused(early);
  w.told(early, 3, 1);
  w.in(esp(w, gateway, outside, 0xb1));
  w.same(w.out(esp(w, bob, gateway, 0xa2)).source, outside, "the external addresses of both");
  w.same(w.in(esp(w, gateway, outside, 0xb2)).destination, bob, "whose turn it is and who is answered");
  w.same(w.in(esp(w, gateway, outside, 0xb1)).destination, alice, "whose SPI it is and who is answered");
  w.refused(esp(w, gateway, outside, 0xb3));
}

void gre_tunnel(Wire& w) {
  const auto alice = w.subscriber(), router = w.server();
  const auto outside = w.out(gre(w, alice, router)).source;
  w.same(w.in(gre(w, router, outside)).destination, alice, "who spoke to the router and who is answered");
  w.refused(gre(w, w.server(), outside));
}

void one_of_one_address(Wire& w) {
  const auto pool = w.small_pool();
  const auto alice = w.nth(pool.subscribers, 1), bob = w.nth(pool.subscribers, 2), router = w.server();
  w.out(gre(w, alice, router));
  const auto second = gre(w, bob, router);
  w.refused(second);
  w.told(second, 3, 1);
  w.out(gre(w, bob, w.server()));
}

}  // namespace

Rows tunnel_rows() {
  return {
      {.id = "tunnel-esp",
       .tags = {"RFC6888-REQ-1"},
       .says = "ESP leaves with a pool address, and what its remote sends comes back, with whatever SPI; strangers' "
               "does not",
       .plays = esp_tunnel},
      {.id = "tunnel-esp-two",
       .tags = {"RFC6888-REQ-1"},
       .says = "two subscribers of one address speak ESP to one gateway, the second once the first was answered",
       .group = Group::small_pools,
       .plays = two_of_one_address},
      {.id = "tunnel-gre",
       .tags = {"RFC6888-REQ-1"},
       .says = "GRE leaves with a pool address, and what its remote sends comes back; strangers' does not",
       .plays = gre_tunnel},
      {.id = "tunnel-gre-two",
       .tags = {"RFC6888-REQ-1"},
       .says = "a second subscriber of one address is told that GRE to its remote is taken, and may speak to another",
       .group = Group::small_pools,
       .plays = one_of_one_address},
  };
}

}  // namespace cgn::selftest
