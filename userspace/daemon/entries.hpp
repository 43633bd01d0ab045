// SPDX-License-Identifier: Apache-2.0
// A mapping of the core <-> the two entries of the kernel's table.
//
// What        Pure conversions, the only place that knows both shapes. An entry found in a table names its twin; which table
//             it was found in, that of mappings or that of sessions, the reader knows.
#pragma once

#include "cgn/abi.h"
#include "core/translator.hpp"

namespace cgn::daemon {

struct EntryPair {
  cgn_entry inbound{};
  cgn_entry outbound{};
};

[[nodiscard]] cgn_key outbound_key(const core::MappingView&);
[[nodiscard]] cgn_key inbound_key(const core::MappingView&);
[[nodiscard]] EntryPair to_entries(const core::MappingView&, Monotonic seen_at);

// The mapping that an outbound entry is one half of.
[[nodiscard]] core::MappingView to_mapping(const cgn_entry& outbound);
[[nodiscard]] bool is_outbound(const cgn_entry&);
// Of the mapping, whichever of its entries this is.
[[nodiscard]] RealmId internal_realm(const cgn_entry&);
// Found under its twin_key(): does it lead back, into the same realm?
[[nodiscard]] bool are_twins(const cgn_entry&, const cgn_entry&);
[[nodiscard]] cgn_key twin_key(const cgn_entry&);

// Of a connection that shares its port. The remote is the same in both directions.
[[nodiscard]] cgn_session_key outbound_session(const core::MappingView&);
[[nodiscard]] cgn_session_key inbound_session(const core::MappingView&);
[[nodiscard]] cgn_session_key twin_session(const cgn_entry&);
[[nodiscard]] core::MappingView to_connection(const cgn_entry& outbound);
[[nodiscard]] core::Seen to_seen(const cgn_entry&);

}  // namespace cgn::daemon
