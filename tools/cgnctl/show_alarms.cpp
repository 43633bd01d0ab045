// SPDX-License-Identifier: Apache-2.0
// cgnctl show alarms: what runs short now, and who is refused.
#include "cgn/control_alarms.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  Table table{
      .columns = {
          {"SINCE"}, {"EVENT"}, {"REASON"}, {"SUBSCRIBER"}, {"POOL"}, {"REFUSED", true}, {"USED", true}, {"OF", true}}};
  const auto document = json.get<control::Alarms>();
  for (const auto& a : document.alarms) {
    const bool threshold = a.subscriber.empty() && a.most > 0;
    const bool refusal = !a.subscriber.empty();
    table.rows.push_back({a.since, a.event, a.reason, refusal ? a.subscriber : "-", a.pool.empty() ? "-" : a.pool,
                          refusal ? std::to_string(a.refused) : "-", threshold ? std::to_string(a.used) : "-",
                          threshold ? std::to_string(a.most) : "-"});
  }
  Page page{.table = std::move(table)};
  if (document.total > document.alarms.size()) {
    page.lines.emplace_back("Shown", std::to_string(document.alarms.size()) + " of " + std::to_string(document.total));
  }
  return page;
}

}  // namespace

Exit show_alarms(const Session& session) { return show(session, control::path::kAlarms, {}, page_of); }

}  // namespace cgn::cgnctl
