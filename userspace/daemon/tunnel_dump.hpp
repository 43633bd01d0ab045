// SPDX-License-Identifier: Apache-2.0
// Tunnels as operators see them, beside the mappings.
//
// What        One document for each outbound entry of the kernel's `sessions` that the filter fits; what came in is the sum
//             over its inbound entries, of which an ESP tunnel may have several. Of a call of PPTP the ids stand where others
//             have ports: the one chosen inside, the one that the remote knows, the remote's.
// Failure     A walk that breaks gives its error.
#pragma once

#include "cgn/control.hpp"
#include "daemon/mapping_dump.hpp"

namespace cgn::daemon {

[[nodiscard]] Result<std::vector<control::Mapping>> tunnel_documents(Facade&, const MappingFilter&,
                                                                     const std::vector<config::Realm>&);

}  // namespace cgn::daemon
