// SPDX-License-Identifier: Apache-2.0
// Refusals as episodes: one alarm when a subscriber begins to be refused and one when that is over, not one per packet.
//
// What        An episode is one subscriber and one reason. It is over when a minute has passed without a refusal; a success
//             in between ends nothing, because a subscriber at its limit succeeds and fails by turns.
// Life-cycle  refused() begins or prolongs, over() hands out what has ended.
// Failure     At most kMost episodes are followed. Beyond, a new one raises no alarm until older ones end: a scan of
//             internal addresses cannot fill the memory or the operator's log. Counters tell of every refusal all the same.
// RFC         6888 REQ-11C
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "cgn/realm.hpp"
#include "cgn/time.hpp"
#include "cgn/verdict.hpp"
#include "core/hash.hpp"

namespace cgn::core {

struct Episode {
  Verdict reason{};
  SubscriberId subscriber;
  std::uint32_t pool = 0;  // index
  WallTime since{};
  Monotonic last{};           // refusal
  std::uint64_t refused = 0;  // packets so far
};

class Episodes {
 public:
  static constexpr std::size_t kMost = 16'384;
  static constexpr Duration kQuiet = std::chrono::seconds{60};

  // True: this refusal begins an episode.
  [[nodiscard]] bool refused(Verdict, const SubscriberId& subscriber, std::uint32_t pool, const Now&);
  // Those that are over, each once; looks at `most` at most.
  void over(Monotonic now, std::size_t most, std::vector<Episode>& out);

  [[nodiscard]] std::size_t count() const { return running_.size(); }
  template <class Visit>
  void each(std::size_t most, Visit visit) const {
    for (auto e = running_.begin(); e != running_.end() && most > 0; ++e, --most) visit(e->second);
  }

 private:
  struct Watch {
    Monotonic look_at{};
    std::uint64_t key = 0;
  };
  tsl::robin_map<std::uint64_t, Episode, MixHash> running_;
  std::deque<Watch> watches_;  // one per episode, in the order in which they are looked at
};

}  // namespace cgn::core
