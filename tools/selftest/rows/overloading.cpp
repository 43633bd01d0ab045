// SPDX-License-Identifier: Apache-2.0
// Port overloading, where a pool asks for it: one external port serves many TCP connections, each with a remote of its own.
#include <set>

#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr unsigned kRemotes = 5;

// kSmallBlock connections to each of several remotes, from as many internal ports; every answer comes home.
void many_remotes(Wire& w) {
  const auto alice = Wire::nth(w.small_pool().subscribers, 1);
  std::set<Endpoint> all;
  std::vector<Connection> connections;
  for (unsigned r = 0; r < kRemotes; ++r) {
    const auto server = at(w.server(), 443);
    std::set<Endpoint> towards;
    for (unsigned i = 0; i < kSmallBlock; ++i) {
      connections.push_back(Connection::open(w, at(alice, 10000 + r * 100 + i), server));
      towards.insert(connections.back().external());
    }
    w.check(towards.size() == kSmallBlock, "an external endpoint for each connection to one remote");
    all.insert(towards.begin(), towards.end());
  }
  w.check(all.size() == kSmallBlock, "no more external endpoints than the block has ports");
  for (auto& connection : connections) {
    connection.out(kAck, Bytes(7));
    connection.in(kAck, Bytes(9));
  }
}

void one_endpoint(Wire& w) {
  const auto alice = at(Wire::nth(w.small_pool().subscribers, 1), 5000);
  const auto first = Connection::open(w, alice, at(w.server(), 443));
  const auto second = Connection::open(w, alice, at(w.server(), 80));
  w.same(first.external(), second.external(), "the external endpoints of one internal endpoint");
}

void full_remote(Wire& w) {
  const auto alice = Wire::nth(w.small_pool().subscribers, 1);
  const auto server = at(w.server(), 443);
  for (unsigned i = 0; i < kSmallBlock; ++i) (void)Connection::open(w, at(alice, 10000 + i), server);
  const auto one_more = w.tcp(at(alice, 20000), server, kSyn);
  w.refused(one_more);
  w.told(one_more, 3, 1);
  (void)Connection::open(w, at(alice, 20000), at(w.server(), 443));
}

void strangers(Wire& w) {
  const auto alice = at(Wire::nth(w.small_pool().subscribers, 1), 5000);
  const auto server = at(w.server(), 443);
  const auto connection = Connection::open(w, alice, server);
  w.refused(w.tcp(at(w.server(), 443), connection.external(), kSyn));
  w.refused(w.tcp(at(server.address, 444), connection.external(), kSyn));
}

// Both open: the first SYN reaches nobody, and makes the connection by which the second comes in.
void between_subscribers(Wire& w) {
  const auto pool = w.small_pool();
  const auto alice = at(Wire::nth(pool.subscribers, 1), 5000), bob = at(Wire::nth(pool.subscribers, 2), 6000);
  const auto alice_outside = Connection::open(w, alice, at(w.server(), 443)).external();
  const auto bob_outside = Connection::open(w, bob, at(w.server(), 443)).external();
  w.refused(w.tcp(alice, bob_outside, kSyn));
  w.refused(w.tcp(bob, alice_outside, kSyn));
  w.hairpin(w.tcp(alice, bob_outside, kSyn));
  w.hairpin(w.tcp(bob, alice_outside, kSyn | kAck));
}

Row row(std::string_view id, std::string_view says, void (*plays)(Wire&)) {
  return {
      .id = id, .tags = {"RFC7857-3"}, .level = Level::may, .says = says, .group = Group::shared_ports, .plays = plays};
}

}  // namespace

Rows overloading_rows() {
  return {
      row("shared-many", "shared ports: 16 ports carry 80 TCP connections, 16 to each of five remotes", many_remotes),
      row("shared-endpoint", "shared ports: an internal endpoint keeps its external one towards every remote",
          one_endpoint),
      row("shared-full", "shared ports: the 17th connection to a remote is refused by 3/1, one to another is not",
          full_remote),
      row("shared-filter", "shared ports: nobody but its remote reaches a connection", strangers),
      row("shared-hairpin", "shared ports: two subscribers who open to each other meet", between_subscribers),
  };
}

}  // namespace cgn::selftest
