// SPDX-License-Identifier: Apache-2.0
// The book of tunnels: who may have a remote, and whose an unknown SPI is.
#include <catch2/catch.hpp>

#include <map>

#include "core_node.hpp"
#include "core/tunnels.hpp"

using namespace cgn;
using namespace cgn::core;
using namespace cgn::core::test;

namespace {

const Ipv4 gateway = ip("198.51.100.1");
const Ipv4 pool_address = ip("203.0.113.10");

Stamp when(Duration t) { return stamp_of(at(t).mono); }

// The book, and a kernel that remembers when it saw what.
struct Book {
  Tunnels tunnels{config::Timeouts{}, 1};
  std::map<std::pair<InternalAddress, Spi>, Stamp> kernel;

  Tunnel tunnel(Proto proto, InternalAddress internal) const {
    return {
        .proto = proto, .internal = internal, .external = pool_address, .remote = gateway, .ticket = 7, .live = true};
  }
  Tunnels::Look look() {
    return [this](const Tunnel& t, Spi spi) -> std::optional<Stamp> {
      const auto found = kernel.find({t.internal, spi});
      return found == kernel.end() ? std::nullopt : std::optional{found->second};
    };
  }
  void saw(InternalAddress internal, Spi spi, Duration t) { kernel[{internal, spi}] = when(t); }
  std::optional<Tunnels::Id> begin(Proto proto, InternalAddress internal, Duration t) {
    const auto wanted = tunnel(proto, internal);
    if (tunnels.taken(wanted, when(t))) return std::nullopt;
    saw(internal, 0, t);
    return tunnels.begin(wanted, when(t));
  }
  // True: the SPI came to this subscriber.
  bool answered(InternalAddress internal, Spi spi, Duration t) {
    const auto id = tunnels.candidate(pool_address, gateway, when(t));
    if (!id || tunnels[*id].internal != internal) return false;
    const bool done = tunnels.bind(*id, spi, look(), when(t)).done;
    if (done) saw(internal, spi, t);
    return done;
  }
  std::vector<Tunnels::Due> due(Duration t) { return tunnels.due(look(), when(t), 64); }
};

}  // namespace

TEST_CASE("a remote is one subscriber's for GRE, and rests before another has it", "[tunnels]") {
  Book book;
  const auto first = book.begin(kGre, alice, 1s);
  REQUIRE(first);
  CHECK_FALSE(book.begin(kGre, bob, 2s));
  CHECK(book.tunnels.gre_holder(pool_address, gateway) == first);
  CHECK(book.tunnels.find(kGre, alice, gateway) == first);
  book.tunnels.end(*first, when(10s));
  CHECK_FALSE(book.begin(kGre, bob, 129s));
  SECTION("but not for who had it") { CHECK(book.begin(kGre, alice, 11s)); }
  SECTION("for two minutes") { CHECK(book.begin(kGre, bob, 131s)); }
}

TEST_CASE("ESP and GRE do not stand in each other's way", "[tunnels]") {
  Book book;
  REQUIRE(book.begin(kGre, alice, 1s));
  CHECK(book.begin(kEsp, bob, 1s));
}

TEST_CASE("a second subscriber may speak ESP to a gateway once the first was answered", "[tunnels]") {
  Book book;
  REQUIRE(book.begin(kEsp, alice, 1s));
  CHECK_FALSE(book.begin(kEsp, bob, 30s));
  REQUIRE(book.answered(alice, 0xa, 31s));
  REQUIRE(book.begin(kEsp, bob, 32s));
  CHECK(book.answered(bob, 0xb, 33s));
  CHECK(book.tunnels.holder(pool_address, gateway, 0xa) == book.tunnels.find(kEsp, alice, gateway));
  CHECK(book.tunnels.holder(pool_address, gateway, 0xb) == book.tunnels.find(kEsp, bob, gateway));
  CHECK_FALSE(book.tunnels.holder(pool_address, gateway, 0xc));
}

TEST_CASE("who was not answered for a minute holds nobody up, and gets no stranger's SPI", "[tunnels]") {
  Book book;
  const auto first = book.begin(kEsp, alice, 1s);
  REQUIRE(first);
  REQUIRE(book.begin(kEsp, bob, 62s));
  CHECK(book.answered(bob, 0xb, 63s));
  CHECK_FALSE(book.tunnels.candidate(pool_address, gateway, when(64s)));
  CHECK(book.tunnels[*first].spis.empty());
}

TEST_CASE("while nobody waits, an unknown SPI is nobody's where two speak to the gateway", "[tunnels]") {
  Book book;
  REQUIRE(book.begin(kEsp, alice, 1s));
  REQUIRE(book.answered(alice, 0xa, 1s));
  REQUIRE(book.begin(kEsp, bob, 1s));
  REQUIRE(book.answered(bob, 0xb, 1s));
  CHECK_FALSE(book.tunnels.candidate(pool_address, gateway, when(2s)));
  CHECK_FALSE(book.tunnels.alone(*book.tunnels.find(kEsp, alice, gateway)));
}

