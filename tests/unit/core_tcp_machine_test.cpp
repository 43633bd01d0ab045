// SPDX-License-Identifier: Apache-2.0
// Every edge of the TCP state machine: in each state each segment, from inside and from outside -> state and deadline.
//
// What        RFC 7857 section 2 takes the machine of RFC 6146 section 3.5.2. Its states are not kept but read from what
//             both entries saw (session.hpp); this table says that the reading is the machine. "Timed out" of each state
//             is proved by the sweep itself. The model stamps entries as bpf/touch.h does (kernel_touch_test.cpp).
//
//   ours               RFC 6146
//   opening            V4 INIT, V6 INIT, and established before the handshake's last ACK
//   established        ESTABLISHED, V4 FIN RCV, V6 FIN RCV
//   closing            V4 FIN + V6 FIN RCV, and TRANS after a RST
#include <catch2/catch.hpp>

#include "core/session.hpp"
#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

constexpr std::uint8_t S = CGN_SEEN_SYN, A = CGN_SEEN_ACK, F = CGN_SEEN_FIN, R = CGN_SEEN_RST;

enum class Event {
  syn_out,
  syn_in,
  syn_ack_out,
  syn_ack_in,
  ack_out,
  ack_in,
  data_out,
  data_in,
  fin_out,
  fin_in,
  rst_out,
  rst_in
};
using enum Event;

struct Segment {
  const char* name;
  bool outbound;
  TcpFlags flags;
  bool data = false;
};

const Segment& segment(Event e) {
  static const Segment all[] = {{"SYN out", true, {.syn = true}},
                                {"SYN in", false, {.syn = true}},
                                {"SYN-ACK out", true, {.syn = true, .ack = true}},
                                {"SYN-ACK in", false, {.syn = true, .ack = true}},
                                {"ACK out", true, {.ack = true}},
                                {"ACK in", false, {.ack = true}},
                                {"data out", true, {.ack = true}, true},
                                {"data in", false, {.ack = true}, true},
                                {"FIN out", true, {.ack = true, .fin = true}},
                                {"FIN in", false, {.ack = true, .fin = true}},
                                {"RST out", true, {.rst = true}},
                                {"RST in", false, {.rst = true}}};
  return all[static_cast<std::size_t>(e)];
}

// One subscriber's endpoint on the wire, with one remote.
struct Wire {
  Node node{config_of({})};
  InternalEndpoint internal = on(alice, 5000);

  [[nodiscard]] bool there() const { return node.installed(Proto::tcp, internal); }
  [[nodiscard]] SeenBoth seen() const { return node.seen(Proto::tcp, internal); }
  [[nodiscard]] Lifetime life() const { return lifetime_of(Proto::tcp, 0, seen(), node.config.timeouts); }

  void see(Event event, Duration t) {
    const auto& s = segment(event);
    const auto flow = tcp(internal, s.flags);
    if (!there()) {
      if (s.outbound) (void)node.out(flow, t);
      return;
    }
    stamp(s, t);
    if (s.outbound && s.flags.opens() && (seen().either() & (F | R)) != 0) (void)node.control(flow, CGN_OUTBOUND, t);
  }
  void stamp(const Segment& s, Duration t) {
    const auto bits = static_cast<std::uint8_t>((s.flags.syn ? S : 0) | (s.flags.ack && !s.flags.rst ? A : 0) |
                                                (s.flags.fin ? F : 0) | (s.flags.rst ? R : 0));
    const bool data = s.data || (s.outbound && s.flags.syn && s.flags.ack);
    if (s.outbound) return node.sent(Proto::tcp, internal, t, bits, data);
    node.received(Proto::tcp, internal, t, bits, data);
  }
  void see_all(std::initializer_list<Event> events, Duration t) {
    for (const auto e : events) see(e, t);
  }
};

struct From {
  const char* name;
  std::vector<Event> path;
};

const std::vector<Event> kEstablished{syn_out, syn_ack_in, ack_out};

