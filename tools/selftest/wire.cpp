// SPDX-License-Identifier: Apache-2.0
// Sending, collecting, matching.
#include "wire.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "craft.hpp"
#include "pace.hpp"
#include "translation.hpp"

namespace cgn::selftest {
namespace {

// Enough for a first packet whose port block has to reach the disk of a busy machine.
constexpr milliseconds kPatience{2500};
constexpr milliseconds kSlice{50};
constexpr std::array kSides{Side::inside, Side::outside, Side::east};
constexpr std::size_t kInbox = 4096;  // a flood that nobody asked for must not eat the tester

bool is_from(const Mac& mac, const Bytes& frame) {
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    if (std::to_integer<std::uint8_t>(frame.at(6 + i)) != mac.bytes[i]) return false;
  }
  return true;
}

Side side_of_sender(const Bytes& frame) {
  if (is_from(kAccessMac, frame)) return Side::inside;
  return is_from(kEastMac, frame) ? Side::east : Side::outside;
}

Seen as_sent(const Bytes& frame) {
  auto seen = decode(frame, side_of_sender(frame));
  if (!seen) throw Failed{"the row built a frame that its own tester cannot read"};
  return *seen;
}

Wire::Match like(const Seen& sent) {
  return [print = fingerprint(sent)](const Seen& seen) { return fingerprint(seen) == print; };
}

// An ICMP error that quotes what the sender sent, in the sender's own terms.
Wire::Match error_about(const Seen& sent) {
  return [sent](const Seen& seen) {
    const auto quote = quoted(seen);
    return quote && quote->protocol == sent.protocol && quote->from() == sent.from() && quote->to() == sent.to();
  };
}

}  // namespace

std::atomic<bool> interrupted{false};

Result<Wire> Wire::open(Stage& stage, Way way) {
  TRY(inside, Tap::open(stage.lab().wire(), "sub0"));
  TRY(outside, Tap::open(stage.lab().wire(), "net0"));
  TRY(east, Tap::open(stage.lab().wire(), "sub1"));
  return Wire{stage, way, {std::move(inside), std::move(outside), std::move(east)}};
}

Frame Wire::between(Ipv4 from, Ipv4 to) {
  const bool inside = kShared.contains(from) || from == kAccessRouter;
  const auto& [source, destination] =
      inside ? std::pair{kAccessMac, kDeviceInsideMac} : std::pair{kBorderMac, kDeviceOutsideMac};
  return Frame{}.eth(source, destination).ipv4(from, to);
}

Bytes Wire::by_east(Bytes frame) {
  for (std::size_t i = 0; i < kEastMac.bytes.size(); ++i) {
    frame.at(i) = std::byte{kDeviceEastMac.bytes[i]};
    frame.at(6 + i) = std::byte{kEastMac.bytes[i]};
  }
  return frame;
}

std::string Wire::token() { return fmt::format("cgn selftest {:08x}", stage_.token()); }

Frame Wire::udp(Endpoint from, Endpoint to) {
  return between(from.address, to.address).udp(from.port.value(), to.port.value()).payload(token());
}
Frame Wire::ping(Ipv4 from, Ipv4 to, unsigned identifier) {
  return between(from, to).echo_request(identifier).payload(token());
}
Frame Wire::pong(Ipv4 from, Ipv4 to, unsigned identifier) {
  return between(from, to).echo_reply(identifier).payload(token());
}

Bytes Wire::tcp(Endpoint from, Endpoint to, std::uint8_t flags) {
  const auto sequence = 1'000'000'000u + stage_.token() * 65536u;
  return with_numbers(between(from.address, to.address).tcp(from.port.value(), to.port.value(), flags),
                      {.sequence = sequence, .acknowledgement = (flags & kAck) != 0 ? 1u : 0u});
}

void Wire::send(const Bytes& frame) {
  tap(side_of_sender(frame)).send(frame);
  ++sent_;
}

Seen Wire::out(const Bytes& frame) {
  const auto seen = repeated(frame, Side::outside);
  check(kPools.contains(seen.source), "a pool address as source outside, saw " + describe(seen));
  same(seen.to(), as_sent(frame).to(), "the destination, sent and seen,");
  return seen;
}

Seen Wire::in(const Bytes& frame, Side to) {
  const auto seen = crossing(frame, to);
  check(kShared.contains(seen.destination), "a subscriber as destination inside, saw " + describe(seen));
  check(kPools.contains(as_sent(frame).destination), "to have written to a pool address, not " + describe(seen));
  same(seen.from(), as_sent(frame).from(), "the source, sent and seen,");
  return seen;
}

Seen Wire::hairpin(const Bytes& frame, Side to) {
  const auto seen = repeated(frame, to);
  check(kShared.contains(seen.destination), "a subscriber as destination inside, saw " + describe(seen));
  check(kPools.contains(seen.source), "a pool address as source of a hairpinned packet, saw " + describe(seen));
  return seen;
}

Seen Wire::untranslated(const Bytes& frame) {
  const auto sent = as_sent(frame);
  const auto seen = repeated(frame, opposite(sent.side));
  same(seen.from(), sent.from(), "the source, sent and seen,");
  same(seen.to(), sent.to(), "the destination, sent and seen,");
  return seen;
}

// On the fast ways the second of two equal packets is the one that counts.
Seen Wire::repeated(const Bytes& frame, Side to) {
  auto seen = crossing(frame, to);
  if (way_ == Way::slow) return seen;
  const auto again = crossing(frame, to);
  same(again.from(), seen.from(), "the source of the first packet (slow path) and of the second (fast path)");
  same(again.to(), seen.to(), "the destination of the first packet (slow path) and of the second (fast path)");
  return again;
}