TEST_CASE("who speaks to a gateway alone may change its keys at any time", "[tunnels]") {
  Book book;
  const auto id = book.begin(kEsp, alice, 1s);
  REQUIRE(id);
  CHECK(book.tunnels.alone(*id));
  for (Spi spi = 1; spi <= Tunnels::kSpis; ++spi) CHECK(book.answered(alice, spi, 1h));
  SECTION("but keeps no more SPIs than eight that are in use") { CHECK_FALSE(book.answered(alice, 9, 1h + 300s)); }
  SECTION("and the oldest idle one makes room") {
    for (Spi spi = 1; spi <= Tunnels::kSpis; ++spi) book.saw(alice, spi, 1h + std::chrono::seconds{spi == 3 ? 0 : spi});
    const auto bound = book.tunnels.bind(*id, 9, book.look(), when(1h + 302s));
    CHECK(bound.done);
    CHECK(bound.instead == Spi{3});
    CHECK(book.tunnels[*id].spis.size() == Tunnels::kSpis);
  }
}

TEST_CASE("a tunnel is over when nothing left it for as long as UDP lives, whatever came in", "[tunnels]") {
  Book book;
  const auto id = book.begin(kEsp, alice, 1s);
  REQUIRE(book.answered(alice, 0xa, 2s));
  book.saw(alice, 0, 100s);
  CHECK(std::ranges::none_of(book.due(399s), [](const auto& d) { return d.over; }));
  book.saw(alice, 0xa, 401s);
  const auto due = book.due(403s);
  REQUIRE(due.size() == 1);
  CHECK(due[0].over);
  CHECK(due[0].ended.empty());
  SECTION("unless a packet slipped in") {
    book.saw(alice, 0, 403s);
    book.tunnels.keep(*id, when(403s));
    CHECK(book.due(500s).empty());
    CHECK(std::ranges::any_of(book.due(706s), [](const auto& d) { return d.over; }));
  }
  SECTION("and called over until it is ended") {
    CHECK(book.due(420s).size() == 1);
    book.tunnels.end(*id, when(420s));
    CHECK(book.due(800s).empty());
    CHECK(book.tunnels.size() == 0);
  }
}

TEST_CASE("a tunnel whose SPIs all fell silent waits for a new one", "[tunnels]") {
  Book book;
  REQUIRE(book.begin(kEsp, alice, 1s));
  REQUIRE(book.answered(alice, 0xa, 1s));
  REQUIRE(book.begin(kEsp, bob, 1s));
  REQUIRE(book.answered(bob, 0xb, 1s));
  book.saw(alice, 0, 302s);
  book.saw(bob, 0, 302s);
  book.saw(bob, 0xb, 302s);
  std::vector<Spi> ended;
  for (const auto& d : book.due(303s)) ended.insert(ended.end(), d.ended.begin(), d.ended.end());
  CHECK(ended == std::vector<Spi>{0xa});
  CHECK(book.answered(alice, 0xa1, 304s));
}

TEST_CASE("tunnels in a pending block are found by its ticket, and are nobody's answer", "[tunnels]") {
  Book book;
  auto waiting = book.tunnel(kEsp, alice);
  waiting.live = false;
  const auto id = book.tunnels.begin(waiting, when(1s));
  CHECK(book.tunnels.pending(7) == std::vector{id});
  CHECK(book.tunnels.pending(8).empty());
  CHECK_FALSE(book.tunnels.candidate(pool_address, gateway, when(1s)));
  CHECK(book.due(1h).empty());
  SECTION("until the block is there") {
    book.tunnels.go_live(id, when(2s));
    CHECK(book.tunnels.pending(7).empty());
    CHECK(book.tunnels.candidate(pool_address, gateway, when(2s)) == id);
  }
  SECTION("or never will be") {
    book.tunnels.end(id, when(2s));
    CHECK(book.tunnels.pending(7).empty());
    CHECK(book.tunnels.size() == 0);
  }
}

// --- anchors: the block that a tunnel needs --------------------------------------------------------------------------

namespace {

Anchor anchored(Node& node, InternalAddress internal, Duration t) {
  Effects effects;
  const auto anchor = node.translator.anchor(internal, at(t), effects);
  node.apply(effects, t);
  return anchor;
}

void lift(Node& node, BlockTicket ticket, Duration t) {
  Effects effects;
  node.translator.lift_anchor(ticket, at(t), effects);
  node.apply(effects, t);
}

std::size_t blocks_of(const Node& node, InternalAddress internal) { return node.translator.blocks_of(internal).size(); }

}  // namespace

