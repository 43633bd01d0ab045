// SPDX-License-Identifier: Apache-2.0
// A collector's address as people write it, and what of a collector does not go together: for the config and for cgnctl.
#pragma once

#include <string>
#include <string_view>

#include "cgn/collector.hpp"

namespace cgn::config {

// "10.0.0.9:9995", "udp://…", "tcp://…", "tls://[2001:db8::9]:6514": fills in transport, host and port. Empty: it is one; else what
// is wrong with it.
[[nodiscard]] std::string read_collector_address(std::string_view text, Collector&);
// What does not go together, of a collector that is whole otherwise; empty: all does.
[[nodiscard]] std::string unfit(const Collector&);

}  // namespace cgn::config
