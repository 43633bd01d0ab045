// SPDX-License-Identifier: Apache-2.0
// cgnctl log hold: keeps days of the record beyond their retention, for a case, until it is lifted. Putting and lifting go
// through the daemon, because each is a row of the record; the list is read from the files.
#include <fmt/format.h>

#include <ostream>

#include "cgnctl/client.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/log_verbs.hpp"
#include "cgnctl/render.hpp"
#include "cgnctl/show.hpp"
#include "journal/segments.hpp"

namespace cgn::cgnctl {
namespace {

Exit change(const Session& session, const control::Json& body, std::string_view done) {
  const auto reply = Client{session.options}.post(control::path::kHolds, body);
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  if (session.options.wants_json()) {
    session.print(reply.body);
  } else {
    session.out << fmt::format("{} {}, row {}\n", done, reply.body.value("case", ""),
                               reply.body.value("seq", std::uint64_t{0}));
  }
  return Exit::ok;
}

}  // namespace

Exit log_hold_add(const Session& session, const LogArguments& arguments) {
  const auto from = parse_time(arguments.from, session.clock());
  const auto to = parse_time(arguments.to, session.clock());
  if (!from) return session.fail(Exit::usage, from.error());
  if (!to) return session.fail(Exit::usage, to.error());
  if (*to < *from) return session.fail(Exit::usage, {"--to lies before --from"});
  return change(session,
                {{"action", "add"},
                 {"case", arguments.case_reference},
                 {"from", control::to_text(*from)},
                 {"to", control::to_text(*to)}},
                "held for");
}

Exit log_hold_remove(const Session& session, const LogArguments& arguments) {
  return change(session, {{"action", "remove"}, {"case", arguments.case_reference}}, "lifted for");
}

Exit log_hold_list(const Session& session, const LogArguments& arguments) {
  const auto holds = journal::holds_in(log_directory(session, arguments.log_dir));
  if (!holds) return session.fail(Exit::failed, holds.error());
  control::Json list = control::Json::array();
  Table table{{{"CASE"}, {"FROM"}, {"TO"}, {"BY"}}, {}};
  for (const auto& hold : *holds) {
    const auto from = control::to_text(hold.from);
    const auto to = control::to_text(hold.to);
    list.push_back({{"case", hold.case_ref}, {"from", from}, {"to", to}, {"by", hold.by}});
    table.rows.push_back({hold.case_ref, from, to, hold.by});
  }
  if (!session.options.wants_json()) return print(session, {{}, table});
  session.print({{"schema", "cgn/log-holds/1"}, {"holds", list}});
  return Exit::ok;
}

}  // namespace cgn::cgnctl
