// SPDX-License-Identifier: Apache-2.0
// The desk that tells senders, and how often it may.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

#include "cgn/tunnel.hpp"
#include "daemon/errors.hpp"
#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::daemon {
namespace {

constexpr std::uint64_t kSeed = 42;

InternalAddress subscriber(unsigned n) { return {Ipv4::from_host((100u << 24 | 64u << 16) + n), kDefaultRealm}; }

InternalAddress stranger(unsigned n) { return {Ipv4::from_host(0xc6336400 + n), kNowhere}; }

Monotonic after(Duration d) { return at(d).mono; }

unsigned allowed(ErrorLimit& limit, InternalAddress sender, unsigned asked, Monotonic now, bool outside = false) {
  unsigned count = 0;
  for (unsigned i = 0; i < asked; ++i) count += limit.may(sender, outside, now) ? 1 : 0;
  return count;
}

// A UDP packet of 100.64.0.7 by `ifindex`, with these tags, as the kernel punts it.
struct Case {
  std::vector<std::byte> bytes;
  cgn_punt header{};

  explicit Case(unsigned ifindex, const std::vector<std::uint16_t>& vids = {}, std::uint8_t proto = IPPROTO_UDP) {
    bytes.resize(14 + 4 * vids.size() + 60);
    bytes[0] = std::byte{2};
    std::size_t at = 12;
    for (const auto vid : vids) {
      packet::store16(bytes, at, packet::kTypeTag);
      packet::store16(bytes, at + 2, vid | 0x6000);  // with a priority, which names no link
      at += 4;
    }
    packet::store16(bytes, at, packet::kTypeIpv4);
    packet::store8(bytes, at + 2, 0x45);
    packet::store16(bytes, at + 2 + packet::ipv4::kLength, 60);
    packet::store8(bytes, at + 2 + packet::ipv4::kTtl, 1);
    packet::store8(bytes, at + 2 + packet::ipv4::kProtocol, proto);
    packet::store32(bytes, at + 2 + packet::ipv4::kSource, subscriber(7).address.host());
    packet::store32(bytes, at + 2 + packet::ipv4::kDestination, 0xc6336450);
    packet::store16(bytes, at + 22 + packet::l4::kUdpLength, 40);
    header.magic = CGN_PUNT_MAGIC;
    header.version = CGN_ABI_VERSION;
    header.reason = CGN_PUNT_TTL_EXCEEDED;
    header.direction = CGN_OUTBOUND;
    header.l3_offset = static_cast<__u8>(at + 2);
    header.l4_offset = static_cast<__u8>(at + 22);
    header.ingress_ifindex = ifindex;
  }

  [[nodiscard]] std::vector<std::byte> punt() const {
    std::vector<std::byte> all(sizeof header + bytes.size());
    std::memcpy(all.data(), &header, sizeof header);
    std::copy(bytes.begin(), bytes.end(), all.begin() + sizeof header);
    const auto ip = std::span{all}.subspan(sizeof header + header.l3_offset, packet::kIpv4Size);
    packet::store16(ip, packet::ipv4::kCheck, 0);
    packet::store16(ip, packet::ipv4::kCheck, packet::checksum(ip));
    return all;
  }
};

std::string source_of(ErrorDesk& desk, const Case& c) {
  const auto punt = c.punt();
  const auto punted = open_punt(punt, 0, 0);
  REQUIRE(punted.has_value());
  const auto answer = desk.answer(*punted, packet::kTtlExceeded, at(std::chrono::seconds{0}));
  if (!answer) return "none";
  return to_string(Ipv4::from_host(packet::load32(*answer, punted->view.l3 + packet::ipv4::kSource)));
}

}  // namespace

using namespace std::chrono_literals;

TEST_CASE("one sender gets its share of the errors and no more", "[RFC1812]") {
  ErrorLimit limit{1000, kSeed};
  CHECK(allowed(limit, subscriber(1), 500, after(0s)) == CGN_ERRORS_PER_SENDER);
  CHECK(allowed(limit, subscriber(1), 500, after(0s)) == 0);
  CHECK(allowed(limit, subscriber(2), 5, after(0s)) == 5);
  CHECK(allowed(limit, subscriber(1), 500, after(1s)) == CGN_ERRORS_PER_SENDER);
  CHECK(allowed(limit, subscriber(1), 1, after(1100ms)) == 1);
  CHECK(allowed(limit, subscriber(1), 1, after(1150ms)) == 0);
}

TEST_CASE("all senders together get icmp_errors_per_second", "[RFC1812]") {
  ErrorLimit limit{100, kSeed};
  unsigned told = 0;
  for (unsigned n = 0; n < 1000; ++n) told += allowed(limit, subscriber(n), 3, after(0s));
  CHECK(told == 100);
  CHECK(allowed(limit, subscriber(5000), 1, after(0s)) == 0);
  CHECK(allowed(limit, subscriber(5000), 1, after(10ms)) == 1);
}

