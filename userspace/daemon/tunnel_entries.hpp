// SPDX-License-Identifier: Apache-2.0
// A tunnel of the core <-> its entries in the kernel's `sessions`.
//
// What        Pure conversions, the only place that knows both shapes (struct cgn_session_key in abi.h).
#pragma once

#include "cgn/abi.h"
#include "core/tunnels.hpp"

namespace cgn::daemon {

[[nodiscard]] cgn_entry outbound_entry(const core::Tunnel&, Stamp seen_at);
// Of GRE with SPI 0.
[[nodiscard]] cgn_entry inbound_entry(const core::Tunnel&, core::Spi, Stamp seen_at);
// Who gets an unknown SPI.
[[nodiscard]] cgn_entry mark_entry(const core::Tunnel&, bool alone);

[[nodiscard]] bool is_tunnel(const cgn_entry&);
[[nodiscard]] core::Spi spi_of(const cgn_entry& inbound);
// What an entry of either direction says of its tunnel, without anchor and SPIs.
[[nodiscard]] core::Tunnel tunnel_of(const cgn_entry&);

}  // namespace cgn::daemon
