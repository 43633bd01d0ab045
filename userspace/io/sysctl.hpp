// SPDX-License-Identifier: Apache-2.0
// Whether the kernel forwards IPv4 from an interface: net.ipv4.conf.IF.forwarding.
//
// What        Reads and writes one switch through /proc/sys/net, which shows the network namespace of the calling
//             thread. (Writing net.ipv4.ip_forward or conf.all.forwarding rewrites the switch of every interface; who
//             relies on one must look again.)
// Failure     An interface that does not exist reads as nullopt; writing it is an error.
#pragma once

#include <optional>
#include <string>

#include "cgn/result.hpp"

namespace cgn::io {

[[nodiscard]] Result<std::optional<bool>> read_forwarding(const std::string& interface);
[[nodiscard]] Result<> write_forwarding(const std::string& interface, bool on);

}  // namespace cgn::io
