// SPDX-License-Identifier: Apache-2.0
// Pieces, identifications, and the bounds of the table one by one. Random histories are in tests/property.
#include <catch2/catch.hpp>

#include <set>

#include "fragments/identifications.hpp"
#include "fragments/table.hpp"

namespace cgn::test {
namespace {

using namespace std::chrono_literals;
using fragments::Bounds;
using fragments::Fit;
using fragments::Piece;
using fragments::Pieces;
using fragments::Table;
using What = Table::What;

constexpr InternalAddress kAlice{Ipv4::from_host(0x64400007), kDefaultRealm};
constexpr InternalAddress kBob{Ipv4::from_host(0x64400008), kDefaultRealm};
constexpr InternalAddress kNamesake{kAlice.address, RealmId{2}};
constexpr Ipv4 kWeb = Ipv4::from_host(0xc6336450);
constexpr Ipv4 kPoolAddress = Ipv4::from_host(0xcb007101);

Table::Arrival from(InternalAddress sender, std::uint16_t identification, Piece piece, std::size_t size = 100) {
  return {
      .key = {.source = sender.address, .destination = kWeb, .identification = identification, .realm = sender.realm},
      .sender = sender,
      .piece = piece,
      .frame = {.bytes = std::vector<std::byte>(size)}};
}

struct Desk {
  explicit Desk(Bounds bounds = {}) : table{10s, 1, bounds} {}
  Table::Told arrive(Table::Arrival arrival, Duration when = 0s) {
    return table.arrive(std::move(arrival), Monotonic{when}, ends);
  }
  void open(InternalAddress sender, std::uint16_t identification) {
    const auto told = arrive(from(sender, identification, {0, 8, false}));
    REQUIRE(told.what == What::ask);
    REQUIRE(table.open(told.datagram, {}, sender, ends));
  }
  Table table;
  Table::Ends ends;
};

const Piece kMiddle{8, 16, false};
const Piece kLast{16, 20, true};

}  // namespace

TEST_CASE("pieces that meet are whole, whatever their order", "[fragments]") {
  Pieces pieces;
  CHECK(pieces.add({16, 20, true}) == Fit::fresh);
  CHECK(pieces.add({0, 8, false}) == Fit::fresh);
  CHECK_FALSE(pieces.whole());
  CHECK(pieces.add({8, 16, false}) == Fit::fresh);
  CHECK(pieces.whole());
}

TEST_CASE("an overlap is told from a repetition by its last byte", "[fragments][RFC5722]") {
  Pieces pieces;
  REQUIRE(pieces.add({8, 24, false}) == Fit::fresh);
  CHECK(pieces.add({8, 24, false}) == Fit::duplicate);
  CHECK(pieces.add({8, 16, false}) == Fit::overlap);
  CHECK(pieces.add({16, 24, false}) == Fit::overlap);
  CHECK(pieces.add({0, 16, false}) == Fit::overlap);
  CHECK(pieces.add({0, 32, false}) == Fit::overlap);
  CHECK(pieces.add({8, 24, true}) == Fit::overlap);
  CHECK(pieces.add({0, 8, false}) == Fit::fresh);
  CHECK(pieces.add({24, 32, false}) == Fit::fresh);
}

TEST_CASE("a datagram has one end", "[fragments]") {
  Pieces pieces;
  REQUIRE(pieces.add({32, 40, false}) == Fit::fresh);
  CHECK(pieces.add({16, 24, true}) == Fit::overlap);  // before what has come
  REQUIRE(pieces.add({40, 43, true}) == Fit::fresh);
  CHECK(pieces.add({48, 56, false}) == Fit::overlap);
  CHECK(pieces.add({48, 56, true}) == Fit::overlap);
}

TEST_CASE("a datagram has so many pieces and no more", "[fragments]") {
  Pieces pieces;
  for (std::uint32_t i = 0; i < Pieces::kMost; ++i) REQUIRE(pieces.add({i * 8, i * 8 + 8, false}) == Fit::fresh);
  CHECK(pieces.add({Pieces::kMost * 8, Pieces::kMost * 8 + 8, false}) == Fit::too_many);
  CHECK(pieces.add({0, 8, false}) == Fit::duplicate);
}

TEST_CASE("an identification comes back after all others of its two ends", "[fragments][RFC6864]") {
  fragments::Identifications identifications{4711};
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 65536; ++i) REQUIRE(seen.insert(identifications.next(kPoolAddress, kWeb, Proto::udp)).second);
  CHECK_FALSE(seen.insert(identifications.next(kPoolAddress, kWeb, Proto::udp)).second);
}

