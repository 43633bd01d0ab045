// SPDX-License-Identifier: Apache-2.0
// TCP control (decision 0001): which SYN, FIN and RST the slow path must see, and what happens when it cannot.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include <cstring>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

bool is_shared(const World& world, const Mapping& m) {
  const auto out = world.entry(outbound_key(m)).seen, in = world.entry(inbound_key(m)).seen;
  CHECK((out & CGN_SEEN_SHARED) == (in & CGN_SEEN_SHARED));
  return (out & CGN_SEEN_SHARED) != 0;
}

int reason_of(const Visit& visit) {
  if (visit.verdict() != CGN_VERDICT_PUNTED) return 0;
  cgn_punt header{};
  std::memcpy(&header, visit.out.data(), sizeof(header));
  return header.reason;
}

constexpr std::uint8_t kEstablished = CGN_SEEN_SYN | CGN_SEEN_ACK;
constexpr std::uint8_t kFinished = kEstablished | CGN_SEEN_FIN;

}  // namespace

TEST_CASE("a SYN of another remote makes both entries shared, from either side") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = alice_tcp(kEstablished, kEstablished);
  const auto frames = {std::pair{Link::internal, from_alice(kSyn, kResolver)},
                       std::pair{Link::external, to_alice(kSyn, kResolver)}};
  for (const auto& [link, frame] : frames) {
    world.install(m);
    CHECK(reason_of(world.visit(link, frame)) == CGN_PUNT_TCP_CONTROL);
    CHECK(is_shared(world, m));
  }
}

TEST_CASE("a SYN of the same remote, and anything but a SYN of another, shares nothing") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = alice_tcp(kEstablished, kEstablished);
  world.install(m);
  CHECK(world.visit(Link::internal, from_alice(kSyn)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::external, to_alice(kSyn)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::internal, from_alice(kSyn | kAck, kResolver)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::internal, from_alice(kAck, kResolver)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK_FALSE(is_shared(world, m));
}

TEST_CASE("a SYN of another remote still shares the mapping while no daemon takes packets") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.listen(false);
  const auto m = alice_tcp(kEstablished, kEstablished);
  world.install(m);
  CHECK(world.visit(Link::external, to_alice(kSyn, kResolver)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(is_shared(world, m));
}

TEST_CASE("an outbound SYN on a mapping that has begun to end goes to the slow path and shares nothing",
          "[RFC7857-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto ended = {alice_tcp(kFinished, kEstablished), alice_tcp(kEstablished, kFinished),
                      alice_tcp(kEstablished | CGN_SEEN_RST, kEstablished),
                      alice_tcp(kEstablished, kEstablished | CGN_SEEN_RST)};
  for (const auto& m : ended) {
    for (const auto remote : {kWeb, kResolver}) {
      world.install(m);
      CHECK(reason_of(world.visit(Link::internal, from_alice(kSyn, remote))) == CGN_PUNT_TCP_CONTROL);
      CHECK_FALSE(is_shared(world, m));
    }
  }
}

TEST_CASE("an inbound SYN on a closing mapping is translated, revives nothing and shares nothing", "[RFC7857-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = alice_tcp(kFinished, kFinished);
  for (const auto remote : {kWeb, kResolver}) {
    world.install(m);
    CHECK(world.visit(Link::external, to_alice(kSyn, remote)).verdict() == CGN_VERDICT_TRANSLATED);
    CHECK_FALSE(is_shared(world, m));
    CHECK(world.entry(inbound_key(m)).last_data == 0);
  }
}

TEST_CASE("a mapping with one FIN only, or with data after the end, is not closing to an inbound SYN") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto half = alice_tcp(kFinished, kEstablished);
  world.install(half);
  CHECK(reason_of(world.visit(Link::external, to_alice(kSyn, kResolver))) == CGN_PUNT_TCP_CONTROL);
  CHECK(is_shared(world, half));

  const auto m = alice_tcp(kFinished, kFinished);
  auto revived = entries_of(m, 1);
  revived.inbound.closed_at = revived.outbound.closed_at = 100;
  revived.outbound.last_data = 101;
  world.install(revived);
  CHECK(reason_of(world.visit(Link::external, to_alice(kSyn, kResolver))) == CGN_PUNT_TCP_CONTROL);
  CHECK(is_shared(world, m));
}

TEST_CASE("control without a token is translated in the kernel and closes nothing") {
  CGN_NEEDS_KERNEL();
  World world;
  auto settings = world.settings();
  settings.control_punts_per_second = 1;
  settings.control_punt_burst = 1;
  world.set(settings);
  // The queue's control bucket, spent for longer than this test can last.
  const __u32 slot = CGN_MAX_QUEUES;
  const cgn_bucket spent{.arrival = ~0ull >> 1};
  REQUIRE(bpf_map_update_elem(world.map("queue_buckets"), &slot, &spent, BPF_ANY) == 0);

  const auto m = alice_tcp(kEstablished | CGN_SEEN_SHARED, kEstablished | CGN_SEEN_SHARED);
  world.install(m);
  CHECK(world.visit(Link::internal, from_alice(kFin | kAck)).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.entry(outbound_key(m)).closed_at == 0);
}

TEST_CASE("a hairpinned SYN shares sender's and receiver's mapping, each by its own remote") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto sender = alice_tcp(kEstablished, kEstablished);
  auto receiver = mapped(Proto::tcp, at_port(kBob, 8080), at_port(kOtherPoolAddress, 51000), at_port(kWeb, 1));
  world.install(sender, 1);
  world.install(receiver, 2);
  const auto syn = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).tcp(5000, 51000, kSyn);
  CHECK(reason_of(world.visit(Link::internal, syn)) == CGN_PUNT_TCP_CONTROL);
  CHECK(is_shared(world, sender));
  CHECK(is_shared(world, receiver));

  // The receiver sees the sender's external endpoint; when that is its first remote, only the sender is shared.
  receiver.remote = sender.external;
  world.install(sender, 1);
  world.install(receiver, 2);
  CHECK(reason_of(world.visit(Link::internal, syn)) == CGN_PUNT_TCP_CONTROL);
  CHECK(is_shared(world, sender));
  CHECK_FALSE(is_shared(world, receiver));
}

}  // namespace cgn::test
