// SPDX-License-Identifier: Apache-2.0
// PPTP's calls with a map of the kernel's: whose id becomes which, what is installed, kept, adopted, forgotten; and the messages.
#include "daemon/calls.hpp"

#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstring>

#include "bench_network.hpp"
#include "cgn/tunnel.hpp"
#include "daemon/entries.hpp"
#include "daemon/pptp.hpp"
#include "io/fd.hpp"
#include "packet/checksum.hpp"
#include "packet/segment.hpp"
#include "packets/builder.hpp"
#include "unit/core_node.hpp"

using namespace cgn;
using namespace cgn::core::test;
using cgn::daemon::Call;
using cgn::daemon::Calls;
using cgn::daemon::ControlConnection;
using cgn::test::Bench;

namespace {

const Ipv4 kExternal = ip("203.0.113.10"), kServer = ip("198.51.100.1");
const ControlConnection kAlice{on(alice, 5000), on(kServer, 1723)};
const ControlConnection kBob{on(bob, 5000), on(kServer, 1723)};

struct Box {
  explicit Box(std::uint32_t room = 1000)
      : map{bpf_map_create(BPF_MAP_TYPE_HASH, "sessions", sizeof(cgn_session_key), sizeof(cgn_entry), room, nullptr)},
        table{map.get()},
        calls{table, 42} {
    REQUIRE(map);
  }
  const Call& open(const ControlConnection& control, Call::Id own, Duration when = 0s) {
    const auto* const call = calls.open(control, kExternal, own, at(when).mono);
    REQUIRE(call != nullptr);
    return *call;
  }
  [[nodiscard]] std::size_t entries() const { return table.all().value().size(); }
  [[nodiscard]] std::optional<cgn_entry> inbound(Call::Id shown) const {
    return table.read({.addr = kExternal.net(),
                       .remote_addr = kServer.net(),
                       .port = htons(shown),
                       .remote_port = 0,
                       .proto = IPPROTO_GRE,
                       .realm = CGN_REALM_EXTERNAL,
                       .pad = {}});
  }

  io::Fd map;
  io::SessionTable table;
  Calls calls;
};

}  // namespace

TEST_CASE("the id that was chosen is shown where it is free, and one of its own where it is not", "[pptp]") {
  Bench bench;
  Box box;
  CHECK(box.open(kAlice, 7).shown == 7);
  const auto shown = box.open(kBob, 7).shown;
  CHECK(shown != 7);
  CHECK(shown != 0);
  CHECK(box.open(kAlice, 7).shown == 7);  // the request came again
  CHECK(box.calls.size() == 2);
  CHECK(box.inbound(7)->to_addr == alice.address.net());
  REQUIRE(box.inbound(shown).has_value());
  CHECK(box.inbound(shown)->to_addr == bob.address.net());
  CHECK(ntohs(box.inbound(shown)->to_port) == 7);
  // A namesake in another realm is another subscriber.
  const core::test::Host namesake{alice.address, RealmId{2}};
  const auto third = box.open({on(namesake, 5000), kAlice.remote}, 7).shown;
  CHECK(third != 7);
  CHECK(third != shown);
  REQUIRE(box.inbound(third).has_value());
  CHECK(box.inbound(third)->to_addr == alice.address.net());
  CHECK(daemon::internal_realm(*box.inbound(third)) == RealmId{2});
  // Another remote is another place.
  CHECK(box.open({on(bob, 5000), on(ip("198.51.100.2"), 1723)}, 7).shown == 7);
}

TEST_CASE("an id that was shown rests before another subscriber's call has it", "[pptp]") {
  Bench bench;
  Box box;
  box.calls.end(box.open(kAlice, 7), at(0s).mono);
  CHECK(box.entries() == 0);
  const auto early = box.open(kBob, 7, 119s);
  CHECK(early.shown != 7);
  CHECK(box.open(kAlice, 7, 119s).shown == 7);
  box.calls.connection_ended(kAlice, kExternal, at(120s).mono);
  box.calls.end(early, at(120s).mono);
  CHECK(box.open(kBob, 7, 241s).shown == 7);
}

TEST_CASE("a call's way out is installed with the remote's id, and both ways go with it", "[pptp]") {
  Bench bench;
  Box box;
  REQUIRE(box.calls.learn(box.open(kAlice, 7), 0x4001, at(1s).mono));
  REQUIRE(box.entries() == 2);
  const auto* const call = box.calls.find_peer(kAlice, kExternal, 0x4001);
  REQUIRE(call != nullptr);
  const auto out = box.table.read(io::SessionTable::key_of(outbound_entry(*call)));
  REQUIRE(out.has_value());
  CHECK(out->to_addr == kExternal.net());
  CHECK(ntohs(out->key.port) == 0x4001);
  REQUIRE(box.calls.learn(*call, 0x4002, at(2s).mono));  // it thought better of it
  CHECK(box.entries() == 2);
  box.calls.mapping_ended({.proto = Proto::udp, .internal = kAlice.internal}, at(3s).mono);
  CHECK(box.entries() == 2);
  box.calls.mapping_ended({.proto = Proto::tcp, .internal = kAlice.internal}, at(3s).mono);
  CHECK(box.entries() == 0);
  CHECK(box.calls.size() == 0);
}

