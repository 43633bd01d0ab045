// SPDX-License-Identifier: Apache-2.0
// Reading [[realm]], and the key `realm` of whatever belongs to one.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

// With the default one CGN_MAX_REALMS.
inline constexpr std::size_t kMostRealms = CGN_MAX_REALMS - 1;

// Reads one [[realm]] and appends it. The interfaces are known, and the realms before it.
void read_realm(Section&, Config&);

// The key `realm` of a rule or a static mapping; all realms are known.
void read_realm_name(Section&, const Config&, RealmId& into);

// Once all rules are known: what only the realms together can tell.
void check_realms(const Config&, Complaints&);

// Gives the realms the numbers that they have in the kernel's tables, and to what names them.
void renumber(Config&, const std::vector<RealmId>& ids);
// The same, with the numbers of another config in which the same names stand, perhaps in another order.
void renumber_as(Config&, const Config& other);

}  // namespace cgn::config
