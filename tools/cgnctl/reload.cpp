// SPDX-License-Identifier: Apache-2.0
// cgnctl reload: the daemon reads its file again. What it would change is shown by --dry-run; a file that is wrong, or that
// asks for what only a restart can do, is refused whole and changes nothing.
#include "cgn/control_reload.hpp"

#include <fmt/format.h>

#include <ostream>

#include "cgnctl/client.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

void print_change(const Session& session, const control::ConfigChange& change, const char* note) {
  const auto shown = [](const std::string& value) { return value.empty() ? std::string{"(not set)"} : value; };
  session.out << fmt::format("{}: {} -> {}{}\n", change.key, shown(change.from), shown(change.to), note);
}

}  // namespace

Exit reload(const Session& session, bool dry_run) {
  const auto reply = Client{session.options}.post(control::path::kReload, {{"dry_run", dry_run}});
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  const auto r = reply.body.get<control::Reloaded>();
  if (session.options.wants_json()) {
    session.print(reply.body);
  } else {
    for (const auto& change : r.changes) print_change(session, change, "");
    for (const auto& change : r.restart) print_change(session, change, "   (needs a restart)");
    session.out << std::flush;
  }
  for (const auto& complaint : r.complaints) session.err << complaint << "\n";
  if (!r.complaints.empty()) return session.fail(Exit::config, {r.outcome, "cgnctl config check " + r.file});
  if (!r.restart.empty()) return session.fail(Exit::failed, {r.outcome, "systemctl restart cgnd"});
  if (!session.options.wants_json()) session.out << r.outcome << "\n" << std::flush;
  return Exit::ok;
}

}  // namespace cgn::cgnctl
