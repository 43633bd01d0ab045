// SPDX-License-Identifier: Apache-2.0
// cgnctl subscriber: whose an internal address is.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <ostream>

#include "cgn/identity_control.hpp"
#include "cgn/realm.hpp"
#include "cgnctl/bindings.hpp"
#include "cgnctl/client.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

constexpr std::size_t kChunk = 2000;  // bindings of one request: far below the 1 MiB that one may have

Exit tell(const Session& session, const control::IdentityResult& result) {
  if (session.options.wants_json()) {
    session.print(result);
  } else {
    session.out << fmt::format("{} bound, {} ended, {} as they were\n", result.bound, result.ended,
                               result.unchanged + result.late)
                << std::flush;
  }
  return Exit::ok;
}

Exit one(const Session& session, std::string_view path, const control::Json& request) {
  const auto reply = Client{session.options}.post(path, {{"bindings", control::Json::array({request})}});
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  const auto result = reply.body.get<control::IdentityResult>();
  if (!result.faults.empty()) {
    return session.fail(Exit::failed, {result.faults.front().what, result.faults.front().hint});
  }
  const bool nothing = path == control::path::kIdentitiesEnd && result.ended == 0;
  tell(session, result);
  return nothing ? Exit::nothing : Exit::ok;
}

// Sends the lines chunk by chunk; false after the first failure, which is told.
struct Sending {
  const Session& session;
  const BindingList& list;
  control::IdentityResult sum{};
  std::vector<BindingList::Fault> faults{};

  Exit send(bool check) {
    const Client client{session.options};
    for (std::size_t begin = 0; begin < list.lines.size(); begin += kChunk) {
      auto bindings = control::Json::array();
      for (auto i = begin; i < std::min(begin + kChunk, list.lines.size()); ++i)
        bindings.push_back(list.lines[i].request);
      const auto reply = client.post(control::path::kIdentities, {{"bindings", std::move(bindings)}, {"check", check}});
      if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
      const auto result = reply.body.get<control::IdentityResult>();
      for (const auto& f : result.faults) faults.push_back({list.lines.at(begin + f.index).number, {f.what, f.hint}});
      sum.bound += result.bound;
      sum.ended += result.ended;
      sum.unchanged += result.unchanged;
      sum.late += result.late;
    }
    return Exit::ok;
  }
};

Exit refuse(const Session& session, const std::string& file, const std::vector<BindingList::Fault>& faults) {
  for (const auto& fault : faults) {
    session.err << fmt::format("{}:{}: {}{}\n", file, fault.number, fault.error.what,
                               fault.error.hint.empty() ? "" : " (" + fault.error.hint + ")");
  }
  return session.fail(Exit::failed, {fmt::format("{} lines are wrong; nothing was changed", faults.size()),
                                     "mend them and import the file again"});
}

Page page_of(const control::Json& json) {
  Table table{.columns = {{"SUBSCRIBER"}, {"REALM"}, {"ID"}, {"SINCE"}, {"SOURCE"}, {"SESSION"}, {"LAST_SIGN"}}};
  for (const auto& i : json.get<control::Identities>().identities) {
    table.rows.push_back({i.subscriber, shown_realm(i.realm), i.id, i.since, i.source,
                          i.session.empty() ? "-" : i.session, i.last_sign});
  }
  return {.table = std::move(table)};
}

Page radius_page(const control::Json& json) {
  const auto radius = json.get<control::Radius>();
  Page page;
  page.lines.emplace_back("Listens on", radius.listen.empty() ? "nothing: no [radius] in the config" : radius.listen);
  for (const auto& trouble : radius.troubles) page.lines.emplace_back("Warning", trouble);
  Table table{.columns = {{"SENDER"},
                          {"REQUESTS", true},
                          {"ANSWERED", true},
                          {"REPEATED", true},
                          {"MALFORMED", true},
                          {"BAD_SECRET", true},
                          {"UNKNOWN", true},
                          {"LATE", true},
                          {"OUTSIDE", true},
                          {"UNRECORDED", true}}};
  for (const auto& s : radius.senders) {
    table.rows.push_back({s.address, std::to_string(s.requests), std::to_string(s.answered), std::to_string(s.repeated),
                          std::to_string(s.malformed), std::to_string(s.bad_secret), std::to_string(s.unknown),
                          std::to_string(s.late), std::to_string(s.outside), std::to_string(s.unrecorded)});
  }
  page.table = std::move(table);
  return page;
}

}  // namespace

Exit subscriber_set(const Session& session, const IdentityArguments& arguments) {
  const auto request =
      to_request({arguments.subscriber, arguments.id, arguments.realm, arguments.from}, session.clock());
  if (!request) return session.fail(Exit::usage, request.error());
  return one(session, control::path::kIdentities, *request);
}

Exit subscriber_end(const Session& session, const IdentityArguments& arguments) {
  const auto request = to_request({arguments.subscriber, "", arguments.realm, ""}, session.clock(), false);
  if (!request) return session.fail(Exit::usage, request.error());
  const auto effect =
      fmt::format("will end the identity of {}, all its mappings, and return its blocks", arguments.subscriber);
  if (!session.confirmed(effect, arguments.yes)) return Exit::usage;
  return one(session, control::path::kIdentitiesEnd, *request);
}

Exit subscriber_import(const Session& session, const std::string& file) {
  std::ifstream stream{file};
  if (file != "-" && !stream) return session.fail(Exit::failed, {"cannot read " + file, "- reads standard input"});
  const auto list = read_bindings(file == "-" ? session.in : stream, session.clock());
  if (!list) return session.fail(Exit::usage, list.error());
  if (!list->faults.empty()) return refuse(session, file, list->faults);
  Sending sending{session, *list};
  if (const auto exit = sending.send(true); exit != Exit::ok) return exit;
  if (!sending.faults.empty()) return refuse(session, file, sending.faults);
  if (const auto exit = sending.send(false); exit != Exit::ok) return exit;
  if (!sending.faults.empty()) return refuse(session, file, sending.faults);
  return tell(session, sending.sum);
}

Exit subscriber_show(const Session& session, const std::string& whom) {
  const Query query = Ipv4::parse(whom) ? Query{{"subscriber", whom}} : Query{{"id", whom}};
  const auto reply = Client{session.options}.get(control::path::kIdentities, query);
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  if (reply.body.get<control::Identities>().identities.empty()) {
    return session.fail(Exit::nothing,
                        {"nobody is bound to " + whom, "cgnctl whereis " + whom + " asks the log of the past"});
  }
  return show(session, control::path::kIdentities, query, page_of);
}

Exit show_radius(const Session& session) { return show(session, control::path::kRadius, {}, radius_page); }

}  // namespace cgn::cgnctl
