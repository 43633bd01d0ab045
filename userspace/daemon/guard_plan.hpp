// SPDX-License-Identifier: Apache-2.0
// What the leak guard must hold, from the config alone. Pure.
//
// What        Interfaces by name, whether they are there or not: a rule by name waits for its interface. Prefixes are
//             merged as far as they cover exactly the same addresses, because the kernel tries rule after rule for
//             every route look-up, the program's included.
#pragma once

#include "config/config.hpp"
#include "io/guard.hpp"

namespace cgn::daemon {

[[nodiscard]] io::GuardPlan guard_plan(const config::Config&);

// The fewest prefixes that cover exactly the addresses of the given ones, sorted.
[[nodiscard]] std::vector<Prefix> merged(std::vector<Prefix>);

}  // namespace cgn::daemon
