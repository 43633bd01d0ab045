// SPDX-License-Identifier: Apache-2.0
// What one subscriber may have (64 ports of each protocol), and what is when a pool has no more.
#include <set>

#include "rows.hpp"

namespace cgn::selftest {
namespace {

void port_limit(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 7000);
  for (unsigned i = 0; i < kPortLimit; ++i) w.out(w.udp(at(alice, 5000 + i), server));
  w.refused(w.udp(at(alice, 6000), server));
}

void limit_tells(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 7000);
  for (unsigned i = 0; i < kPortLimit; ++i) w.out(w.udp(at(alice, 5000 + i), server));
  const auto frame = w.udp(at(alice, 6000), server);
  w.send(frame);
  w.told(frame, 3, 1);
}

void limit_leaves_the_old(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 7000);
  std::vector<Endpoint> external;
  for (unsigned i = 0; i < kPortLimit; ++i) external.push_back(w.out(w.udp(at(alice, 5000 + i), server)).from());
  for (unsigned i = 0; i < 50; ++i) w.send(w.udp(at(alice, 6000 + i), server));
  for (unsigned i = 0; i < kPortLimit; ++i) {
    w.same(w.out(w.udp(at(alice, 5000 + i), server)).from(), external[i], "the external endpoint before and after");
    w.in(w.udp(server, external[i]));
  }
}

void limit_per_protocol(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 7000);
  for (unsigned i = 0; i < kPortLimit; ++i) w.out(w.udp(at(alice, 5000 + i), server));
  w.refused(w.udp(at(alice, 6000), server));
  w.out(w.tcp(at(alice, 6000), server, kSyn));
  w.out(w.ping(alice, server.address, 6000));
}

void limit_per_subscriber(Wire& w) {
  const auto alice = w.subscriber(), bob = w.subscriber();
  const auto server = at(w.server(), 7000);
  for (unsigned i = 0; i < kPortLimit; ++i) w.out(w.udp(at(alice, 5000 + i), server));
  w.refused(w.udp(at(alice, 6000), server));
  w.out(w.udp(at(bob, 6000), server));
}

// --- a full pool: one address, two subscribers, sixteen ports each ---------------------------------------------------

struct Full {
  SmallPool pool;
  Endpoint server;
  std::vector<std::pair<Endpoint, Endpoint>> mappings;  // internal, external
  Ipv4 third;
};

// Both subscribers have all their ports in use.
Full fill(Wire& w) {
  const auto pool = w.small_pool();
  Full full{pool, at(w.server(), 7000), {}, w.nth(pool.subscribers, 3)};
  for (unsigned n = 1; n <= 2; ++n) {
    for (unsigned port = 0; port < kSmallBlock; ++port) {
      const auto internal = at(w.nth(pool.subscribers, n), 5000 + port);
      full.mappings.emplace_back(internal, w.out(w.udp(internal, full.server)).from());
    }
  }
  return full;
}

void every_port(Wire& w) {
  const auto full = fill(w);
  std::set<Endpoint> seen;
  for (const auto& [internal, external] : full.mappings) seen.insert(external);
  w.check(seen.size() == 2 * kSmallBlock, "every port of the pool in use, saw " + std::to_string(seen.size()));
  for (const auto& e : seen) {
    w.check(e.address == full.pool.address && e.port.value() >= 1024 && e.port.value() < 1024 + 2 * kSmallBlock,
            "a port of the pool, saw " + to_string(e));
  }
}

void third_subscriber(Wire& w) {
  const auto full = fill(w);
  w.refused(w.udp(at(full.third, 5000), full.server));
  w.refused(w.tcp(at(full.third, 5000), full.server, kSyn));
  w.refused(w.ping(full.third, full.server.address, 5000));
}

template <unsigned code>
void third_is_told(Wire& w) {
  const auto full = fill(w);
  const auto frame = w.udp(at(full.third, 5000), full.server);
  w.send(frame);
  w.same(w.told(frame, 3, code).source, kDeviceInside, "the device's address on this side and the error's source");
  const auto one_more = w.udp(at(full.mappings.front().first.address, 6000), full.server);
  w.send(one_more);
  w.told(one_more, 3, code);
}

void third_is_not_told(Wire& w) {
  const auto full = fill(w);
  const auto frame = w.udp(at(full.third, 5000), full.server);
  w.refused(frame);
  w.not_told(frame);
}