Seen Wire::crossing(const Bytes& frame, Side to) {
  const auto sent = as_sent(frame);
  send(frame);
  auto seen = expect(to, describe(sent) + " to cross", like(sent));
  check_only_translated(sent, seen);
  return seen;
}

void Wire::refused(const Bytes& frame) {
  send(frame);
  const auto match = like(as_sent(frame));
  for (const auto side : kSides) expect_nothing(side, describe(as_sent(frame)), match);
}

void Wire::refused_somehow(const Bytes& frame, Ipv4 remote) {
  send(frame);
  expect_nothing(opposite(side_of_sender(frame)), "a damaged packet",
                 [&](const Seen& s) { return s.destination == remote; });
}

Seen Wire::expect(Side side, std::string_view what, const Match& match) {
  if (auto seen = await(side, match, kPatience)) return *seen;
  throw Failed{fmt::format("expected {}; saw {}", what, others(side))};
}

void Wire::expect_nothing(Side side, std::string_view what, const Match& match) {
  settle();
  if (const auto seen = take(side, match)) {
    throw Failed{fmt::format("expected {} to be refused; saw {}", what, describe(*seen))};
  }
}

Seen Wire::told(const Bytes& frame, unsigned type, unsigned code) {
  const auto sent = as_sent(frame);
  auto error = expect(sent.side, fmt::format("ICMP {}/{} about {}", type, code, describe(sent)), error_about(sent));
  check(error.icmp_type == type && error.icmp_code == code,
        fmt::format("ICMP {}/{}, saw {}", type, code, describe(error)));
  check(error.header_checksum_right && error.transport_checksum_right, "right checksums of " + describe(error));
  same(error.destination, sent.source, "the destination of the error and the sender");
  return error;
}

void Wire::not_told(const Bytes& frame) {
  const auto sent = as_sent(frame);
  expect_nothing(sent.side, "an ICMP error about " + describe(sent), error_about(sent));
}

// Twice: the daemon may take up the marker's ring before that of the other port, but not twice.
void Wire::settle() {
  for (int round = 0; round < 2; ++round) mark_in(mark_out());
}

// A first packet: it waits in the same queue of the slow path as what was sent before it.
Endpoint Wire::mark_out() {
  const auto marker = udp(stage_.marker(), at(kServers.last(), 9));
  send(marker);
  const auto seen = await(Side::outside, like(as_sent(marker)), kPatience);
  if (!seen) throw Failed{"the marker that follows the packets in question did not come out: is the device alive?"};
  return seen->from();
}

void Wire::mark_in(Endpoint external) {
  const auto marker = udp(at(kServers.last(), 9), external);
  send(marker);
  if (!await(Side::inside, like(as_sent(marker)), kPatience)) {
    throw Failed{"the answer to the marker that follows the packets in question did not come in"};
  }
}

steady_clock::time_point Wire::now() {
  return steady_clock::time_point{steady_clock::now().time_since_epoch() / pace()};
}

void Wire::pass(milliseconds time) {
  const auto end = now() + time;
  while (now() < end) collect(std::min(kSlice, std::chrono::ceil<milliseconds>(end - now())));
}

void Wire::in_time(steady_clock::time_point since, milliseconds most) {
  if (now() - since > most) throw Late{"the machine was too slow to race this timer"};
}

void Wire::check(bool so, const std::string& expected) {
  if (!so) throw Failed{"expected " + expected};
}

std::string Wire::ask(std::string_view words) const {
  auto answer = stage_.device().ask(split(words));
  if (!answer) throw Failed{answer.error().what};
  return *answer;
}

std::optional<Seen> Wire::await(Side side, const Match& match, milliseconds patience) {
  const auto end = now() + patience;
  for (;;) {
    if (auto seen = take(side, match)) return seen;
    if (now() >= end) return std::nullopt;
    collect(kSlice);
  }
}

std::optional<Seen> Wire::take(Side side, const Match& match) {
  collect(milliseconds{0});
  const auto found = std::ranges::find_if(inbox_, [&](const Seen& s) { return s.side == side && match(s); });
  if (found == inbox_.end()) return std::nullopt;
  auto seen = std::move(*found);
  inbox_.erase(found);
  return seen;
}

void Wire::collect(milliseconds patience) {
  if (interrupted) throw Interrupted{};
  std::array<pollfd, kSides.size()> readable{};
  for (std::size_t i = 0; i < kSides.size(); ++i) readable[i] = {tap(kSides[i]).fd(), POLLIN, 0};
  ::poll(readable.data(), readable.size(), static_cast<int>(patience.count()));
  for (const auto side : kSides) {
    for (const auto& frame : tap(side).receive()) keep(frame, side);
  }
}

void Wire::keep(const Bytes& frame, Side side) {
  auto seen = decode(frame, side);
  if (!seen) return;
  ++received_;
  const bool leak = kShared.contains(seen->source) && seen->destination != kUntranslated;
  if (side == Side::outside && leak) stage_.note_untranslated(describe(*seen));
  inbox_.push_back(std::move(*seen));
  if (inbox_.size() > kInbox) inbox_.pop_front();
}

// For the message of a failure: what was there instead.
std::string Wire::others(Side side) const {
  constexpr int kMost = 3;
  std::string text;
  int count = 0;
  for (auto seen = inbox_.rbegin(); seen != inbox_.rend() && count < kMost; ++seen) {
    if (seen->side != side) continue;
    text += (text.empty() ? "" : "; ") + describe(*seen);
    ++count;
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace cgn::selftest
