// SPDX-License-Identifier: Apache-2.0
// Call ids in PPTP's control messages: where they stand, whose they are, and what is no message.
#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <string>

#include "alg/pptp.hpp"

namespace cgn::alg::pptp {
namespace {

constexpr std::array<std::size_t, 16> kLengths{0, 156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24};

void put16(std::string& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value & 255);
}

// With two words where ids stand, if they do.
std::string message(unsigned type, unsigned first = 0, unsigned second = 0) {
  std::string bytes(kLengths.at(type), '\0');
  put16(bytes, 0, static_cast<unsigned>(bytes.size()));
  put16(bytes, 2, 1);
  put16(bytes, 4, 0x1a2b);
  put16(bytes, 6, 0x3c4d);
  put16(bytes, 8, type);
  put16(bytes, 12, first);
  put16(bytes, 14, second);
  return bytes;
}

Id own(Message m, CallId value, CallId beside = 0, std::size_t at = 12) {
  return {.at = at, .message = m, .whose = Whose::own, .value = value, .beside = beside};
}
Id peer(Message m, CallId value, std::size_t at) {
  return {.at = at, .message = m, .whose = Whose::peer, .value = value};
}

}  // namespace

TEST_CASE("each message names its sender's call id, its peer's, both, or none", "[pptp]") {
  using M = Message;
  using Ids = std::vector<Id>;
  for (const unsigned none : {1U, 2U, 3U, 4U, 5U, 6U}) CHECK(ids_in(message(none, 7, 9)).empty());
  CHECK(ids_in(message(7, 7, 9)) == Ids{own(M::outgoing_request, 7)});
  CHECK(ids_in(message(8, 7, 9)) == Ids{own(M::outgoing_reply, 7, 9), peer(M::outgoing_reply, 9, 14)});
  CHECK(ids_in(message(9, 7, 9)) == Ids{own(M::incoming_request, 7)});
  CHECK(ids_in(message(10, 7, 9)) == Ids{own(M::incoming_reply, 7, 9), peer(M::incoming_reply, 9, 14)});
  CHECK(ids_in(message(11, 7, 9)) == Ids{peer(M::incoming_connected, 7, 12)});
  CHECK(ids_in(message(12, 7, 9)) == Ids{own(M::clear_request, 7)});
  CHECK(ids_in(message(13, 7, 9)) == Ids{own(M::disconnect_notify, 7)});
  CHECK(ids_in(message(14, 7, 9)) == Ids{peer(M::wan_error, 7, 12)});
  CHECK(ids_in(message(15, 7, 9)) == Ids{peer(M::set_link_info, 7, 12)});
}

TEST_CASE("a call id of 0 is none", "[pptp]") {
  CHECK(ids_in(message(7)).empty());
  CHECK(ids_in(message(8, 0, 5)).size() == 1);
}

TEST_CASE("all messages of a segment are read, and one that is cut behind its ids", "[pptp]") {
  const auto both = message(5) + message(15, 7) + message(12, 9);
  CHECK(ids_in(both) == std::vector<Id>{peer(Message::set_link_info, 7, 28), own(Message::clear_request, 9, 0, 52)});
  const auto cut = message(5) + message(7, 9).substr(0, 16);
  CHECK(ids_in(cut) == std::vector<Id>{own(Message::outgoing_request, 9, 0, 28)});
  for (std::size_t size = 0; size < 16; ++size) CHECK(ids_in(message(7, 9).substr(0, size)).empty());
}

TEST_CASE("what is no message ends the walk", "[pptp]") {
  for (const std::size_t at : {1U, 3U, 4U, 7U, 9U}) {
    auto wrong = message(7, 9);
    wrong[at] = static_cast<char>(wrong[at] ^ 0x40);
    CHECK(ids_in(wrong).empty());
    CHECK(ids_in(message(12, 3) + wrong + message(12, 5)).size() == 1);
  }
  CHECK(ids_in("").empty());
  CHECK(ids_in(message(7, 9).substr(20)).empty());  // the rest of one that began in another segment
}

TEST_CASE("whatever the bytes, ids stand inside them and apart", "[pptp]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  const auto below = [&random](std::size_t n) { return static_cast<unsigned>(random() % n); };
  std::size_t found = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto n = below(4); n > 0; --n) bytes += message(1 + below(15), below(3), below(3));
    for (auto n = below(3); n > 0 && !bytes.empty(); --n) bytes[below(bytes.size())] = static_cast<char>(below(256));
    if (below(2) == 0) bytes.resize(below(bytes.size() + 1));
    std::size_t behind = 0;
    for (const auto& id : ids_in(bytes)) {
      REQUIRE(id.at >= behind);
      REQUIRE(id.at + 2 <= bytes.size());
      REQUIRE(id.value != 0);
      behind = id.at + 2;
      ++found;
    }
  }
  CHECK(found > 1'000);
}

}  // namespace cgn::alg::pptp