void nobody_loses(Wire& w) {
  const auto full = fill(w);
  for (unsigned i = 0; i < 300; ++i)
    w.send(w.udp(at(w.nth(full.pool.subscribers, 3 + i % 200), 5000 + i), full.server));
  for (unsigned i = 0; i < 100; ++i) w.send(w.udp(at(full.mappings.front().first.address, 7000 + i), full.server));
  w.settle();
  for (const auto& [internal, external] : full.mappings) {
    w.same(w.in(w.udp(full.server, external)).to(), internal, "the internal endpoint before and after");
    w.same(w.out(w.udp(internal, full.server)).from(), external, "the external endpoint before and after");
  }
}

void same_when_full(Wire& w) {
  const auto full = fill(w);
  const auto& [alice, alice_outside] = full.mappings.front();
  const auto& [bob, bob_outside] = full.mappings.back();
  w.same(w.out(w.udp(alice, at(w.server(), 1))).from(), alice_outside, "the external endpoint towards another server");
  w.same(w.in(w.udp(at(w.server(), 2), bob_outside)).to(), bob, "the internal endpoint for another server");
  const auto seen = w.hairpin(w.udp(alice, bob_outside));
  w.same(seen.to(), bob, "who was called and who was reached");
  w.same(seen.from(), alice_outside, "the caller's external endpoint and the source seen");
}

void refusal_is_counted(Wire& w) {
  const auto full = fill(w);
  w.refused(w.udp(at(full.third, 5000), full.server));
  const auto drops = w.ask("show drops --csv --no-headers -o verdict,total");
  const auto line = drops.find("subscriber_limit,");
  w.check(line != std::string::npos && drops.substr(line + 17, 2) != "0\n", "the refusal counted by its reason");
}

}  // namespace

Rows limit_rows() {
  return {
      {.id = "port-limit",
       .tags = {"RFC6888-REQ-4", "RFC6888-REQ-4A", "RFC6888-REQ-11A"},
       .says = "a subscriber gets the 64 ports that the operator set, and no 65th",
       .group = Group::limited,
       .plays = port_limit},
      {.id = "port-limit-told",
       .tags = {"RFC6888-REQ-11B"},
       .level = Level::should,
       .says = "a subscriber past its limit is told by ICMP 3/1",
       .group = Group::limited,
       .plays = limit_tells},
      {.id = "port-limit-old",
       .tags = {"RFC6888-REQ-11D"},
       .says = "a subscriber past its limit keeps all that it has",
       .group = Group::limited,
       .plays = limit_leaves_the_old},
      {.id = "port-limit-protocol",
       .tags = {"RFC6888-REQ-4B"},
       .level = Level::may,
       .says = "the limit holds for each protocol by itself",
       .group = Group::limited,
       .plays = limit_per_protocol},
      {.id = "port-limit-others",
       .tags = {"RFC6888-REQ-4"},
       .says = "a subscriber past its limit takes nothing from another",
       .group = Group::limited,
       .plays = limit_per_subscriber},
      {.id = "every-port",
       .tags = {"RFC6888-REQ-13"},
       .level = Level::should,
       .says = "every port of a pool can be had before the first refusal",
       .group = Group::small_pools,
       .plays = every_port},
      {.id = "full-refuses",
       .tags = {"RFC6888-REQ-11A"},
       .says = "a full pool refuses a new subscriber, whatever the protocol",
       .group = Group::small_pools,
       .plays = third_subscriber},
      {.id = "full-told",
       .tags = {"RFC6888-REQ-11B"},
       .level = Level::should,
       .says = "who is refused by a full pool or block is told by ICMP 3/1, quoting its own packet",
       .group = Group::small_pools,
       .plays = third_is_told<1>},
      {.id = "full-nobody-loses",
       .tags = {"RFC6888-REQ-11D"},
       .says = "400 new flows at a full pool: every old mapping stays as it was",
       .group = Group::small_pools,
       .plays = nobody_loses},
      {.id = "full-same",
       .tags = {"RFC4787-REQ-11"},
       .says = "mapping, filtering and hairpinning at a full pool are as ever",
       .group = Group::small_pools,
       .plays = same_when_full},
      {.id = "full-counted",
       .tags = {"RFC6888-REQ-11C"},
       .level = Level::should,
       .says = "the operator sees the refusal by its reason",
       .group = Group::small_pools,
       .plays = refusal_is_counted},
      {.id = "full-told-13",
       .tags = {"RFC5508-REQ-8"},
       .level = Level::should,
       .says = "with refusal = admin-prohibited the refused are told by ICMP 3/13",
       .group = Group::admin_prohibited,
       .plays = third_is_told<13>},
      {.id = "full-silent",
       .tags = {"RFC5508-REQ-9"},
       .level = Level::may,
       .says = "with refusal = silent the refused are not told",
       .group = Group::silent,
       .plays = third_is_not_told},
  };
}

}  // namespace cgn::selftest