From only_syn() { return {"opening", {syn_out}}; }
From crossing() { return {"both SYNs seen", {syn_out, syn_in}}; }
From answered() { return {"answered, not yet acknowledged", {syn_out, syn_ack_in}}; }
From after(const char* name, std::initializer_list<Event> more) {
  From from{name, kEstablished};
  from.path.insert(from.path.end(), more);
  return from;
}

constexpr auto kReached = 100s;  // when the state was reached
constexpr auto kThen = 300s;     // when the segment comes
constexpr auto kShort = 240s, kLong = 7440s;

struct Edge {
  Event event;
  SessionState to;
  Duration deadline;
};
struct State {
  From from;
  SessionState is;
  Duration deadline;
  std::vector<Edge> edges;
};

std::vector<State> machine() {
  using enum SessionState;
  constexpr auto old_short = kReached + kShort, new_short = kThen + kShort, new_long = kThen + kLong;
  // Of a session that is established, everything but its end puts the long timer off, whoever sent it.
  const std::vector<Edge> lively{{syn_out, established, new_long},     {syn_in, established, new_long},
                                 {syn_ack_out, established, new_long}, {syn_ack_in, established, new_long},
                                 {ack_out, established, new_long},     {ack_in, established, new_long},
                                 {data_out, established, new_long},    {data_in, established, new_long},
                                 {rst_out, closing, new_short},        {rst_in, closing, new_short}};
  const auto with = [](std::vector<Edge> edges, std::initializer_list<Edge> more) {
    edges.insert(edges.end(), more);
    return edges;
  };
  // What has ended is revived by payload and by the inside's consent to a new session, and by nothing else.
  const std::vector<Edge> ended{
      {syn_out, opening, new_short},     {syn_in, closing, old_short},     {syn_ack_out, established, new_long},
      {syn_ack_in, closing, old_short},  {ack_out, closing, old_short},    {ack_in, closing, old_short},
      {data_out, established, new_long}, {data_in, established, new_long}, {fin_out, closing, new_short},
      {fin_in, closing, new_short},      {rst_out, closing, new_short},    {rst_in, closing, new_short}};
  // Until both have acknowledged, only the inside keeps the mapping, for the short time.
  const auto waiting = [&](SessionState on_ack_out, Duration ack_out_deadline, SessionState on_ack_in,
                           Duration ack_in_deadline) {
    return std::vector<Edge>{{syn_out, opening, new_short},
                             {syn_in, opening, old_short},
                             {syn_ack_out, on_ack_out, ack_out_deadline},
                             {syn_ack_in, on_ack_in, ack_in_deadline},
                             {ack_out, on_ack_out, ack_out_deadline},
                             {ack_in, on_ack_in, ack_in_deadline},
                             {data_out, on_ack_out, ack_out_deadline},
                             {data_in, on_ack_in, ack_in_deadline},
                             {fin_out, on_ack_out, ack_out_deadline},
                             {fin_in, on_ack_in, ack_in_deadline},
                             {rst_out, closing, new_short},
                             {rst_in, closing, new_short}};
  };
  return {
      {only_syn(), opening, old_short, waiting(opening, new_short, opening, old_short)},
      {crossing(), opening, old_short, waiting(opening, new_short, opening, old_short)},
      {{"both SYNs seen, ours acknowledged", {syn_out, syn_in, syn_ack_out}},
       opening,
       old_short,
       waiting(opening, new_short, established, new_long)},
      {answered(), opening, old_short, waiting(established, new_long, opening, old_short)},
      {after("established", {}), established, kReached + kLong,
       with(lively, {{fin_out, established, new_long}, {fin_in, established, new_long}})},
      {after("half-closed by the inside", {fin_out}), established, kReached + kLong,
       with(lively, {{fin_out, established, new_long}, {fin_in, closing, new_short}})},
      {after("half-closed by the outside", {fin_in}), established, kReached + kLong,
       with(lively, {{fin_in, established, new_long}, {fin_out, closing, new_short}})},
      {after("closed by both", {fin_out, fin_in}), closing, old_short, ended},
      {after("closed by both, the outside first", {fin_in, fin_out}), closing, old_short, ended},
      {after("reset from outside", {rst_in}), closing, old_short, ended},
      {after("reset from inside", {rst_out}), closing, old_short, ended},
  };
}

}  // namespace

