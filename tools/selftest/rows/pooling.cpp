// SPDX-License-Identifier: Apache-2.0
// Which external addresses subscribers get.
#include "rows.hpp"

#include <set>

namespace cgn::selftest {
namespace {

void one_address(Wire& w) {
  const auto alice = w.subscriber();
  std::set<Ipv4> seen;
  for (unsigned i = 0; i < 40; ++i) {
    seen.insert(w.out(w.udp(at(alice, 5000 + i), at(w.server(), 53))).source);
    seen.insert(w.out(w.tcp(at(alice, 5000 + i), at(w.server(), 80), kSyn)).source);
    seen.insert(w.out(w.ping(alice, w.server(), 5000 + i)).source);
  }
  w.check(seen.size() == 1, "one external address for all protocols, saw " + std::to_string(seen.size()));
}

// 512 ports are a first block: the 513th needs another one.
void more_blocks(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 53);
  std::set<Ipv4> seen;
  for (unsigned i = 0; i < 600; ++i) seen.insert(w.out(w.udp(at(alice, 10000 + i), server)).source);
  w.check(seen.size() == 1, "one external address over two port blocks, saw " + std::to_string(seen.size()));
}

void all_of_an_odd_pool(Wire& w) {
  const std::set<Ipv4> pool{address(203, 0, 113, 1),  address(203, 0, 113, 7),  address(203, 0, 113, 8),
                            address(203, 0, 113, 9),  address(203, 0, 113, 64), address(203, 0, 113, 65),
                            address(203, 0, 113, 66), address(203, 0, 113, 67), address(203, 0, 113, 68),
                            address(203, 0, 113, 69), address(203, 0, 113, 70), address(203, 0, 113, 71)};
  std::set<Ipv4> seen;
  for (int i = 0; i < 150; ++i) seen.insert(w.out(w.udp(at(w.subscriber(), 5000), at(w.server(), 53))).source);
  for (const auto a : seen) w.check(pool.contains(a), "an address of the pool, saw " + to_string(a));
  w.check(seen == pool, "all 12 addresses of the pool in use, saw " + std::to_string(seen.size()));
}

}  // namespace

Rows pooling_rows() {
  return {
      {.id = "paired",
       .tags = {"RFC6888-REQ-2", "RFC4787-REQ-2", "RFC7857-4"},
       .says = "TCP, UDP and ICMP of a subscriber have one external address",
       .plays = one_address},
      {.id = "paired-over-blocks",
       .tags = {"RFC6888-REQ-2", "RFC4787-REQ-2"},
       .says = "a subscriber that needs a second port block stays on its external address",
       .plays = more_blocks},
      {.id = "odd-pool",
       .tags = {"RFC6888-REQ-3"},
       .says = "a pool of single addresses and ranges of two prefixes: all are used, none beside them",
       .group = Group::odd_pool,
       .plays = all_of_an_odd_pool},
  };
}

}  // namespace cgn::selftest
