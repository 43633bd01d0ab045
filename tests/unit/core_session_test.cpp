// SPDX-License-Identifier: Apache-2.0
// The lifetime of a mapping as a table: what was seen -> state and deadline.
#include "core/session.hpp"

#include <catch2/catch.hpp>

namespace cgn::core {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t S = CGN_SEEN_SYN, A = CGN_SEEN_ACK, F = CGN_SEEN_FIN, R = CGN_SEEN_RST;
constexpr Stamp kSecond = CGN_TICKS_PER_SECOND;

struct Row {
  const char* says;
  Proto proto;
  Seen out;
  Seen in;
  SessionState state;
  Stamp deadline;
};

Seen seen(std::uint8_t bits, unsigned last_seen, unsigned last_data = 0, unsigned closed_at = 0) {
  return {true, bits, last_seen * kSecond, last_data * kSecond, closed_at * kSecond};
}

TEST_CASE("lifetime as a table", "[RFC4787-REQ-5][RFC4787-REQ-6][RFC5382-REQ-5][RFC5508-REQ-2][RFC7857-2]") {
  const auto row = GENERATE(values<Row>({
      {"UDP lives 300 s from the last outbound packet", Proto::udp, seen(0, 1000), seen(0, 0), SessionState::query,
       1300},
      {"inbound UDP refreshes nothing", Proto::udp, seen(0, 1000), seen(0, 1299), SessionState::query, 1300},
      {"ICMP lives 60 s from the last outbound packet", Proto::icmp, seen(0, 1000), seen(0, 1050), SessionState::query,
       1060},
      {"a lone SYN is opening", Proto::tcp, seen(S, 1000), seen(0, 0), SessionState::opening, 1240},
      {"inbound SYNs do not keep an opening mapping", Proto::tcp, seen(S, 1000), seen(S, 1200), SessionState::opening,
       1240},
      {"ACK from one side alone is still opening", Proto::tcp, seen(S | A, 1000), seen(S, 1001), SessionState::opening,
       1240},
      {"ACK both ways is established", Proto::tcp, seen(S | A, 1000), seen(S | A, 1000), SessionState::established,
       8440},
      {"inbound refreshes an established session", Proto::tcp, seen(S | A, 1000), seen(S | A, 2000),
       SessionState::established, 9440},
      {"half-closed is established", Proto::tcp, seen(S | A | F, 1000, 0, 1000), seen(S | A, 3000),
       SessionState::established, 10440},
      {"FIN both ways closes, from the later one", Proto::tcp, seen(S | A | F, 1010, 900, 1000),
       seen(S | A | F, 1011, 900, 1005), SessionState::closing, 1245},
      {"a late pure ACK revives nothing", Proto::tcp, seen(S | A | F, 1100, 900, 1000),
       seen(S | A | F, 1200, 900, 1005), SessionState::closing, 1245},
      {"payload after the last FIN revives", Proto::tcp, seen(S | A | F, 1100, 1100, 1000),
       seen(S | A | F, 1005, 900, 1005), SessionState::established, 8540},
      {"payload between the FINs does not", Proto::tcp, seen(S | A | F, 1000, 0, 1000),
       seen(S | A | F, 1005, 1003, 1005), SessionState::closing, 1245},
      {"one RST closes", Proto::tcp, seen(S | A, 1000), seen(S | A | R, 1002, 0, 1002), SessionState::closing, 1242},
      {"an RST before any answer closes too", Proto::tcp, seen(S | R, 1002, 0, 1002), seen(0, 0), SessionState::closing,
       1242},
      {"revival by the remote alone does not shorten what closing gave", Proto::tcp, seen(S, 1000),
       seen(A | R, 1210, 1210, 1200), SessionState::opening, 1440},
      {"payload after an RST revives", Proto::tcp, seen(S | A, 1010, 1010), seen(S | A | R, 1002, 0, 1002),
       SessionState::established, 8450},
  }));
  INFO(row.says);
  const auto life = lifetime_of(row.proto, 0, {row.out, row.in}, config::Timeouts{});
  CHECK(life.state == row.state);
  CHECK(life.deadline == row.deadline * kSecond);
  CHECK_FALSE(life.over(life.deadline));
  CHECK(life.over(life.deadline + 1));
}

TEST_CASE("a mapping that only spoke to port 53 lives udp_dns, if that is set", "[RFC4787-REQ-5a]") {
  config::Timeouts timeouts;
  const SeenBoth only_dns{seen(0, 1000), seen(0, 1000)};
  SeenBoth others = only_dns;
  others.outbound.bits = CGN_SEEN_NOT_DNS;
  const auto life = [&](std::uint8_t features, const SeenBoth& s) {
    return lifetime_of(Proto::udp, features, s, timeouts).deadline / kSecond;
  };
  CHECK(life(CGN_FEATURE_DNS, only_dns) == 1300);
  timeouts.udp_dns = 15s;
  CHECK(life(CGN_FEATURE_DNS, only_dns) == 1015);
  CHECK(life(CGN_FEATURE_DNS, others) == 1300);
  CHECK(life(0, only_dns) == 1300);
}

TEST_CASE("each of the TCP timers is honoured by itself", "[RFC7857-2.1]") {
  config::Timeouts timeouts;
  timeouts.tcp_opening = 30s;
  timeouts.tcp_established = 8000s;
  timeouts.tcp_closing = 300s;
  const auto deadline = [&](Seen out, Seen in) {
    return lifetime_of(Proto::tcp, 0, {out, in}, timeouts).deadline / kSecond;
  };
  CHECK(deadline(seen(S, 1000), seen(0, 0)) == 1030);
  CHECK(deadline(seen(A, 1000), seen(A, 1000)) == 9000);
  CHECK(deadline(seen(R, 1000, 0, 1000), seen(0, 0)) == 1300);
}

}  // namespace
}  // namespace cgn::core
