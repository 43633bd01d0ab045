// SPDX-License-Identifier: Apache-2.0
// The parameters of computed blocks at a start: read from the log, told to the core, and recorded before the first packet.
//
// What        The log's last record says by what blocks were computed until now, the config by what from now on. What changes
//             hands rests (docs/deterministic.md). Until adoption has ended what does not fit, the former parameters are in
//             force; the new record is synced before any packet is served.
// Failure     A record that this version cannot read stops the start: nobody would know what has to rest.
// RFC         7422, 6888 REQ-8
#pragma once

#include "config/config.hpp"
#include "core/translator.hpp"
#include "journal/parameters.hpp"

namespace cgn::daemon {

struct ParametersAtStart {
  journal::Parameters parameters{};
  bool changed = false;  // other pools than the log's last record has
  bool recorded = true;  // the log needs a record: there are or were such pools
};

// `last`: the log's newest record, empty when there is none.
[[nodiscard]] Result<ParametersAtStart> parameters_at_start(const config::Config&, const std::string& last,
                                                            Duration rest, WallTime now);

// After the open blocks are adopted, before the mappings are.
void tell_core(core::Translator&, const journal::Parameters&, const Now&);

// A record of these, or of their end.
[[nodiscard]] Note note_of(const journal::Parameters&, const Now&);
[[nodiscard]] Note end_of(journal::Parameters, const Now&);

}  // namespace cgn::daemon
