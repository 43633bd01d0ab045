// SPDX-License-Identifier: Apache-2.0
// Which number each realm of the config has in the kernel's tables. Pure.
//
// What        A realm keeps the number that the tables know it by, whatever its place in the file, because keys and entries
//             there hold it. A new one gets a number that no realm has or had; of those only when there is no other, for
//             what stands there under it goes at adoption: its blocks are another realm's.
#pragma once

#include <span>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"
#include "config/config.hpp"

namespace cgn::daemon {

// As many as there are realms, in their order. `known`: the map `realms`, by number.
[[nodiscard]] Result<std::vector<RealmId>> realm_numbers(const std::vector<config::Realm>&,
                                                         std::span<const cgn_realm_info> known);

[[nodiscard]] cgn_realm_info realm_info(std::string_view name, unsigned ifindex);

}  // namespace cgn::daemon
