// SPDX-License-Identifier: Apache-2.0
// The tester, as a row sees it: the words in which rows are written.
//
// What        A row asks for subscribers and servers, sends frames as any of them, and says what must be seen on the
//             other side. out(), in() and hairpin() expect a frame that was translated and otherwise left as it was,
//             every checksum right; they give it back for further questions. refused() expects that nobody ever sees
//             it. Absence is not waited for: settle() sends packets behind what was sent, through the slow path and
//             through the fast one, and when they have come out everything before them has been served. The three
//             ways: on Way::slow every new flow shows its first packet, which the slow path translates; on the others
//             out() and hairpin() send each packet twice, and both must have come out the same.
// Life-cycle  One Wire for one row, on one way.
// Ownership   Owns two packet sockets; borrows the stage.
// Failure     Everything throws Failed with what was expected and what was seen instead.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>

#include "failure.hpp"
#include "seen.hpp"
#include "stage.hpp"
#include "tap.hpp"

namespace cgn::selftest {

using std::chrono::steady_clock, std::chrono::milliseconds, std::chrono::seconds;
using test::Frame;
using test::kAck, test::kFin, test::kPsh, test::kRst, test::kSyn;

enum class Way { slow, native, generic };

class Wire {
 public:
  using Match = std::function<bool(const Seen&)>;

  [[nodiscard]] static Result<Wire> open(Stage& stage, Way way);

  // --- the cast: nobody who has been seen before ---------------------------------------------------------------------
  [[nodiscard]] Ipv4 subscriber() { return stage_.subscriber(); }
  [[nodiscard]] Ipv4 narrow_subscriber() { return stage_.narrow_subscriber(); }  // behind a path of kNarrowMtu
  [[nodiscard]] Ipv4 server() { return stage_.server(); }
  [[nodiscard]] Ipv4 far_server() { return stage_.far_server(); }  // behind a path of kFarMtu

  [[nodiscard]] SmallPool small_pool() { return stage_.small_pool(); }
  [[nodiscard]] static Ipv4 nth(const Prefix& prefix, unsigned n) { return Ipv4::from_host(prefix.first().host() + n); }

  // --- frames to the device, by the side of the sender, with a payload that no other frame has -----------------------
  [[nodiscard]] static Frame between(Ipv4 from, Ipv4 to);  // link and IPv4 header alone
  [[nodiscard]] static Bytes by_east(Bytes frame);         // the same from the other realm
  [[nodiscard]] Frame udp(Endpoint from, Endpoint to);
  [[nodiscard]] Frame ping(Ipv4 from, Ipv4 to, unsigned identifier);
  [[nodiscard]] Frame pong(Ipv4 from, Ipv4 to, unsigned identifier);
  // A segment without payload, known by its sequence number. Conversations are Connection's (connection.hpp).
  [[nodiscard]] Bytes tcp(Endpoint from, Endpoint to, std::uint8_t flags);
  [[nodiscard]] std::string token();

  // --- sending and seeing --------------------------------------------------------------------------------------------
  void send(const Bytes& frame);
  Seen out(const Bytes& frame);                              // from a subscriber to the world
  Seen in(const Bytes& frame, Side to = Side::inside);       // from the world to a subscriber
  Seen hairpin(const Bytes& frame, Side to = Side::inside);  // from a subscriber to a subscriber
  Seen untranslated(const Bytes& frame);                     // crosses with the addresses that it has
  void refused(const Bytes& frame);                          // sent, and nobody sees it
  // The same for a frame that the tester itself cannot read: nothing goes to `remote`.
  void refused_somehow(const Bytes& frame, Ipv4 remote);
  // The next frame on that side that matches, now or within the patience of a second or two.
  Seen expect(Side side, std::string_view what, const Match& match);
  // One that has arrived already; for use after settle().
  std::optional<Seen> arrived(Side side, const Match& match) { return take(side, match); }
  void expect_nothing(Side side, std::string_view what, const Match& match);  // settles first
  // The ICMP error that the sender of `frame` is told: it quotes the packet as it was sent.
  Seen told(const Bytes& frame, unsigned type, unsigned code);
  void not_told(const Bytes& frame);

  // Returns when everything sent before has been served.
  void settle();

  // --- time, a row's (pace.hpp) --------------------------------------------------------------------------------------
  [[nodiscard]] static steady_clock::time_point now();
  void pass(milliseconds time);  // collecting what comes meanwhile
  // A row that races a timer is worth nothing on a machine that lost time: throws Late.
  static void in_time(steady_clock::time_point since, milliseconds most);

  // --- judging -------------------------------------------------------------------------------------------------------
  static void check(bool so, const std::string& expected);
  template <class T>
  static void same(const T& left, const T& right, std::string_view what) {
    check(left == right, std::string{what} + " to be the same: " + text(left) + " and " + text(right));
  }
  template <class T>
  static void differ(const T& left, const T& right, std::string_view what) {
    check(left != right, std::string{what} + " to differ: both are " + text(left));
  }
  // What the operator's command line says.
  [[nodiscard]] std::string ask(std::string_view words) const;

  [[nodiscard]] Stage& stage() { return stage_; }
  [[nodiscard]] Way way() const { return way_; }
  [[nodiscard]] unsigned sent() const { return sent_; }
  [[nodiscard]] unsigned received() const { return received_; }

 private:
  Wire(Stage& stage, Way way, std::array<Tap, 3> taps) : stage_{stage}, way_{way}, taps_{std::move(taps)} {}

  [[nodiscard]] const Tap& tap(Side side) const { return taps_[static_cast<std::size_t>(side)]; }

  static std::string text(const Endpoint& e) { return to_string(e); }
  static std::string text(Ipv4 a) { return to_string(a); }
  static std::string text(std::unsigned_integral auto n) { return std::to_string(n); }
  static std::string text(const std::string& s) { return s; }

  void collect(milliseconds patience);
  void keep(const Bytes& frame, Side side);
  std::optional<Seen> take(Side side, const Match& match);
  std::optional<Seen> await(Side side, const Match& match, milliseconds patience);
  Seen crossing(const Bytes& frame, Side to);
  Seen repeated(const Bytes& frame, Side to);
  Endpoint mark_out();
  void mark_in(Endpoint external);
  [[nodiscard]] std::string others(Side side) const;

  Stage& stage_;
  Way way_;
  std::array<Tap, 3> taps_;  // by side
  std::deque<Seen> inbox_;
  unsigned sent_ = 0, received_ = 0;
};

// Set by the signal handler; every Wire that waits throws Interrupted.
extern std::atomic<bool> interrupted;

}  // namespace cgn::selftest
