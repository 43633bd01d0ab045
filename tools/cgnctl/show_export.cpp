// SPDX-License-Identifier: Apache-2.0
// cgnctl show export: how the copies of the legal record get on.
#include "cgn/control_exports.hpp"
#include "cgnctl/copies.hpp"
#include "cgnctl/show.hpp"

namespace cgn::cgnctl {

namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

Page page_of(const control::Json& json) {
  Table table{.columns = {{"NAME"},
                          {"TYPE"},
                          {"TO"},
                          {"STATE"},
                          {"SENT", true},
                          {"REPEATED", true},
                          {"LOST", true},
                          {"BEHIND", true},
                          {"LAG_MS", true},
                          {"QUEUED", true},
                          {"CONFIRMED", true},
                          {"TEMPLATE"},
                          {"ERROR"}}};
  bool sessions = false;
  for (const auto& e : json.get<control::Exports>().exports) {
    const auto type = e.format.empty() ? e.type : e.type + "/" + e.format;
    table.rows.push_back({e.name, e.sessions ? type + "+sessions" : type, e.to, e.state, std::to_string(e.sent),
                          std::to_string(e.repeated), std::to_string(e.lost + e.missing), std::to_string(e.behind),
                          std::to_string(e.lag_ms), std::to_string(e.queued), std::to_string(e.confirmed_seq),
                          or_dash(e.last_template), or_dash(e.last_error)});
    sessions = sessions || e.sessions;
  }
  Page page{.table = std::move(table)};
  if (sessions)
    page.lines.emplace_back("Sessions", "single mappings are exported as they happen; no record holds them");
  return page;
}

}  // namespace

Exit show_export(const Session& session) { return show(session, control::path::kExports, {}, page_of); }

}  // namespace cgn::cgnctl
