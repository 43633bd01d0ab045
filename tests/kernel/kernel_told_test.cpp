// SPDX-License-Identifier: Apache-2.0
// How often senders may be told (bpf/tell.h, bpf/police.h): fairly, and never more than the daemon should be woken for.
//
// Buckets refill with time, which no test may count on: bounds are widened by what the time that really passed can have
// refilled, and spent buckets are written into the map.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstring>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr cgn_bucket kSpent{.arrival = ~0ull >> 1};
constexpr unsigned kRate = 100;

void limit_errors(World& world) {
  auto s = world.settings();
  s.error_punts_per_second = s.error_punt_burst = kRate;
  world.set(s);
}

void spend(const World& world, enum cgn_queue_bucket kind) {
  const __u32 slot = static_cast<__u32>(kind) * CGN_MAX_QUEUES;
  REQUIRE(bpf_map_update_elem(world.map("queue_buckets"), &slot, &kSpent, BPF_ANY) == 0);
}

Bytes probe_of(Ipv4 subscriber) {
  return received_by(Link::internal).ipv4(subscriber, kResolver).ttl(1).udp(5000, 33434).payload("probe");
}

Bytes probe_from(Ipv4 outside) {
  return received_by(Link::external).ipv4(outside, kPoolAddress).ttl(1).udp(33434, 40000).payload("probe");
}

Ipv4 outsider(unsigned n) { return Ipv4::from_host(kWeb.host() + (n << 12)); }

