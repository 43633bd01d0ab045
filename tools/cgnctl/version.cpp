// SPDX-License-Identifier: Apache-2.0
// cgnctl version: both versions. A daemon that does not answer is no failure here.
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

Exit version(const Session& session) {
  const auto reply = Client{session.options}.get(control::path::kVersion);
  const bool answered = reply.exit == Exit::ok;
  const auto daemon = answered ? reply.body.get<control::Version>() : control::Version{};
  if (session.options.wants_json()) {
    control::Json document{{"schema", "cgn/versions/1"}, {"cgnctl", CGN_VERSION}, {"cgnd", nullptr}, {"abi", nullptr}};
    if (answered) {
      document["cgnd"] = daemon.version;
      document["abi"] = daemon.abi;
    }
    session.print(document);
    return Exit::ok;
  }
  const auto told = answered ? daemon.version + " (abi " + std::to_string(daemon.abi) + ")"
                             : "does not answer at " + session.options.socket;
  return print(session, {.lines = {{"cgnctl", CGN_VERSION}, {"cgnd", told}}});
}

}  // namespace cgn::cgnctl
