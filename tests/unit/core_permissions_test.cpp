// SPDX-License-Identifier: Apache-2.0
// Whom mappings hear: what is learned, how much, how long.
#include "core/permissions.hpp"

#include <catch2/catch.hpp>

#include <map>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

using Answer = Permissions::Answer;

constexpr std::uint8_t kAdf = CGN_FEATURE_ADF, kApdf = CGN_FEATURE_APDF;
const Endpoint outside = endpoint("203.0.113.1:40000"), other_outside = endpoint("203.0.113.1:40001");

Permission to(Endpoint remote, Endpoint external = outside, Proto proto = Proto::udp) {
  return {.proto = proto, .external = external, .remote = remote};
}

// The book, and the kernel's stamps beside it.
struct Desk {
  explicit Desk(unsigned in_all = 100, unsigned per_mapping = 4)
      : book{limits(in_all, per_mapping), config::Timeouts{}, 1} {}
  static config::Limits limits(unsigned in_all, unsigned per_mapping) {
    config::Limits l;
    l.permissions = in_all;
    l.permissions_per_mapping = per_mapping;
    return l;
  }

  Permissions::Learned learn(const Permission& p, Duration t) {
    const auto learned = book.learn(p, look(), stamp(t));
    if (learned.forgotten) stamps.erase(learned.forgotten->remote);
    if (learned.answer == Answer::learned) stamps[p.remote] = stamp(t);
    return learned;
  }
  std::size_t expire(Duration t) { return book.expire(look(), stamp(t), 100).size(); }
  void sent(Endpoint remote, Duration t) { stamps[remote] = stamp(t); }

  static Stamp stamp(Duration t) { return stamp_of(at(t).mono); }
  Permissions::Look look() {
    return [this](const Permission& p) {
      ++looks;
      return stamps.at(p.remote);
    };
  }

  Permissions book;
  std::map<Endpoint, Stamp> stamps;
  std::size_t looks = 0;
};

TEST_CASE("everybody is heard without the features, and an address or an endpoint with them", "[RFC4787-REQ-8]") {
  CHECK_FALSE(permission_of(0, Proto::udp, outside, server));
  CHECK_FALSE(permission_of(CGN_FEATURE_DNS | CGN_FEATURE_REFRESH_BOTH, Proto::udp, outside, server));
  CHECK(permission_of(kAdf, Proto::udp, outside, server) == to({server.address, Port{}}));
  CHECK(permission_of(kApdf, Proto::udp, outside, server) == to(server));
}

TEST_CASE("an echo's remote has no port: its filtering is by address at most", "[RFC5508]") {
  const config::Behaviour strict{.filtering = config::Filtering::address_and_port_dependent,
                                 .refresh = config::Refresh::outbound};
  CHECK(features_of(strict, Proto::icmp) == kAdf);
  CHECK(features_of(strict, Proto::udp) == kApdf);
  CHECK(features_of(strict, Proto::tcp) == (kApdf | CGN_FEATURE_REFRESH_OUTBOUND));
}

TEST_CASE("a protocol's own way of refreshing is no feature") {
  const config::Pool pool;
  for (const auto proto : kProtos) CHECK(features_of(pool.behaviour(proto), proto) == 0);
}

TEST_CASE("a remote is learned once, for one mapping of one protocol") {
  Desk desk;
  CHECK(desk.learn(to(server), 0s).answer == Answer::learned);
  CHECK(desk.learn(to(server), 1s).answer == Answer::known);
  CHECK(desk.book.has(to(server)));
  CHECK_FALSE(desk.book.has(to(other_server)));
  CHECK_FALSE(desk.book.has(to(server, other_outside)));
  CHECK_FALSE(desk.book.has(to(server, outside, Proto::tcp)));
}

TEST_CASE("a permission lasts as long as something refreshes it, and its protocol's mapping would live without") {
  Desk desk;
  (void)desk.learn(to(server), 0s);
  CHECK(desk.expire(299s) == 0);
  desk.sent(server, 200s);
  CHECK(desk.expire(400s) == 0);
  CHECK(desk.book.has(to(server)));
  CHECK(desk.expire(502s) == 1);
  CHECK_FALSE(desk.book.has(to(server)));
}