TEST_CASE("a tunnel of who holds no block waits for one, as a first packet does", "[tunnels][blocks]") {
  Node node{config_of({})};
  const auto anchor = anchored(node, alice, 1s);
  CHECK(anchor.verdict == CGN_VERDICT_HELD);
  REQUIRE(node.log.size() == 1);
  CHECK(node.log[0].event.external == anchor.external);
  CHECK(node.released.back().verdict == CGN_VERDICT_TRANSLATED);
  const auto second = anchored(node, alice, 2s);
  CHECK(second.verdict == CGN_VERDICT_TRANSLATED);
  CHECK(second.external == anchor.external);
  CHECK(second.ticket == anchor.ticket);
  CHECK(node.log.size() == 1);
}

TEST_CASE("a block stays lent while a tunnel is anchored in it, and goes back after the last", "[tunnels][blocks]") {
  auto config = config_of({});
  config.pools[0].block_linger = 30s;
  Node node{config};
  const auto anchor = anchored(node, alice, 1s);
  REQUIRE(node.verdict(udp(on(alice, 5000)), 1s) == CGN_VERDICT_TRANSLATED);
  (void)anchored(node, alice, 1s);
  for (auto t = 60s; t < 2000s; t += 60s) node.sweep(t);
  CHECK_FALSE(node.installed(Proto::udp, on(alice, 5000)));
  CHECK(blocks_of(node, alice) == 1);
  lift(node, anchor.ticket, 2000s);
  node.sweep(2100s);
  CHECK(blocks_of(node, alice) == 1);
  lift(node, anchor.ticket, 2101s);
  node.sweep(2102s);
  CHECK(blocks_of(node, alice) == 1);
  node.sweep(2140s);
  CHECK(blocks_of(node, alice) == 0);
}

TEST_CASE("a block that the log refuses takes its anchors along", "[tunnels][blocks]") {
  Node node{config_of({})};
  node.mood = LogMood::fails;
  const auto anchor = anchored(node, alice, 1s);
  CHECK(anchor.verdict == CGN_VERDICT_HELD);
  CHECK(node.released.back().verdict == CGN_VERDICT_NO_JOURNAL);
  CHECK(blocks_of(node, alice) == 0);
  lift(node, anchor.ticket, 2s);  // of no consequence
  node.mood = LogMood::answers;
  CHECK(anchored(node, alice, 200s).verdict == CGN_VERDICT_HELD);
  CHECK(blocks_of(node, alice) == 1);
}

TEST_CASE("a tunnel counts as a mapping does", "[tunnels][limits]") {
  auto config = config_of({});
  config.limits.mappings_per_subscriber = 2;
  Node node{config};
  const auto anchor = anchored(node, alice, 1s);
  REQUIRE(node.verdict(udp(on(alice, 5000)), 1s) == CGN_VERDICT_TRANSLATED);
  CHECK(node.verdict(udp(on(alice, 5001)), 1s) == CGN_VERDICT_MAPPING_LIMIT);
  CHECK(anchored(node, alice, 1s).verdict == CGN_VERDICT_MAPPING_LIMIT);
  lift(node, anchor.ticket, 2s);
  CHECK(anchored(node, alice, 2s).verdict == CGN_VERDICT_TRANSLATED);
  CHECK(anchored(node, Host{ip("192.0.2.1")}, 2s).verdict == CGN_VERDICT_NO_RULE);
}

TEST_CASE("an operator's clearing waits for the tunnels, which the hands end", "[tunnels][blocks]") {
  Node node{config_of({})};
  const auto anchor = anchored(node, alice, 1s);
  Effects effects;
  CHECK(node.translator.clear_subscriber({Prefix::of(alice, 32), kDefaultRealm}, at(2s), effects) == 0);
  node.apply(effects, 2s);
  CHECK(blocks_of(node, alice) == 1);
  lift(node, anchor.ticket, 2s);
  CHECK(blocks_of(node, alice) == 0);
}

TEST_CASE("after a restart a tunnel is anchored on its subscriber's own address, or not at all",
          "[tunnels][adoption]") {
  const auto config = config_of({});
  Node before{config};
  const auto anchor = anchored(before, alice, 1s);
  const auto row = before.log[0].event;
  Node node{config};
  REQUIRE(node.translator.adopt_block({.subscriber = row.subscriber,
                                       .external = row.external,
                                       .ports = row.ports,
                                       .pool = row.pool,
                                       .allocated_at = row.allocated_at},
                                      at(100s)));
  CHECK_FALSE(node.translator.adopt_anchor(alice, ip("203.0.113.99")));
  CHECK_FALSE(node.translator.adopt_anchor(bob, anchor.external));
  const auto ticket = node.translator.adopt_anchor(alice, anchor.external);
  REQUIRE(ticket);
  Effects effects;
  node.translator.finish_adoption(at(100s), effects, Translator::Rests::told);
  node.apply(effects, 100s);
  node.sweep(10h);
  CHECK(blocks_of(node, alice) == 1);
  lift(node, *ticket, 10h);
  node.sweep(11h);
  CHECK(blocks_of(node, alice) == 0);
}