// Tells how much time could have refilled while it lived.
class Watch {
 public:
  [[nodiscard]] unsigned refilled(unsigned per_second) const {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    return 1 + static_cast<unsigned>(passed.count() * per_second);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Visits that end as told, or else as `untold`; anything else fails.
unsigned told(const World& world, Link link, const Bytes& in, Verdict untold) {
  const auto verdict = world.visit(link, in).verdict();
  CHECK((verdict == CGN_VERDICT_PUNTED || verdict == untold));
  return verdict == CGN_VERDICT_PUNTED ? 1 : 0;
}

unsigned told_probes(const World& world, Ipv4 subscriber, unsigned count) {
  unsigned n = 0;
  for (unsigned i = 0; i < count; ++i) {
    n += told(world, Link::internal, probe_of(subscriber), CGN_VERDICT_TTL_EXCEEDED);
  }
  return n;
}

}  // namespace

TEST_CASE("a scanner's flood of dying packets silences nobody's traceroute but its own", "[RFC1812]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit_errors(world);
  const Watch watch;
  const auto alice = told_probes(world, kAlice, 300);
  CHECK(alice >= CGN_ERRORS_PER_SENDER);
  CHECK(alice <= CGN_ERRORS_PER_SENDER + watch.refilled(CGN_ERRORS_PER_SENDER));
  CHECK(told_probes(world, kBob, 3) == 3);
}

TEST_CASE("all senders together wake the daemon no more often than errors may be sent", "[RFC1812]") {
  CGN_NEEDS_KERNEL();
  World world;
  limit_errors(world);
  const Watch watch;
  unsigned all = 0;
  for (unsigned n = 0; n < 300; ++n) all += told_probes(world, Ipv4::from_host(kAlice.host() + n), 1);
  CHECK(all >= kRate);
  CHECK(all <= kRate + watch.refilled(kRate));
}

TEST_CASE("senders outside, however many they pretend to be, leave half of the errors to subscribers") {
  CGN_NEEDS_KERNEL();
  World world;
  limit_errors(world);
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  const Watch watch;
  unsigned outside = 0;
  for (unsigned n = 0; n < 300; ++n) {
    outside += told(world, Link::external, probe_from(outsider(n)), CGN_VERDICT_TTL_EXCEEDED);
  }
  CHECK(outside >= kRate / 2);
  CHECK(outside <= kRate / 2 + watch.refilled(kRate));
  CHECK(told_probes(world, kBob, 3) == 3);
}

TEST_CASE("with the errors' bucket spent, every reason to tell ends with its own verdict; traffic goes on") {
  CGN_NEEDS_KERNEL();
  World world;
  limit_errors(world);
  spend(world, CGN_BUCKET_ERRORS);
  const auto base = [] { return received_by(Link::internal).ipv4(kAlice, kVlanWeb); };
  const auto verdict = [&](const Bytes& in) { return world.visit(Link::internal, in).verdict(); };
  CHECK(verdict(probe_of(kAlice)) == CGN_VERDICT_TTL_EXCEEDED);
  CHECK(verdict(base().protocol(41).payload_of(40)) == CGN_VERDICT_PROTOCOL);
  CHECK(verdict(base().dont_fragment().udp(5000, 443).payload_of(1472)) == CGN_VERDICT_TOO_BIG);
  CHECK(verdict(base().udp(5000, 443).payload_of(1472)) == CGN_VERDICT_PUNTED);
  CHECK(verdict(query_of(kBob)) == CGN_VERDICT_PUNTED);
}

TEST_CASE("silent refusals leave unknown transports untold, and path MTU discovery and traceroute alone") {
  CGN_NEEDS_KERNEL();
  World world;
  auto s = world.settings();
  s.switches |= CGN_SWITCH_SILENT;
  world.set(s);
  const auto base = [] { return received_by(Link::internal).ipv4(kAlice, kVlanWeb); };
  const auto verdict = [&](const Bytes& in) { return world.visit(Link::internal, in).verdict(); };
  CHECK(verdict(base().protocol(41).payload_of(40)) == CGN_VERDICT_PROTOCOL);
  CHECK(verdict(probe_of(kAlice)) == CGN_VERDICT_PUNTED);
  CHECK(verdict(base().dont_fragment().udp(5000, 443).payload_of(1472)) == CGN_VERDICT_PUNTED);
}

TEST_CASE("what must be fragmented is charged to the subscriber outbound, to the fragments' bucket inbound") {
  CGN_NEEDS_KERNEL();
  World world;
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  world.network().change("link set int0 mtu 1300\n");
  const auto out = received_by(Link::internal).ipv4(kAlice, kVlanWeb).udp(5000, 443).payload_of(1472);
  const auto in = received_by(Link::external).ipv4(kWeb, kPoolAddress).udp(443, 40000).payload_of(1472);
  auto s = world.settings();
  s.subscriber_punts_per_second = s.fragment_punts_per_second = 1;
  s.subscriber_punt_burst = s.fragment_punt_burst = 1;
  world.set(s);
  CHECK(world.visit(Link::internal, out).verdict() == CGN_VERDICT_PUNTED);
  CHECK(world.visit(Link::external, in).verdict() == CGN_VERDICT_PUNTED);
  for (__u32 slot = 0; slot < CGN_POLICER_BUCKETS; ++slot) {
    REQUIRE(bpf_map_update_elem(world.map("buckets"), &slot, &kSpent, BPF_ANY) == 0);
  }
  CHECK(world.visit(Link::internal, out).verdict() == CGN_VERDICT_TOO_BIG);
  spend(world, CGN_BUCKET_FRAGMENTS);
  CHECK(world.visit(Link::external, in).verdict() == CGN_VERDICT_TOO_BIG);
}

TEST_CASE("an inbound packet larger than the way to its subscriber is told or cut in external terms",
          "[RFC4787-REQ-13]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
  world.install(m);
  world.network().change("link set int0 mtu 1300\n");
  const auto in = received_by(Link::external).ipv4(kWeb, kPoolAddress).udp(443, 40000).payload_of(1472);
  const auto header_of = [&](const Bytes& frame) {
    const auto visit = world.visit(Link::external, frame);
    REQUIRE(visit.verdict() == CGN_VERDICT_PUNTED);
    cgn_punt header{};
    std::memcpy(&header, visit.out.data(), sizeof(header));
    return header;
  };
  const auto whole = header_of(Frame{in}.dont_fragment());
  CHECK(int{whole.reason} == CGN_PUNT_TOO_BIG);
  CHECK(whole.mtu == 1300);
  CHECK(world.entry(inbound_key(m)).packets == 0);
  const auto cut = header_of(in);
  CHECK(int{cut.reason} == CGN_PUNT_TOO_BIG);
  CHECK(int{cut.next_hop_state} == CGN_NEXT_HOP_KNOWN);
  CHECK(cut.mtu == 1300);
  CHECK(world.entry(inbound_key(m)).packets == 1);

  world.network().change("neighbour del 192.0.2.2 dev int0\n");
  const auto waiting = header_of(in);
  CHECK(int{waiting.reason} == CGN_PUNT_NEXT_HOP);
  CHECK(waiting.mtu == 1300);
}

}  // namespace cgn::test
