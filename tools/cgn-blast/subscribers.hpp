// SPDX-License-Identifier: Apache-2.0
// Subscribers by the thousand: send UDP from many addresses and ports, and judge every answer.
//
// What        Flow i is subscriber base + i % count, port first_port + i / count, towards target i % targets. Each
//             round sends one datagram of every flow. An answer must come from the target, to the very endpoint that
//             its payload names, with whole payload and right checksums; everything else is wrong.
// Failure     A wrong answer is never an error of the run: it is counted, and the caller decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

struct SubscribersPlan {
  std::string interface;
  std::optional<Mac> gateway{};  // default: asked
  Ipv4 base{};
  unsigned count = 1;
  unsigned flows = 1;  // per subscriber
  Port first_port{10000};
  std::vector<Endpoint> targets{};
  std::uint64_t rate = 10'000;  // datagrams per second
  unsigned seconds = 10;        // no longer than this
  unsigned rounds = 0;          // no more than this; 0 = as many as fit
  unsigned patience_ms = 1000;  // for answers, after the last datagram
  std::size_t payload_size = 64;
};

struct SubscribersReport {
  std::uint64_t flows = 0;
  std::uint64_t rounds = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t wrong_destination = 0;  // delivered to another endpoint than the payload names
  std::uint64_t wrong_source = 0;       // not from a target
  std::uint64_t damaged = 0;            // payload or checksum
  std::uint64_t overrun = 0;            // answers that this machine was too slow to read
  std::uint64_t flows_answered = 0;     // at least once
  std::uint64_t flows_answered_in_last_round = 0;
  std::uint64_t longest_silence_ms = 0;  // between two answers, of whatever flow
  double seconds = 0;

  [[nodiscard]] std::uint64_t wrong() const { return wrong_destination + wrong_source + damaged; }
};

[[nodiscard]] Result<SubscribersReport> play_subscribers(const SubscribersPlan&);
[[nodiscard]] std::string to_json(const SubscribersReport&);

}  // namespace cgn::blast
