// SPDX-License-Identifier: Apache-2.0
// Who may wake the daemon, and how often (decision 0006).
//
// Buckets refill with time, which no test may count on: spent ones are written into the map, and bursts are only
// bounded by what the time that really passed can have refilled.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include <chrono>
#include <vector>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr cgn_bucket kSpent{.arrival = ~0ull >> 1};

void spend_all_subscribers(const World& world) {
  for (__u32 slot = 0; slot < CGN_POLICER_BUCKETS; ++slot) {
    REQUIRE(bpf_map_update_elem(world.map("buckets"), &slot, &kSpent, BPF_ANY) == 0);
  }
}

void spend_queue(const World& world, __u32 slot) {
  REQUIRE(bpf_map_update_elem(world.map("queue_buckets"), &slot, &kSpent, BPF_ANY) == 0);
}

void limit(World& world, __u32 per_second, __u32 burst) {
  auto s = world.settings();
  s.subscriber_punts_per_second = s.stranger_punts_per_second = s.control_punts_per_second = per_second;
  s.subscriber_punt_burst = s.stranger_punt_burst = s.control_punt_burst = burst;
  world.set(s);
}

unsigned punted_of(const World& world, Ipv4 subscriber, unsigned packets) {
  unsigned punted = 0;
  for (unsigned i = 0; i < packets; ++i) {
    punted += world.visit(Link::internal, query_of(subscriber, 1024 + i)).verdict() == CGN_VERDICT_PUNTED;
  }
  return punted;
}

}  // namespace

TEST_CASE("a rate of 0 polices nobody") {
  CGN_NEEDS_KERNEL();
  const World world;
  spend_queue(world, 0);
  CHECK(punted_of(world, kAlice, 50) == 50);
}

TEST_CASE("a subscriber's burst is its own, and a neighbour's flood does not touch it") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  world.set_live({kAlice, kDefaultRealm}, true);
  world.set_live({kBob, kDefaultRealm}, true);
  const auto start = std::chrono::steady_clock::now();
  const auto alice = punted_of(world, kAlice, 100);
  const auto bob = punted_of(world, kBob, 5);
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  CHECK(alice >= 5);
  CHECK(alice <= 6 + static_cast<unsigned>(passed.count()));
  CHECK(bob == 5);
}

TEST_CASE("a subscriber past its rate is policed, live or not") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  spend_all_subscribers(world);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_POLICED);
  world.set_live({kAlice, kDefaultRealm}, true);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_POLICED);
}

TEST_CASE("when strangers have spent their bucket, subscribers with a block still pass") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  spend_queue(world, 0);
  world.set_live({kBob, kDefaultRealm}, true);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_POLICED_STRANGERS);
  CHECK(world.visit(Link::internal, query_of(kBob)).verdict() == CGN_VERDICT_PUNTED);
  world.set_live({kBob, kDefaultRealm}, false);
  CHECK(world.visit(Link::internal, query_of(kBob)).verdict() == CGN_VERDICT_POLICED_STRANGERS);
}

TEST_CASE("mappings that wait for a next hop are charged to the subscriber outbound, to the queue inbound") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  world.network().change("neighbour del 192.0.2.2 dev int0\n");
  const auto in = received_by(Link::external).ipv4(kResolver, kPoolAddress).udp(53, 40000).payload("x");
  const auto out = received_by(Link::internal).ipv4(kAlice, kSilent).udp(5000, 53).payload("x");
  spend_all_subscribers(world);
  CHECK(world.visit(Link::external, in).verdict() == CGN_VERDICT_PUNTED);
  CHECK(world.visit(Link::internal, out).verdict() == CGN_VERDICT_POLICED);
  spend_queue(world, CGN_MAX_QUEUES);
  CHECK(world.visit(Link::external, in).verdict() == CGN_VERDICT_POLICED);
}

TEST_CASE("with the daemon away first packets are refused by name, and no token is spent") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 1);
  world.set_live({kAlice, kDefaultRealm}, true);
  world.listen(false);
  for (int i = 0; i < 5; ++i) {
    CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_SLOW_PATH_AWAY);
  }
  world.listen(true);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_PUNTED);
}

TEST_CASE("established mappings are not policed") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 1);
  spend_all_subscribers(world);
  spend_queue(world, 0);
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  for (int i = 0; i < 20; ++i) {
    CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_TRANSLATED);
  }
}

namespace {

Bytes piece(Link link, Ipv4 from, Ipv4 to) {
  return received_by(link).ipv4(from, to).protocol(17).payload_of(64).fragment(1480, true);
}

unsigned pieces_punted(const World& world, Link link, Ipv4 from, Ipv4 to) {
  unsigned punted = 0;
  for (int i = 0; i < 60; ++i) punted += world.visit(link, piece(link, from, to)).verdict() == CGN_VERDICT_PUNTED;
  return punted;
}

void limit_fragments(World& world) {
  auto s = world.settings();
  s.fragment_punts_per_second = 4;
  s.fragment_punt_burst = 40;
  world.set(s);
  world.set_lent(kPoolAddress, true);
  world.set_lent(kOtherPoolAddress, true);
}

}  // namespace

