// SPDX-License-Identifier: Apache-2.0
// What config::check() must know of this machine.
#pragma once

#include "cgn/result.hpp"
#include "config/parse.hpp"

namespace cgn::daemon {

[[nodiscard]] Result<config::MachineFacts> machine_facts();

}  // namespace cgn::daemon
