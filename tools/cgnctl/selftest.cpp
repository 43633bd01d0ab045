// SPDX-License-Identifier: Apache-2.0
// cgnctl selftest: the conformance suite. cgn-selftest plays it; needs no daemon, and touches none that runs.
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

Exit selftest(const Session& session, const SelftestArguments& arguments) {
  std::vector<std::string> command{"cgn-selftest", "--against", arguments.against, "--mode", arguments.mode};
  if (!arguments.only.empty()) command.insert(command.end(), {"--only", arguments.only});
  if (arguments.list) command.emplace_back("--list");
  if (arguments.verbose) command.emplace_back("--verbose");
  if (session.options.wants_json()) command.emplace_back("--json");
  const int code = session.run_program(command);
  if (code == 0) return Exit::ok;
  if (code == static_cast<int>(Exit::usage)) return Exit::usage;
  if (code == 1) return session.fail(Exit::failed, {"a row failed or was not played", "the rows say why"});
  return session.fail(Exit::failed, {"cgn-selftest failed with exit code " + std::to_string(code),
                                     "it must stand beside cgnctl or in PATH"});
}

}  // namespace cgn::cgnctl
