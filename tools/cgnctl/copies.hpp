// SPDX-License-Identifier: Apache-2.0
// The verbs about copies of the legal record at collectors.
#pragma once

#include <string>

#include "cgnctl/session.hpp"

namespace CLI {
class App;
}

namespace cgn::cgnctl {

Exit show_export(const Session&);

struct ReplayArguments {
  std::string from{};  // a sequence number or a time; empty: the beginning
  std::string to{};    // likewise; empty: the end
  std::string to_collector{};
  std::string format = "rfc5424";  // of syslog, where the collector is an address
  std::string ca{};                // of TLS, likewise
  std::string config{};            // where collectors have their names; empty: the daemon's, else /etc/cgn/cgn.toml
  std::string log_dir{};
};
inline constexpr const char* kReplayExamples =
    "  cgnctl log replay --from 2026-11-20T00:00Z --to 2026-11-21T00:00Z --to-collector archive\n"
    "  cgnctl log replay --from 8840213 --to 8840299 --to-collector netflow9+udp://192.0.2.9:9995\n"
    "EXIT CODE\n  0 all was sent, 3 the interval is empty, 4 rows are missing or were not taken";
// The options of the verb; what is given goes into the arguments.
void declare(CLI::App& verb, ReplayArguments&);
Exit log_replay(const Session&, const ReplayArguments&);

}  // namespace cgn::cgnctl
