// SPDX-License-Identifier: Apache-2.0
// cgnctl show mapping: live mappings, from the fast path's own table.
#include <fmt/format.h>

#include <ostream>

#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

struct Shown {
  control::Json mappings = control::Json::array();
  std::optional<control::MappingsEnd> end{};
};

Query query_of(const MappingArguments& arguments) {
  Query query{{"limit", std::to_string(arguments.limit)}};
  if (!arguments.internal.empty()) query.emplace("internal", arguments.internal);
  if (!arguments.external.empty()) query.emplace("external", arguments.external);
  if (!arguments.proto.empty()) query.emplace("proto", arguments.proto);
  if (!arguments.realm.empty()) query.emplace("realm", arguments.realm);
  return query;
}

Table table_of(const control::Json& mappings) {
  Table table{.columns = {{"PROTO"},
                          {"INTERNAL"},
                          {"EXTERNAL"},
                          {"REMOTE"},
                          {"STATE"},
                          {"IDLE", true},
                          {"PACKETS-OUT", true},
                          {"BYTES-OUT", true},
                          {"PACKETS-IN", true},
                          {"BYTES-IN", true}}};
  std::vector<std::string> realms;
  for (const auto& json : mappings) {
    const auto m = json.get<control::Mapping>();
    realms.push_back(m.realm);
    table.rows.push_back({m.proto, m.internal, m.external, m.remote, m.shared ? m.state + ",shared" : m.state,
                          fmt::format("{:.1f}s", static_cast<double>(m.idle_ms) / 1000), std::to_string(m.packets_out),
                          std::to_string(m.bytes_out), std::to_string(m.packets_in), std::to_string(m.bytes_in)});
  }
  add_realms(table, realms);
  return table;
}

Exit once(const Session& session, const MappingArguments& arguments) {
  Shown shown;
  const auto reply =
      Client{session.options}.lines(control::path::kMappings, query_of(arguments), [&](const auto& line) {
        if (line.contains("end")) {
          shown.end = line.template get<control::MappingsEnd>();
        } else {
          shown.mappings.push_back(line);
        }
        return true;
      });
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  if (!shown.end) return session.fail(Exit::failed, {"the list ended too early", "ask again"});
  if (session.options.wants_json()) {
    session.print({{"schema", shown.end->schema}, {"mappings", std::move(shown.mappings)}, {"more", shown.end->more}});
  } else if (const auto exit = print(session, {.table = table_of(shown.mappings)}); exit != Exit::ok) {
    return exit;
  }
  if (!shown.end->error.empty()) return session.fail(Exit::failed, {"the list is not whole: " + shown.end->error});
  if (shown.end->more && session.options.format == Format::text) {
    session.err << "note: there are more; --limit 0 shows all\n";
  }
  return Exit::ok;
}

}  // namespace

Exit show_mapping(const Session& session, const MappingArguments& arguments) {
  return session.watched([&] { return once(session, arguments); });
}

}  // namespace cgn::cgnctl
