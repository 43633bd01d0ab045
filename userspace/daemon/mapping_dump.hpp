// SPDX-License-Identifier: Apache-2.0
// Mappings shown to an operator: which ones, and how far the walk has come.
//
// What        A MappingFilter is read from a request; dump_mappings() gives the JSON Lines of those that fit. The fast
//             path's table is the source, never the core: a dump of millions costs the brain nothing. A filter that
//             names an endpoint is answered by look-up, any other by a walk. Connections that share ports come last, and
//             always by a walk: an endpoint may have any number of them.
// Ownership   Borrows the Facade.
// Failure     A walk that breaks ends with a line that says so.
#pragma once

#include <optional>

#include "daemon/commands.hpp"

namespace cgn::daemon {

struct MappingFilter {
  std::optional<Prefix> internal{};  // an address, or a prefix
  std::optional<RealmId> realm{};    // of the internal end
  std::optional<Prefix> external{};
  std::optional<Port> internal_port{};
  std::optional<Port> external_port{};
  std::optional<Proto> proto{};
  std::uint64_t limit = 1000;  // 0 = all

  [[nodiscard]] static Result<MappingFilter> of(const io::ControlRequest&, const std::vector<config::Realm>&);
  [[nodiscard]] bool fits(const core::MappingView&) const;
};

[[nodiscard]] io::ControlLines dump_mappings(Facade&, const MappingFilter&);

}  // namespace cgn::daemon
