// SPDX-License-Identifier: Apache-2.0
// cgnctl config show: the configuration in force, as it was written or with every default filled in.
#include <fstream>
#include <ostream>
#include <sstream>

#include "cgnctl/client.hpp"
#include "cgnctl/verbs.hpp"
#include "config/parse.hpp"

namespace cgn::cgnctl {

namespace {

Reply from_file(const std::string& file) {
  std::ifstream in{file};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return {Exit::config, {}, {"cannot read " + file}};
  return {.body = control::ConfigText{.file = file, .text = text.str()}};
}

Reply from_daemon(const Session& session) {
  auto reply = Client{session.options}.get(control::path::kConfig);
  if (reply.exit == Exit::unreachable) reply.error.hint += "; or name a file: cgnctl config show FILE";
  return reply;
}

}  // namespace

Exit config_show(const Session& session, const std::string& file, bool defaults) {
  const auto reply = file.empty() ? from_daemon(session) : from_file(file);
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  auto document = reply.body.get<control::ConfigText>();
  if (defaults) {
    const auto parsed = config::parse(document.text);
    for (const auto& complaint : parsed.complaints) {
      session.err << config::to_string(complaint, document.file) << "\n";
    }
    if (!parsed.complaints.empty()) return Exit::config;
    document.text = config::to_toml(parsed.config);
  }
  if (session.options.wants_json()) {
    session.print(document);
  } else {
    session.out << document.text << std::flush;
  }
  return Exit::ok;
}

}  // namespace cgn::cgnctl