TEST_CASE("where identifications begin is another place for every two ends and every start", "[fragments][RFC6864]") {
  std::set<std::uint16_t> beginnings;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    fragments::Identifications identifications{seed};
    beginnings.insert(identifications.next(kPoolAddress, kWeb, Proto::udp));
    beginnings.insert(identifications.next(kPoolAddress, kWeb, Proto::tcp));
    beginnings.insert(identifications.next(kPoolAddress, kBob.address, Proto::udp));
  }
  CHECK(beginnings.size() > 50);  // of 60; a few may meet by chance
}

TEST_CASE("a sender's seventeenth waiting datagram costs it its oldest, and nobody else anything", "[fragments]") {
  Desk desk;
  REQUIRE(desk.arrive(from(kBob, 1, kMiddle)).what == What::kept);
  for (std::uint16_t id = 1; id <= 16; ++id) REQUIRE(desk.arrive(from(kAlice, id, kMiddle)).what == What::kept);
  CHECK(desk.ends.empty());
  CHECK(desk.arrive(from(kAlice, 17, kMiddle)).what == What::kept);
  CHECK(desk.ends == Table::Ends{CGN_VERDICT_FRAGMENT_LIMIT});
  CHECK(desk.table.frames() == 17);
  const auto bob = desk.arrive(from(kBob, 1, {0, 8, false}));
  CHECK(desk.table.open(bob.datagram, {}, kBob, desk.ends).value().size() == 1);
}

TEST_CASE("a sender's sixty-fifth waiting fragment costs it the datagram that waits longest", "[fragments]") {
  Desk desk;
  const auto piece = [](std::uint32_t i) { return Piece{8 + i * 8, 16 + i * 8, false}; };
  for (std::uint32_t i = 0; i < 32; ++i) REQUIRE(desk.arrive(from(kAlice, 1, piece(i))).what == What::kept);
  for (std::uint32_t i = 0; i < 32; ++i) REQUIRE(desk.arrive(from(kAlice, 2, piece(i))).what == What::kept);
  CHECK(desk.arrive(from(kAlice, 2, piece(32))).what == What::kept);
  CHECK(desk.ends == Table::Ends(32, CGN_VERDICT_FRAGMENT_LIMIT));
  CHECK(desk.arrive(from(kAlice, 1, {0, 8, false})).verdict == CGN_VERDICT_FRAGMENT_LIMIT);  // the rest of the dead one
  CHECK(desk.arrive(from(kAlice, 2, {0, 8, false})).what == What::ask);
}

TEST_CASE("a datagram that alone is too much for its sender dies of itself", "[fragments]") {
  Desk desk;
  for (std::uint32_t i = 0; i < 64; ++i) {
    REQUIRE(desk.arrive(from(kAlice, 1, {8 + i * 8, 16 + i * 8, false})).what == What::kept);
  }
  const auto told = desk.arrive(from(kAlice, 1, {8 + 64 * 8, 16 + 64 * 8, false}));
  CHECK(told.what == What::refused);
  CHECK(told.verdict == CGN_VERDICT_FRAGMENT_LIMIT);
  CHECK(desk.ends.size() == 64);
  CHECK(desk.table.frames() == 0);
}

TEST_CASE("when all room is taken a newcomer is refused and nobody dies for it", "[fragments]") {
  Desk desk{{.waiting = 4, .frames = 4, .bytes = 1000}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    REQUIRE(desk.arrive(from({Ipv4::from_host(0x64400100 + i), kDefaultRealm}, 1, kMiddle)).what == What::kept);
  }
  CHECK(desk.arrive(from(kAlice, 1, kMiddle)).verdict == CGN_VERDICT_FRAGMENT_LIMIT);
  CHECK(desk.ends.empty());
  auto inbound = from({kWeb, kNowhere}, 1, kMiddle);
  inbound.key.inbound = true;
  CHECK(desk.arrive(std::move(inbound)).what == What::kept);  // strangers have their own half
}

TEST_CASE("frames are bounded by their bytes, too", "[fragments]") {
  Desk desk{{.bytes = 1000}};
  REQUIRE(desk.arrive(from(kAlice, 1, kMiddle, 900)).what == What::kept);
  CHECK(desk.arrive(from(kBob, 1, kMiddle, 900)).verdict == CGN_VERDICT_FRAGMENT_LIMIT);
  CHECK(desk.table.bytes() == 900);
}

