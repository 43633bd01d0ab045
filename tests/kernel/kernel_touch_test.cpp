// SPDX-License-Identifier: Apache-2.0
// What packets leave in their entries: the stamps and bits by which the daemon later judges lifetime.
#include <catch2/catch.hpp>

#include <cstring>
#include <ostream>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

struct Stamps {
  bool data = false, closed = false;
  friend bool operator==(const Stamps&, const Stamps&) = default;
};

std::ostream& operator<<(std::ostream& to, const Stamps& s) {
  return to << "data " << s.data << " closed " << s.closed;
}

Stamps stamps_after(const World& world, const Mapping& m, Link link, const Bytes& in) {
  world.clear_entries();
  world.install(m);
  const auto verdict = world.visit(link, in).verdict();
  CHECK(verdict == CGN_VERDICT_TRANSLATED);
  const auto e = world.entry(is_internal(link) ? outbound_key(m) : inbound_key(m));
  return {.data = e.last_data != 0, .closed = e.closed_at != 0};
}

}  // namespace

TEST_CASE("only data stamps data, and only FIN and RST stamp the end", "[RFC7857-2]") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = alice_tcp();
  const auto out = [&](Frame f) { return stamps_after(world, m, Link::internal, f); };
  const auto in = [&](Frame f) { return stamps_after(world, m, Link::external, f); };

  CHECK(out(from_alice(kAck).payload("x")) == Stamps{.data = true});
  CHECK(in(to_alice(kPsh | kAck).payload("x")) == Stamps{.data = true});
  CHECK(out(from_alice(kAck)) == Stamps{});  // a pure ACK revives nothing
  CHECK(in(to_alice(kAck)) == Stamps{});
  CHECK(out(from_alice(kSyn)) == Stamps{});
  CHECK(out(from_alice(kSyn | kAck)) == Stamps{.data = true});  // the inside accepted a connection
  CHECK(in(to_alice(kSyn | kAck)) == Stamps{});
  CHECK(out(from_alice(kSyn).payload("fast open")) == Stamps{});
  CHECK(out(from_alice(kFin | kAck).payload("last words")) == Stamps{.closed = true});
  CHECK(in(to_alice(kRst).payload("x")) == Stamps{.closed = true});
  CHECK(in(to_alice(kFin | kAck)) == Stamps{.closed = true});
}

TEST_CASE("padding behind the IPv4 packet is no data") {
  CGN_NEEDS_KERNEL();
  const World world;
  CHECK(stamps_after(world, alice_tcp(), Link::internal, from_alice(kAck).padding(6)) == Stamps{});
}

TEST_CASE("a FIN on a shared mapping stamps no end while the daemon is away") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.listen(false);
  const auto m = alice_tcp(CGN_SEEN_SHARED, CGN_SEEN_SHARED);
  CHECK(stamps_after(world, m, Link::internal, from_alice(kFin | kAck)) == Stamps{});
  CHECK(stamps_after(world, m, Link::external, to_alice(kRst)) == Stamps{});
  CHECK((world.entry(inbound_key(m)).seen & (CGN_SEEN_FIN | CGN_SEEN_RST)) == 0);
}

TEST_CASE("stamps move forward only") {
  CGN_NEEDS_KERNEL();
  const World world;
  auto entries = entries_of(alice_tcp(), 1);
  constexpr std::uint32_t kFuture = 0xf0000000;
  entries.outbound.last_seen = entries.outbound.last_data = entries.outbound.closed_at = kFuture;
  world.install(entries);
  CHECK(world.visit(Link::internal, from_alice(kAck).payload("x")).verdict() == CGN_VERDICT_TRANSLATED);
  CHECK(world.visit(Link::internal, from_alice(kFin | kAck)).verdict() == CGN_VERDICT_TRANSLATED);
  const auto e = world.entry(entries.outbound.key);
  CHECK(e.last_seen == kFuture);
  CHECK(e.last_data == kFuture);
  CHECK(e.closed_at == kFuture);
  CHECK(e.packets == 2);
}

TEST_CASE("packets of one direction leave the other direction's entry alone") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = alice_tcp();
  world.install(m);
  const auto before = world.entry(inbound_key(m));
  for (const auto flags : {kSyn, kAck, kFin, kRst}) static_cast<void>(world.visit(Link::internal, from_alice(flags)));
  const auto after = world.entry(inbound_key(m));
  CHECK(std::memcmp(&before, &after, sizeof(before)) == 0);
}

TEST_CASE("a DNS mapping notes the first remote port that is not 53, and only outbound") {
  CGN_NEEDS_KERNEL();
  const World world;
  auto m = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
  m.features = CGN_FEATURE_DNS;
  const auto seen = [&] { return int{world.entry(outbound_key(m)).seen}; };
  world.install(m);
  const auto to_port = [](unsigned port) {
    return received_by(Link::internal).ipv4(kAlice, kResolver).udp(5000, port).payload("q");
  };
  static_cast<void>(world.visit(Link::internal, to_port(53)));
  CHECK(seen() == 0);
  static_cast<void>(
      world.visit(Link::external, received_by(Link::external).ipv4(kWeb, kPoolAddress).udp(9, 40000).payload("s")));
  CHECK(seen() == 0);
  CHECK(int{world.entry(inbound_key(m)).seen} == 0);
  static_cast<void>(world.visit(Link::internal, to_port(853)));
  CHECK(seen() == CGN_SEEN_NOT_DNS);
}

TEST_CASE("a packet that goes nowhere is no use of its mapping") {
  CGN_NEEDS_KERNEL();
  const World world;
  const auto m = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
  world.install(m);
  const auto in = received_by(Link::internal).ipv4(kAlice, kUnreachable).udp(5000, 53).payload("x");
  CHECK(world.visit(Link::internal, in).verdict() == CGN_VERDICT_NO_ROUTE);
  CHECK(world.entry(outbound_key(m)).packets == 0);
}

}  // namespace cgn::test