TEST_CASE("the TCP machine, every edge", "[RFC5382-REQ-2][RFC5382-REQ-5][RFC6146-3.5.2][RFC7857-2]") {
  unsigned edges = 0;
  for (const auto& state : machine()) {
    REQUIRE(state.edges.size() == 12);  // every event
    for (const auto& edge : state.edges) {
      INFO("in '" << state.from.name << "': " << segment(edge.event).name);
      Wire wire;
      for (const auto e : state.from.path) wire.see(e, kReached);
      CHECK(wire.life().state == state.is);
      CHECK(time_of(wire.life().deadline) == at(state.deadline).mono);
      wire.see(edge.event, kThen);
      REQUIRE(wire.there());
      CHECK(wire.life().state == edge.to);
      CHECK(time_of(wire.life().deadline) == at(edge.deadline).mono);
      // Timed out, by the sweep: not before, and not more than a second (and a tick) after.
      wire.node.sweep(edge.deadline);
      CHECK(wire.there());
      wire.node.sweep(edge.deadline + 2s);
      CHECK_FALSE(wire.there());
      ++edges;
    }
  }
  CHECK(edges == 132);
}

TEST_CASE("without a mapping nothing from outside makes one, and from inside only a SYN", "[RFC7857-2]") {
  for (const auto e :
       {syn_in, syn_ack_in, ack_in, data_in, fin_in, rst_in, syn_ack_out, ack_out, data_out, fin_out, rst_out}) {
    Wire wire;
    wire.see(e, 0s);
    INFO(segment(e).name);
    CHECK_FALSE(wire.there());
  }
  Wire wire;
  wire.see(syn_out, 0s);
  CHECK(wire.there());
}

TEST_CASE("a simultaneous open becomes established, in either order of the SYN-ACKs", "[RFC5382-REQ-2]") {
  Wire wire;
  wire.see_all({syn_out, syn_in}, 0s);
  CHECK(wire.life().state == SessionState::opening);
  const bool outside_first = GENERATE(true, false);
  wire.see_all(outside_first ? std::initializer_list<Event>{syn_ack_in, syn_ack_out}
                             : std::initializer_list<Event>{syn_ack_out, syn_ack_in},
               1s);
  CHECK(wire.life() == Lifetime{SessionState::established, stamp_of(at(1s + kLong).mono)});
}

TEST_CASE("a session whose server stays silent after the handshake lives 2 h 4 min", "[RFC5382-REQ-5]") {
  Wire wire;
  wire.see_all({syn_out, syn_ack_in, ack_out}, 0s);
  wire.node.sweep(7440s);
  CHECK(wire.there());
  wire.node.sweep(7442s);
  CHECK_FALSE(wire.there());
}

TEST_CASE("keepalives without payload revive nothing, for as long as they come", "[RFC7857-2]") {
  Wire wire;
  wire.see_all({syn_out, syn_ack_in, ack_out, fin_out, fin_in}, 0s);
  for (auto t = 10s; t <= 240s; t += 10s) {
    wire.see_all({ack_out, ack_in}, t);
    wire.node.sweep(t);
    CHECK(wire.there());
  }
  wire.node.sweep(242s);
  CHECK_FALSE(wire.there());
}

TEST_CASE("what a RST held is revived by data for another 2 h 4 min, and ends by the next RST", "[RFC7857-2.2]") {
  Wire wire;
  wire.see_all({syn_out, syn_ack_in, ack_out, rst_in}, 0s);
  wire.see(data_in, 239s);
  CHECK(wire.life() == Lifetime{SessionState::established, stamp_of(at(239s + kLong).mono)});
  wire.see(rst_in, 500s);
  CHECK(wire.life() == Lifetime{SessionState::closing, stamp_of(at(500s + kShort).mono)});
}

}  // namespace cgn::core::test
