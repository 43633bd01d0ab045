// SPDX-License-Identifier: Apache-2.0
// From an accounting request to a claim: when it happened, and to whom.
//
// What        PURE. The event's own time counts, not that of its arrival: Acct-Delay-Time says how long the NAS has been trying,
//             and needs no clock of the NAS; without it Event-Timestamp does, if it is older than now (a clock that is ahead
//             says nothing). Both tell whole seconds, so a time that is not that of the arrival is known to a second.
// RFC         2866 section 5.2 (Acct-Delay-Time), 5.7 (Acct-Session-Time); 2869 section 5.3 (Event-Timestamp)
#pragma once

#include <optional>

#include "daemon/identity_book.hpp"
#include "radius/accounting.hpp"

namespace cgn::daemon {

[[nodiscard]] journal::Span moment_of(const radius::Accounting&, WallTime arrival);

// Of Start, Interim-Update and Stop with an address; `source` is the NAS, `by` the client that sent it.
struct Sender {
  std::string realm{};
  std::string source{};
  std::string by{};
};
[[nodiscard]] IdentityReport report_of(const radius::Accounting&, const Sender&, WallTime arrival, bool use_netmask);

}  // namespace cgn::daemon
