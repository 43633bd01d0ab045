// SPDX-License-Identifier: Apache-2.0
// One neighbour as rtnetlink tells it; shared by the dump and by the watch.
#pragma once

#include <linux/netlink.h>

#include <optional>

#include "io/links.hpp"

namespace cgn::io {

// nullopt for what is not an IPv4 neighbour (IPv6, a bridge's forwarding entry, a proxy entry).
[[nodiscard]] std::optional<Neighbour> parse_neighbour(const nlmsghdr*);

}  // namespace cgn::io