TEST_CASE("permissions of TCP and ICMP last by their own timers") {
  Desk desk;
  (void)desk.learn(to(server, outside, Proto::tcp), 0s);
  (void)desk.learn(to(other_server, outside, Proto::icmp), 0s);
  CHECK(desk.expire(62s) == 1);
  CHECK(desk.expire(7439s) == 0);
  CHECK(desk.expire(7442s) == 1);
}

TEST_CASE("a mapping hears no more than its limit, and one that is silent makes room", "[RFC6888-REQ-5]") {
  Desk desk;
  for (unsigned i = 0; i < 4; ++i) REQUIRE(desk.learn(to(on(server.address, 100 + i)), 0s).answer == Answer::learned);
  CHECK(desk.learn(to(server), 20s).answer == Answer::full);  // all spoke in the last 30 s
  for (unsigned i = 0; i < 4; ++i) desk.sent(on(server.address, 100 + i), i == 2 ? 1s : 2s);
  const auto learned = desk.learn(to(server), 40s);
  CHECK(learned.answer == Answer::learned);
  CHECK(learned.forgotten == to(on(server.address, 102)));
  CHECK(desk.book.size() == 4);
  CHECK(desk.learn(to(other_server, other_outside), 40s).answer == Answer::learned);  // another's limit is its own
}

TEST_CASE("what is kept alive every 15 s is never forgotten for another") {
  Desk desk;
  for (unsigned i = 0; i < 4; ++i) (void)desk.learn(to(on(server.address, 100 + i)), 0s);
  for (auto t = 15s; t <= 600s; t += 15s) {
    for (unsigned i = 0; i < 4; ++i) desk.sent(on(server.address, 100 + i), t);
    CHECK(desk.learn(to(server), t + 14s).answer == Answer::full);
  }
}

TEST_CASE("looking for a silent one costs no more than a few looks, and comes around to all") {
  Desk desk{1000, 500};
  for (unsigned i = 0; i < 500; ++i) (void)desk.learn(to(on(server.address, 1000 + i)), 0s);
  for (unsigned i = 0; i < 500; ++i) desk.sent(on(server.address, 1000 + i), 100s);
  desk.sent(on(server.address, 1250), 0s);
  unsigned tries = 1;
  for (; desk.learn(to(other_server), 101s).answer == Answer::full; ++tries) {
    REQUIRE(desk.looks <= tries * Permissions::kLooks);
    REQUIRE(tries < 500);
  }
  CHECK_FALSE(desk.book.has(to(on(server.address, 1250))));
}

TEST_CASE("when all permissions are out, a mapping can make room only of its own") {
  Desk desk{4, 4};
  for (unsigned i = 0; i < 4; ++i) (void)desk.learn(to(on(server.address, 100 + i)), 0s);
  CHECK(desk.learn(to(server, other_outside), 200s).answer == Answer::full);
  CHECK(desk.learn(to(server), 200s).answer == Answer::learned);
}

TEST_CASE("with a mapping go all its permissions, and no other's") {
  Desk desk;
  (void)desk.learn(to(server), 0s);
  (void)desk.learn(to(other_server), 0s);
  (void)desk.learn(to(resolver, other_outside), 0s);
  CHECK(desk.book.forget_mapping(Proto::udp, outside).size() == 2);
  CHECK(desk.book.size() == 1);
  CHECK(desk.book.has(to(resolver, other_outside)));
  CHECK(desk.book.forget_mapping(Proto::udp, outside).empty());
  CHECK(desk.expire(302s) == 1);  // and its deadline is not that of a forgotten one
}

TEST_CASE("what the kernel had no room for is forgotten") {
  Desk desk;
  (void)desk.learn(to(server), 0s);
  desk.book.forget(to(server));
  CHECK(desk.book.size() == 0);
  CHECK(desk.learn(to(server), 1s).answer == Answer::learned);
}

}  // namespace
}  // namespace cgn::core::test
