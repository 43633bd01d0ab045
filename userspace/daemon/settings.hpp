// SPDX-License-Identifier: Apache-2.0
// The config's limits as the program's run-time switches. Pure.
#pragma once

#include "cgn/abi.h"
#include "config/config.hpp"

namespace cgn::daemon {

// A subscriber may punt twice its new mappings a second (retransmissions included), or 5000 without such a limit.
// Strangers together get a quarter of the slow path, TCP control of shared mappings an eighth.
[[nodiscard]] cgn_settings make_settings(const config::Config&, std::uint64_t seed);

}  // namespace cgn::daemon