TEST_CASE("one address has so many calls and no more; those that nobody answered make room", "[pptp]") {
  Bench bench;
  Box box;
  for (std::size_t n = 1; n <= Calls::kPerAddress; ++n) {
    const auto own = static_cast<Call::Id>(n);
    REQUIRE(box.calls.learn(box.open(kAlice, own), static_cast<Call::Id>(0x4000 + n), at(0s).mono));
  }
  CHECK(box.calls.open(kAlice, kExternal, 1000, at(1s).mono) == nullptr);
  CHECK(box.open(kBob, 1000).shown == 1000);
  box.calls.end(*box.calls.find_own(kAlice, kExternal, 5), at(1s).mono);
  (void)box.open(kAlice, 1001);  // never answered
  CHECK(box.calls.open(kAlice, kExternal, 1002, at(1s).mono) != nullptr);
  CHECK(box.calls.find_own(kAlice, kExternal, 1001) == nullptr);
  CHECK(box.calls.find_own(kAlice, kExternal, 6) != nullptr);
}

TEST_CASE("where the kernel has no room there is no call", "[pptp]") {
  Bench bench;
  Box box{1};
  const auto& call = box.open(kAlice, 7);
  CHECK_FALSE(box.calls.learn(call, 0x4001, at(0s).mono));
  CHECK(box.calls.open(kBob, kExternal, 8, at(0s).mono) == nullptr);
}

TEST_CASE("the next daemon goes on with the calls whose control connection lives, and forgets the others", "[pptp]") {
  Bench bench;
  Box box;
  Node node{config_of({})};
  REQUIRE(node.out(syn(kAlice.internal, kAlice.remote), 0s).verdict == CGN_VERDICT_TRANSLATED);
  REQUIRE(box.calls.learn(box.open(kAlice, 7), 0x4001, at(0s).mono));
  (void)box.open(kAlice, 8);  // its reply is on the way
  REQUIRE(box.calls.learn(box.open(kBob, 7), 0x4002, at(0s).mono));
  const auto entries = box.table.all().value();
  REQUIRE(entries.size() == 5);

  Calls next{box.table, 43};
  CHECK(next.adopt(entries, node.translator, true) == 2);
  CHECK(box.entries() == 3);
  const auto* const call = next.find_own(kAlice, kExternal, 7);
  REQUIRE(call != nullptr);
  CHECK(*call == Call{.control = kAlice, .external = kExternal, .own = 7, .shown = 7, .peer = 0x4001});
  REQUIRE(next.find_shown(kAlice, kExternal, 8) != nullptr);
  CHECK(next.find_shown(kAlice, kExternal, 8)->peer == 0);

  Calls off{box.table, 44};
  CHECK(off.adopt(box.table.all().value(), node.translator, false) == 0);
  CHECK(box.entries() == 0);
}

// --- messages --------------------------------------------------------------------------------------------------------

namespace {

std::string message(unsigned length, unsigned type, unsigned first, unsigned second = 0) {
  const std::array words{length, 1U, 0x1a2bU, 0x3c4dU, type, 0U, first, second};
  std::string out;
  for (const auto w : words) {
    out += static_cast<char>(w >> 8);
    out += static_cast<char>(w & 255);
  }
  out.resize(length);
  return out;
}
std::string request(unsigned own) { return message(168, 7, own); }
std::string reply(unsigned own, unsigned peer) { return message(32, 8, own, peer); }

// What the gateway makes of a segment between the server and a subscriber; its payload as it leaves.
struct Gate : Box {
  daemon::AlgOutcome pass(const ControlConnection& c, cgn_direction direction, const std::string& payload,
                          unsigned damage = 0, unsigned port = 40000) {
    const bool inbound = direction == CGN_INBOUND;
    const auto outside = on(kExternal, port);
    const auto from = inbound ? c.remote : c.internal, to = inbound ? outside : c.remote;
    test::Bytes bytes = test::Frame{}
                            .ipv4(from.address, to.address)
                            .tcp(from.port.value(), to.port.value(), test::kAck)
                            .payload(payload);
    bytes.back() ^= std::byte{static_cast<unsigned char>(damage)};
    const auto view = packet::read(bytes).value();
    cgn_punt header{};
    header.magic = CGN_PUNT_MAGIC;
    header.version = CGN_ABI_VERSION;
    header.reason = CGN_PUNT_ALG;
    header.direction = static_cast<__u8>(direction);
    header.l3_offset = static_cast<__u8>(view.l3);
    header.l4_offset = static_cast<__u8>(view.l4);
    frame.resize(sizeof header);
    std::memcpy(frame.data(), &header, sizeof header);
    frame.insert(frame.end(), bytes.begin(), bytes.end());
    const auto punted = daemon::open_punt(frame, 0, 0).value();
    const core::MappingView mapping{.proto = Proto::tcp, .internal = c.internal, .external = outside};
    REQUIRE(gateway.follows(punted, mapping));
    return gateway.pass(punted, mapping, at(0s).mono);
  }
  std::string changed(const daemon::AlgOutcome& outcome) {
    REQUIRE(outcome.verdict == CGN_VERDICT_CONTINUE);
    const auto& bytes = outcome.bytes.empty() ? frame : outcome.bytes;
    const auto punted = daemon::open_punt(bytes, 0, 0).value();
    CHECK(packet::has_right_checksum(punted.frame, punted.view));
    return std::string{packet::payload_of(punted.frame, punted.view)};
  }
  std::string out(const ControlConnection& c, const std::string& payload) {
    return changed(pass(c, CGN_OUTBOUND, payload));
  }
  std::string in(const ControlConnection& c, const std::string& payload) {
    return changed(pass(c, CGN_INBOUND, payload));
  }