TEST_CASE("a subscriber with too many open datagrams loses its oldest, unheard", "[fragments]") {
  Desk desk{{.open_per_subscriber = 2}};
  desk.open(kBob, 1);
  desk.open(kAlice, 1);
  desk.open(kAlice, 2);
  desk.open(kAlice, 3);
  CHECK(desk.arrive(from(kAlice, 2, kLast)).what == What::pass);
  CHECK(desk.arrive(from(kBob, 1, kLast)).what == What::pass);
  CHECK(desk.arrive(from(kAlice, 1, kLast)).what == What::kept);  // nobody remembers its first
}

TEST_CASE("an overlap kills the datagram, also what has been kept of it and what is to come", "[fragments][RFC5722]") {
  Desk desk;
  REQUIRE(desk.arrive(from(kAlice, 1, {8, 24, false})).what == What::kept);
  CHECK(desk.arrive(from(kAlice, 1, {16, 32, false})).verdict == CGN_VERDICT_FRAGMENT_OVERLAP);
  CHECK(desk.ends == Table::Ends{CGN_VERDICT_FRAGMENT_OVERLAP});
  CHECK(desk.arrive(from(kAlice, 1, {0, 8, false})).verdict == CGN_VERDICT_FRAGMENT_OVERLAP);
  CHECK(desk.arrive(from(kAlice, 1, {8, 24, false})).verdict == CGN_VERDICT_FRAGMENT_OVERLAP);
  desk.open(kAlice, 2);
  CHECK(desk.arrive(from(kAlice, 2, {0, 16, false})).verdict == CGN_VERDICT_FRAGMENT_OVERLAP);
  CHECK(desk.arrive(from(kAlice, 2, kLast)).verdict == CGN_VERDICT_FRAGMENT_OVERLAP);
}

TEST_CASE("patience ends for what waits and for what is open, counted from the first sight", "[fragments]") {
  Desk desk;
  REQUIRE(desk.arrive(from(kAlice, 1, kMiddle), 0s).what == What::kept);
  REQUIRE(desk.arrive(from(kAlice, 1, kLast), 9s).what == What::kept);
  desk.open(kAlice, 2);
  desk.table.expire(Monotonic{10s - 1ns}, desk.ends);
  CHECK(desk.table.size() == 2);
  desk.table.expire(Monotonic{10s}, desk.ends);
  CHECK(desk.ends == Table::Ends(2, CGN_VERDICT_FRAGMENT_TIMEOUT));
  CHECK(desk.table.size() == 0);
}

TEST_CASE("datagrams of two subscribers, two realms, two ways or two protocols never meet", "[fragments][RFC6864]") {
  Desk desk;
  desk.open(kAlice, 1);
  CHECK(desk.arrive(from(kBob, 1, kMiddle)).what == What::kept);
  CHECK(desk.arrive(from(kNamesake, 1, kMiddle)).what == What::kept);
  auto other = from(kAlice, 1, kMiddle);
  other.key.proto = Proto::icmp;
  CHECK(desk.arrive(std::move(other)).what == What::kept);
  auto inbound = from(kAlice, 1, kMiddle);
  inbound.key.inbound = true;
  CHECK(desk.arrive(std::move(inbound)).what == What::kept);
  CHECK(desk.arrive(from(kAlice, 1, kMiddle)).what == What::pass);
}

TEST_CASE("with a customer end his datagrams on their way out, not those of his namesake in another realm",
          "[fragments]") {
  Desk desk;
  desk.open(kAlice, 1);
  desk.open(kNamesake, 1);
  desk.table.end_customer({Prefix::of(kAlice.address, 32), kAlice.realm}, CGN_VERDICT_NO_MAPPING, desk.ends);
  CHECK(desk.arrive(from(kAlice, 1, kMiddle)).what == What::refused);
  CHECK(desk.arrive(from(kNamesake, 1, kMiddle)).what == What::pass);
}

TEST_CASE("a block that is refused ends all datagrams that waited for it, and no other", "[fragments]") {
  Desk desk;
  for (std::uint16_t id = 1; id <= 2; ++id) {
    const auto told = desk.arrive(from(kAlice, id, {0, 8, false}));
    REQUIRE(desk.table.wait(told.datagram, id, {}, {.bytes = std::vector<std::byte>(100)}, desk.ends));
  }
  desk.table.refused(1, CGN_VERDICT_NO_JOURNAL, desk.ends);
  CHECK(desk.ends == Table::Ends{CGN_VERDICT_NO_JOURNAL});
  CHECK(desk.arrive(from(kAlice, 1, kMiddle)).verdict == CGN_VERDICT_NO_JOURNAL);
  CHECK(desk.arrive(from(kAlice, 2, kMiddle)).what == What::kept);
  CHECK(desk.table.granted(2, desk.ends).front().frames.size() == 2);
  CHECK(desk.table.granted(2, desk.ends).empty());
}

}  // namespace cgn::test