TEST_CASE("a subscriber's fragments are charged to a bucket of their own", "[fragments]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  limit_fragments(world);
  world.set_live({kAlice, kDefaultRealm}, true);
  world.set_live({kBob, kDefaultRealm}, true);
  const auto alice = pieces_punted(world, Link::internal, kAlice, kWeb);
  CHECK(alice >= 10);
  CHECK(alice < 60);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_PUNTED);  // a first packet
  CHECK(world.visit(Link::internal, piece(Link::internal, kBob, kWeb)).verdict() == CGN_VERDICT_PUNTED);
}

TEST_CASE("fragments of subscribers without a block are strangers', as their first packets are", "[fragments]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  spend_queue(world, CGN_BUCKET_STRANGERS * CGN_MAX_QUEUES);
  const auto in = piece(Link::internal, kAlice, kWeb);
  CHECK(world.visit(Link::internal, in).verdict() == CGN_VERDICT_POLICED_STRANGERS);
  world.set_live({kAlice, kDefaultRealm}, true);
  CHECK(world.visit(Link::internal, in).verdict() == CGN_VERDICT_PUNTED);
}

TEST_CASE("control connections are charged to a bucket of their own, of which a subscriber has a quarter", "[alg]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit(world, 1, 5);
  auto s = world.settings();
  s.switches = CGN_SWITCH_ALG_FTP;
  s.alg_punts_per_second = 4;
  s.alg_punt_burst = 40;
  world.set(s);
  world.install(mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000), at_port(kWeb, 21)), 1);
  world.install(mapped(Proto::tcp, at_port(kBob, 5000), at_port(kOtherPoolAddress, 40000), at_port(kWeb, 21)), 2);
  const auto punted = [&](Link link, Ipv4 from, Ipv4 to, unsigned source, unsigned destination) {
    const Bytes segment = received_by(link).ipv4(from, to).tcp(source, destination, kAck).payload_of(20);
    unsigned n = 0;
    for (int i = 0; i < 60; ++i) n += world.visit(link, segment).verdict() == CGN_VERDICT_PUNTED;
    return n;
  };
  const auto alice = punted(Link::internal, kAlice, kWeb, 5000, 21);
  CHECK(alice >= 10);
  CHECK(alice < 15);
  CHECK(world.visit(Link::internal, query_of(kAlice)).verdict() == CGN_VERDICT_PUNTED);  // a first packet
  world.listen(false);  // and none is translated by the kernel: it may have been changed
  const Bytes segment = received_by(Link::internal).ipv4(kBob, kWeb).tcp(5000, 21, kAck).payload_of(20);
  CHECK(world.visit(Link::internal, segment).verdict() == CGN_VERDICT_SLOW_PATH_AWAY);
  world.listen(true);
  // A flood from outside to one address: a quarter for each sender, half for all of them.
  CHECK(punted(Link::external, kWeb, kPoolAddress, 21, 40000) < 15);
  CHECK(punted(Link::external, kResolver, kPoolAddress, 21, 40000) < 15);
  CHECK(punted(Link::external, kVlanWeb, kPoolAddress, 21, 40000) < 5);
  CHECK(punted(Link::internal, kBob, kWeb, 5000, 21) > 0);
}

TEST_CASE("one stranger's fragments leave room for another's, one address's for another's", "[fragments]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit_fragments(world);
  const auto flood = pieces_punted(world, Link::external, kWeb, kPoolAddress);
  CHECK(flood >= 10);
  CHECK(flood < 60);
  CHECK(world.visit(Link::external, piece(Link::external, kResolver, kPoolAddress)).verdict() == CGN_VERDICT_PUNTED);
  for (unsigned i = 1; i <= 3; ++i) {  // forged sources
    (void)pieces_punted(world, Link::external, address(198, 51, 100, i), kPoolAddress);
  }
  CHECK(world.visit(Link::external, piece(Link::external, kVlanWeb, kPoolAddress)).verdict() == CGN_VERDICT_POLICED);
  CHECK(world.visit(Link::external, piece(Link::external, kVlanWeb, kOtherPoolAddress)).verdict() ==
        CGN_VERDICT_PUNTED);
  spend_queue(world, CGN_BUCKET_FRAGMENTS * CGN_MAX_QUEUES);
  CHECK(world.visit(Link::external, piece(Link::external, kElsewhere, kOtherPoolAddress)).verdict() ==
        CGN_VERDICT_POLICED);
}

}  // namespace cgn::test