TEST_CASE("a sender that was refused for all has not spent its own share") {
  ErrorLimit limit{20, kSeed};
  for (unsigned n = 0; n < 20; ++n) CHECK(allowed(limit, subscriber(n), 1, after(0s)) == 1);
  CHECK(allowed(limit, subscriber(100), 50, after(0s)) == 0);
  CHECK(allowed(limit, subscriber(100), 50, after(1s)) == CGN_ERRORS_PER_SENDER);
}

TEST_CASE("senders outside, however many they pretend to be, leave half to the subscribers") {
  ErrorLimit limit{100, kSeed};
  unsigned outside = 0;
  for (unsigned n = 0; n < 5000; ++n) outside += allowed(limit, stranger(n), 1, after(0s), true);
  CHECK(outside == 50);
  CHECK(allowed(limit, subscriber(1), 3, after(0s)) == 3);
}

TEST_CASE("a rate of 0 tells nobody anything, a rate of 1 still somebody something") {
  ErrorLimit none{0, kSeed};
  CHECK(allowed(none, subscriber(1), 10, after(100s)) == 0);
  ErrorLimit one{1, kSeed};
  CHECK(allowed(one, subscriber(1), 10, after(0s)) == 1);
  CHECK(allowed(one, stranger(7), 10, after(5s), true) == 1);
}

TEST_CASE("which senders share a bucket is the seed's secret") {
  const auto collides = [](std::uint64_t seed) {
    ErrorLimit limit{1'000'000, seed};
    (void)allowed(limit, subscriber(0), 100, after(0s));
    std::vector<unsigned> hit;
    for (unsigned n = 1; n < 20'000; ++n) {
      if (allowed(limit, subscriber(n), 1, after(0s)) == 0) hit.push_back(n);
    }
    return hit;
  };
  CHECK(collides(1) != collides(2));
}

TEST_CASE("the answer comes from our address on the link of the packet's own tags") {
  ErrorDesk desk{100, kSeed};
  desk.use({{{.ifindex = 2, .outer_vid = 0, .inner_vid = 0}, *Ipv4::parse("192.0.2.1")},
            {{.ifindex = 2, .outer_vid = 100, .inner_vid = 0}, *Ipv4::parse("192.0.2.9")},
            {{.ifindex = 2, .outer_vid = 200, .inner_vid = 300}, *Ipv4::parse("192.0.2.17")}});
  CHECK(source_of(desk, Case{2}) == "192.0.2.1");
  CHECK(source_of(desk, Case{2, {100}}) == "192.0.2.9");
  CHECK(source_of(desk, Case{2, {200, 300}}) == "192.0.2.17");
  CHECK(source_of(desk, Case{2, {200}}) == "none");
  CHECK(source_of(desk, Case{3}) == "none");
  desk.use({});
  CHECK(source_of(desk, Case{2}) == "none");
}

TEST_CASE("no answer to what may not be answered, and no token spent on it", "[RFC1122]") {
  ErrorDesk desk{1, kSeed};
  desk.use({{{.ifindex = 2, .outer_vid = 0, .inner_vid = 0}, *Ipv4::parse("192.0.2.1")}});
  Case error{2, {}, IPPROTO_ICMP};
  packet::store8(error.bytes, 34, 3);
  for (int i = 0; i < 3; ++i) CHECK(source_of(desk, error) == "none");
  CHECK(source_of(desk, Case{2, {}, 47}) == "192.0.2.1");
  CHECK(source_of(desk, Case{2}) == "none");
}

TEST_CASE("a told packet is opened whatever its transport and TTL, any other only when it can go on") {
  Case c{2};
  CHECK(open_punt(c.punt(), 0, 0).has_value());
  c.header.reason = CGN_PUNT_TOO_BIG;
  CHECK_FALSE(open_punt(c.punt(), 0, 0).has_value());
  packet::store8(c.bytes, 14 + packet::ipv4::kTtl, 2);
  CHECK(open_punt(c.punt(), 0, 0).has_value());
  packet::store8(c.bytes, 14 + packet::ipv4::kProtocol, 89);
  const auto opaque = open_punt(c.punt(), 0, 0);  // of a whole address, or it had been told
  REQUIRE(opaque.has_value());
  CHECK(opaque->view.opaque);
  // Only the brain knows whether a tunnel's packet is of a whole address: it gets what it needs for either.
  packet::store8(c.bytes, 14 + packet::ipv4::kProtocol, 50);
  packet::store8(c.bytes, 37, 9);
  const auto tunnel = open_punt(c.punt(), 0, 0);
  REQUIRE(tunnel.has_value());
  CHECK(tunnel->view.opaque);
  CHECK(tunnel->view.proto == kEsp);
  CHECK(tunnel->view.spi == 9);
  packet::store8(c.bytes, 14 + packet::ipv4::kProtocol, 89);
  c.header.reason = CGN_PUNT_FIRST_PACKET;
  CHECK_FALSE(open_punt(c.punt(), 0, 0).has_value());
  c.header.reason = CGN_PUNT_PROTOCOL;
  CHECK(open_punt(c.punt(), 0, 0).has_value());
  c.header.l4_offset = 35;
  CHECK_FALSE(open_punt(c.punt(), 0, 0).has_value());
}

}  // namespace cgn::daemon
