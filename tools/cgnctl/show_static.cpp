// SPDX-License-Identifier: Apache-2.0
// cgnctl show static: the mappings that the config gives.
#include "cgn/control_statics.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  Table table{
      .columns = {
          {"PROTO"}, {"EXTERNAL"}, {"INTERNAL"}, {"STATE"}, {"SINCE"}, {"PACKETS_OUT", true}, {"PACKETS_IN", true}}};
  std::vector<std::string> realms;
  for (const auto& s : json.get<control::Statics>().statics) {
    realms.push_back(s.realm);
    table.rows.push_back({s.proto, s.external, s.internal, s.state, s.since.empty() ? "-" : s.since,
                          std::to_string(s.packets_out), std::to_string(s.packets_in)});
  }
  add_realms(table, realms);
  return {.table = std::move(table)};
}

}  // namespace

Exit show_static(const Session& session) { return show(session, control::path::kStatics, {}, page_of); }

}  // namespace cgn::cgnctl
