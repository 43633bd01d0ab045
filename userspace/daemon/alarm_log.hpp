// SPDX-License-Identifier: Apache-2.0
// The core's notices as lines of the operator's log: one when something begins to run short, one when that is over.
//
// What        Sentences with the names in them. The same sentences stand in GET /v1/alarms.
// Failure     A pool that fills up refuses thousands of subscribers at once: kMostPerSecond lines are written, then one that
//             says how many more there were. `cgnctl show alarms` lists them all.
// RFC         6888 REQ-11C · 8158 (words)
#pragma once

#include <string>

#include "cgn/verdict.hpp"
#include "core/effects.hpp"

namespace cgn::daemon {

[[nodiscard]] NatEvent event_of(Verdict);
[[nodiscard]] std::string_view word_of(NatEvent);
[[nodiscard]] std::string_view word_of(Resource);
[[nodiscard]] std::string sentence_of(const core::Alarm&);
[[nodiscard]] std::string sentence_of(const core::AlarmOver&);
[[nodiscard]] std::string sentence_of(const core::Threshold&);

class AlarmLog {
 public:
  static constexpr unsigned kMostPerSecond = 20;

  void tell(const core::Alarm&, const Now&);
  void tell(const core::AlarmOver&, const Now&);
  void tell(const core::Threshold&, const Now&);

 private:
  [[nodiscard]] bool room(const Now&);

  Monotonic second_began_{};
  unsigned written_ = 0;
  unsigned unwritten_ = 0;
};

}  // namespace cgn::daemon
