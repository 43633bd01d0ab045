// SPDX-License-Identifier: Apache-2.0
// The parameters of computed blocks at a start.
#include "daemon/parameters.hpp"

#include <algorithm>

#include "config/deterministic.hpp"

namespace cgn::daemon {

using std::chrono::milliseconds;

Result<ParametersAtStart> parameters_at_start(const config::Config& config, const std::string& last, Duration rest,
                                              WallTime now) {
  journal::Parameters before;
  if (!last.empty()) {
    TRY(parsed, journal::parse_parameters(last));
    before = std::move(parsed);
  }
  before.node_id = config.node.id;
  before.node_name = config.node.name;
  auto pools = config::parameters_of(config);
  ParametersAtStart start{.changed = pools != before.pools, .recorded = !pools.empty() || !before.pools.empty()};
  start.parameters =
      journal::next_parameters(before, std::move(pools), now, std::chrono::duration_cast<milliseconds>(rest));
  return start;
}

void tell_core(core::Translator& translator, const journal::Parameters& parameters, const Now& now) {
  translator.compute_since(parameters.since);
  for (const auto& former : parameters.former) {
    // A wall clock that stepped back could put the end into the future; it then rests in full.
    const auto age = std::max<Duration>(now.wall - former.until, Duration::zero());
    for (const auto& pool : former.pools) {
      translator.rest_former(DeterministicPlan{pool}, now.mono - age, parameters.rest);
    }
  }
}

Note note_of(const journal::Parameters& parameters, const Now& now) {
  return {.kind = NoteKind::deterministic, .detail = journal::to_detail(parameters), .at = now};
}

Note end_of(journal::Parameters parameters, const Now& now) {
  return note_of(journal::next_parameters(parameters, {}, now.wall, parameters.rest), now);
}

}  // namespace cgn::daemon
