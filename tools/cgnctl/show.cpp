// SPDX-License-Identifier: Apache-2.0
// What every `show` has in common.
#include "cgnctl/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cgn/realm.hpp"

namespace cgn::cgnctl {

namespace {

std::string kind_of(const control::Block& block) {
  if (block.computed) return "computed";
  return block.first ? "first" : "extension";
}

}  // namespace

Exit print(const Session& session, const Page& page) {
  const auto text = render(page, session.options);
  if (!text) return session.fail(Exit::usage, text.error());
  session.out << *text << std::flush;
  return Exit::ok;
}

Exit show(const Session& session, std::string_view path, const Query& query,
          const std::function<Page(const control::Json&)>& to_page) {
  return session.watched([&] {
    const auto reply = Client{session.options}.get(path, query);
    if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
    if (!session.options.wants_json()) return print(session, to_page(reply.body));
    session.print(reply.body);
    return Exit::ok;
  });
}

void add_realms(Table& table, const std::vector<std::string>& realms) {
  if (std::ranges::all_of(realms, is_default_realm)) return;
  table.columns.push_back({"REALM"});
  for (std::size_t i = 0; i < table.rows.size(); ++i) table.rows[i].push_back(realms[i]);
}

Table block_table(const std::vector<control::Block>& blocks) {
  Table table{.columns = {{"SUBSCRIBER"},
                          {"EXTERNAL"},
                          {"PORTS"},
                          {"POOL"},
                          {"KIND"},
                          {"STATE"},
                          {"TCP", true},
                          {"UDP", true},
                          {"ICMP", true},
                          {"SINCE"}}};
  std::vector<std::string> realms;
  for (const auto& b : blocks) {
    realms.push_back(b.realm);
    table.rows.push_back({b.subscriber, b.external, fmt::format("{}-{}", b.first_port, b.last_port), b.pool, kind_of(b),
                          b.state, std::to_string(b.used.tcp), std::to_string(b.used.udp), std::to_string(b.used.icmp),
                          b.allocated_at});
  }
  add_realms(table, realms);
  return table;
}

}  // namespace cgn::cgnctl
