// SPDX-License-Identifier: Apache-2.0
// A call of PPTP <-> its two entries in the kernel's `sessions`.
//
// What        Pure conversions, the only place that knows both shapes (struct cgn_session_key in abi.h).
#pragma once

#include <optional>

#include "alg/pptp.hpp"
#include "cgn/abi.h"
#include "cgn/time.hpp"
#include "daemon/control_connections.hpp"

namespace cgn::daemon {

struct Call {
  using Id = alg::pptp::CallId;
  ControlConnection control;
  Ipv4 external{};
  Id own = 0;    // as its internal end chose it
  Id shown = 0;  // as the remote knows it: no other call of this external address to that remote has it
  Id peer = 0;   // the remote's; 0: not yet known
  friend bool operator==(const Call&, const Call&) = default;
};

// What comes in bears `shown`, and `own` afterwards.
[[nodiscard]] cgn_entry inbound_entry(const Call&);
// What leaves bears `peer`.
[[nodiscard]] cgn_entry outbound_entry(const Call&, Stamp seen_at = 0);

[[nodiscard]] bool is_call(const cgn_entry&);
// As far as an entry of either direction knows it: an inbound one has no `peer`, an outbound one no `own`.
[[nodiscard]] Call call_of(const cgn_entry&);

}  // namespace cgn::daemon
