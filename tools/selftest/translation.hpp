// SPDX-License-Identifier: Apache-2.0
// What a translator may change in a packet, and nothing else.
#pragma once

#include "seen.hpp"

namespace cgn::selftest {

// Throws Failed unless `seen` is `sent` with other addresses and ports, a TTL less by one, the link header of the next
// hop, and checksums that are exactly as right or as wrong as they were. The identification may be another (RFC 6864).
void check_only_translated(const Seen& sent, const Seen& seen);

}  // namespace cgn::selftest