  std::vector<std::byte> frame;
  daemon::Pptp gateway{calls, true};
};

}  // namespace

TEST_CASE("a caller inside: its id leaves as the server is to know it, and comes back as it was chosen", "[pptp]") {
  Bench bench;
  Gate gate;
  CHECK(gate.out(kAlice, request(7)) == request(7));
  const auto asked = gate.out(kBob, request(7));
  const auto shown = gate.calls.find_own(kBob, kExternal, 7)->shown;
  CHECK(asked == request(shown));
  CHECK(gate.out(kBob, request(7)) == request(shown));
  CHECK(gate.in(kBob, reply(0x4002, shown)) == reply(0x4002, 7));
  CHECK(gate.calls.find_own(kBob, kExternal, 7)->peer == 0x4002);
  CHECK(gate.in(kAlice, reply(0x4001, 7)) == reply(0x4001, 7));
  CHECK(gate.in(kBob, message(40, 14, shown)) == message(40, 14, 7));
  CHECK(gate.in(kBob, message(24, 15, shown) + message(16, 5, 0)) == message(24, 15, 7) + message(16, 5, 0));
  CHECK(gate.out(kBob, message(24, 15, 0x4002)) == message(24, 15, 0x4002));
  CHECK(gate.out(kBob, message(16, 12, 7)) == message(16, 12, shown));
  CHECK(gate.in(kBob, message(148, 13, 0x4002)) == message(148, 13, 0x4002));
  CHECK(gate.calls.find_own(kBob, kExternal, 7) == nullptr);
  CHECK(gate.calls.find_own(kAlice, kExternal, 7) != nullptr);
  CHECK(gate.in(kBob, message(40, 14, shown)) == message(40, 14, shown));
}

TEST_CASE("a server inside: the id that it grants leaves as the caller is to know it, with both ways of the call",
          "[pptp]") {
  Bench bench;
  Gate gate;
  const ControlConnection home{on(alice, 1723), on(kServer, 50000)}, other{on(bob, 1723), on(kServer, 50001)};
  CHECK(gate.in(home, request(3)) == request(3));
  CHECK(gate.out(home, reply(9, 3)) == reply(9, 3));
  CHECK(gate.entries() == 2);
  const auto granted = gate.out(other, reply(9, 4));
  const auto shown = gate.calls.find_own(other, kExternal, 9)->shown;
  CHECK(shown != 9);
  CHECK(granted == reply(shown, 4));
  CHECK(gate.in(other, message(16, 12, 4)) == message(16, 12, 4));
  CHECK(gate.out(other, message(148, 13, 9)) == message(148, 13, shown));
  CHECK(gate.calls.size() == 1);
  CHECK(gate.entries() == 2);
}

TEST_CASE("what is damaged, cut or no message passes as it came and makes no call", "[pptp]") {
  Bench bench;
  Gate gate;
  (void)gate.out(kAlice, request(7));
  CHECK(gate.pass(kBob, CGN_OUTBOUND, request(7), 1).bytes.empty());
  for (const auto& text :
       {request(7).substr(0, 15), std::string{"GET / HTTP/1.0\r\n\r\n"}, message(169, 7, 7), message(168, 16, 7)}) {
    CHECK(gate.out(kBob, text) == text);
  }
  CHECK(gate.calls.size() == 1);
}

TEST_CASE("one call too many is refused by name, and a new connection ends the calls of the one before", "[pptp]") {
  Bench bench;
  Gate gate;
  for (unsigned n = 1; n <= Calls::kPerAddress; ++n) {
    (void)gate.out(kAlice, request(n));
    (void)gate.in(kAlice, reply(0x4000 + n, n));
  }
  CHECK(gate.pass(kAlice, CGN_OUTBOUND, request(1000)).verdict == CGN_VERDICT_MAPPING_LIMIT);
  gate.calls.connection_ended(kAlice, kExternal, at(0s).mono);
  CHECK(gate.entries() == 0);
  CHECK(gate.out(kAlice, request(1000)) == request(1000));
}
