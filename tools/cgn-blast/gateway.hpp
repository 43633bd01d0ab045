// SPDX-License-Identifier: Apache-2.0
// Who the next machine of an interface is: its default gateway's MAC, as the kernel resolves it.
#pragma once

#include <string>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

// Waits at most two seconds for the gateway's ARP answer.
[[nodiscard]] Result<Mac> resolve_gateway(const std::string& interface);

}  // namespace cgn::blast
