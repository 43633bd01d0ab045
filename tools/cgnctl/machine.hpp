// SPDX-License-Identifier: Apache-2.0
// What this machine has, for `config check`: interfaces with MTU and addresses, memory.
#pragma once

#include "cgn/result.hpp"
#include "config/check.hpp"

namespace cgn::cgnctl {

[[nodiscard]] Result<config::MachineFacts> machine_facts();

}  // namespace cgn::cgnctl
