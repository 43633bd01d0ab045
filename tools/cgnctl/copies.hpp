// SPDX-License-Identifier: Apache-2.0
// The verbs about copies of the legal record: at collectors, in a ClickHouse server, as text for other programs.
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
// The options of the verb and its examples; what is given goes into the arguments.
void declare(CLI::App& verb, ReplayArguments&);
Exit log_replay(const Session&, const ReplayArguments&);

struct ExportArguments {
  std::string format{};
  std::string day{};   // "2026-11-20"; empty: all
  std::string from{};  // empty: the beginning
  std::string to{};    // empty: the end
  std::string into{};  // a ClickHouse server; empty: standard output
  std::string database = "cgn";
  std::string case_reference{};
  std::string audit_file{};
  std::string log_dir{};
  bool again = false;
};
void declare(CLI::App& verb, ExportArguments&);
Exit log_export(const Session&, const ExportArguments&);

}  // namespace cgn::cgnctl
