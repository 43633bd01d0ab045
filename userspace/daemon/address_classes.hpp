// SPDX-License-Identifier: Apache-2.0
// What each IPv4 prefix is to us: subscriber, pool, ours, transit, broadcast, martian. Pure.
//
// What        Collects the prefixes of the config and of the interfaces and flattens them for a longest-prefix match: a
//             prefix carries the flags of every prefix around it, so that one look-up tells all. It does so once for each
//             realm and once for the outside: whose hosts look, that is whose subscribers they see. Sorted within each.
//
//                 100.64.0.0/10   SUBSCRIBER              100.64.0.0/10   SUBSCRIBER
//                 100.64.1.0/24   TRANSIT          ->     100.64.1.0/24   SUBSCRIBER TRANSIT
//                 100.64.1.1/32   LOCAL                   100.64.1.1/32   SUBSCRIBER TRANSIT LOCAL
//
//             A bogon of the config is a martian, as source and as destination, on every port; but whoever pastes a
//             public list of bogons has his own subscribers in it, so what a rule, a pool, transit or an interface names
//             by a prefix as long or longer is no bogon.
//
//             ARP is answered for the part of a pool that lies in a subnet connected to an external interface; never
//             for an address of the box or a broadcast address, for those are the kernel's.
#pragma once

#include <vector>

#include "config/config.hpp"
#include "io/links.hpp"
#include "io/program.hpp"

namespace cgn::daemon {

[[nodiscard]] std::vector<io::ClassifiedPrefix> classify_prefixes(const config::Config&,
                                                                  const std::vector<io::InterfaceInfo>&);

// The ports of bypass rules; a rule's number is the bypass_set of its remotes' class.
[[nodiscard]] std::vector<std::pair<cgn_bypass_port, std::uint8_t>> bypass_ports(const config::Config&);

}  // namespace cgn::daemon
