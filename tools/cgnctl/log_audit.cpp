// SPDX-License-Identifier: Apache-2.0
// cgnctl log audit: who asked the legal record what, and when?
#include "cgnctl/log_directory.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"
#include "journal/audit.hpp"

namespace cgn::cgnctl {

namespace {

control::Json to_json(const journal::AuditRow& row) {
  const auto& e = row.entry;
  return {{"entry", row.seq},
          {"at", control::to_text(e.at)},
          {"uid", e.uid},
          {"login", e.login},
          {"verb", e.verb},
          {"case", e.case_reference},
          {"query", e.query},
          {"verdict", e.verdict},
          {"result_sha256", journal::hex(e.result)},
          {"link", journal::hex(row.link)}};
}

Page page_of(const std::vector<journal::AuditRow>& rows, const journal::AuditVerdict& chain) {
  Page page;
  page.lines.emplace_back(
      "Chain", chain.broken_at ? "BROKEN: " + chain.reason : "whole, " + std::to_string(chain.rows) + " entries");
  Table table{
      .columns = {
          {"ENTRY", true}, {"AT"}, {"UID", true}, {"LOGIN"}, {"VERB"}, {"CASE"}, {"QUERY"}, {"VERDICT"}, {"RESULT"}}};
  for (const auto& row : rows) {
    const auto& e = row.entry;
    table.rows.push_back({std::to_string(row.seq), control::to_text(e.at), std::to_string(e.uid), e.login, e.verb,
                          e.case_reference, e.query, e.verdict, journal::hex(e.result).substr(0, 16)});
  }
  page.table = std::move(table);
  return page;
}

}  // namespace

Exit log_audit(const Session& session, const AuditArguments& arguments) {
  const std::filesystem::path path = arguments.audit_file.empty()
                                         ? journal::audit_path(log_directory(session, arguments.log_dir))
                                         : std::filesystem::path{arguments.audit_file};
  const auto only = arguments.case_reference.empty() ? std::nullopt : std::optional{arguments.case_reference};
  const auto rows = journal::read_audit(path, only);
  if (!rows) return session.fail(Exit::failed, {rows.error().what, "nobody has looked anything up yet, or --log-dir"});
  const auto chain = journal::verify_audit(path);
  if (!chain) return session.fail(Exit::failed, chain.error());
  if (session.options.wants_json()) {
    auto entries = control::Json::array();
    for (const auto& row : *rows) entries.push_back(to_json(row));
    control::Json document{{"schema", "cgn/audit_log/1"},
                           {"path", path.string()},
                           {"chain", chain->broken_at ? "broken" : "whole"},
                           {"reason", chain->reason},
                           {"entries", std::move(entries)}};
    session.print(document);
  } else if (const auto exit = print(session, page_of(*rows, *chain)); exit != Exit::ok) {
    return exit;
  }
  if (chain->broken_at) return Exit::failed;
  return rows->empty() ? Exit::nothing : Exit::ok;
}

}  // namespace cgn::cgnctl
