// SPDX-License-Identifier: Apache-2.0
// Refusals as episodes: one alarm when a subscriber begins to be refused, not one per packet.
//
// What        An episode is one subscriber and one reason. It ends when a minute has passed without a refusal; a success
//             in between ends nothing, because a subscriber at its limit succeeds and fails by turns.
// Failure     At most kMost episodes are followed. Beyond, a new one raises no alarm until older ones end: a scan of
//             internal addresses cannot fill the memory or the operator's log. Counters tell of every refusal all the same.
// RFC         6888 REQ-11C
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>

#include "cgn/net.hpp"
#include "cgn/time.hpp"
#include "cgn/verdict.hpp"
#include "core/hash.hpp"

namespace cgn::core {

class Episodes {
 public:
  static constexpr std::size_t kMost = 16'384;
  static constexpr Duration kQuiet = std::chrono::seconds{60};

  // True: this refusal begins an episode.
  [[nodiscard]] bool begins(Verdict, const Prefix& subscriber, Monotonic now);

 private:
  void forget_quiet(Monotonic now);

  struct Watch {
    Monotonic look_at{};
    std::uint64_t key = 0;
  };
  tsl::robin_map<std::uint64_t, Monotonic, MixHash> last_refusal_;
  std::deque<Watch> watches_;  // one per episode, in the order in which they are looked at
};

}  // namespace cgn::core
