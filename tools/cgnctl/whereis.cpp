// SPDX-License-Identifier: Apache-2.0
// cgnctl whereis: which external addresses and ports did this subscriber hold?
#include "cgn/realm.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/record_answer.hpp"
#include "cgnctl/recording.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

struct Span {
  Prefix subscriber{};
  std::string identity{};  // instead: whose addresses are asked for
  WallTime from{};
  WallTime to{};
};

Result<Span> parse_span(const WhereisArguments& arguments, WallTime now) {
  Span span{.to = now};
  if (const auto subscriber = Prefix::parse(arguments.subscriber)) {
    span.subscriber = *subscriber;
  } else {
    span.identity = arguments.subscriber;
  }
  if (!arguments.to.empty()) {
    TRY(to, parse_time(arguments.to, now));
    span.to = to;
  }
  span.from = span.to - std::chrono::hours{24};
  if (!arguments.from.empty()) {
    TRY(from, parse_time(arguments.from, now));
    span.from = from;
  }
  if (span.to <= span.from) return fail("the interval ends before it begins", "exchange --from and --to");
  return span;
}

std::string whom(const Span& span) { return span.identity.empty() ? to_string(span.subscriber) : span.identity; }

std::string in_words(const Span& span, const WhereisArguments& arguments) {
  return whom(span) + (arguments.realm ? " realm " + *arguments.realm : "") + " from " + control::to_text(span.from) +
         " to " + control::to_text(span.to);
}

std::string verdict_of(const journal::WhereisAnswer& answer) {
  return std::to_string(answer.holdings.size()) + " blocks, " + (answer.complete ? "complete" : "incomplete");
}

control::Json document_of(const Span& span, const WhereisArguments& arguments, const journal::WhereisAnswer& answer) {
  auto blocks = control::Json::array();
  for (const auto& holding : answer.holdings) blocks.push_back(to_json(holding));
  return {{"schema", "cgn/whereis/1"},
          {"query",
           {{"subscriber", whom(span)},
            {"from", control::to_text(span.from)},
            {"to", control::to_text(span.to)},
            {"realm", arguments.realm ? control::Json(*arguments.realm) : control::Json(nullptr)},
            {"case", arguments.case_reference}}},
          {"coverage", answer.complete ? "complete" : "incomplete"},
          {"reason", answer.reason},
          {"blocks", std::move(blocks)}};
}

Page page_of(const Span& span, const journal::WhereisAnswer& answer) {
  Page page;
  page.lines.emplace_back(span.identity.empty() ? "Subscriber" : "Identity", whom(span));
  page.lines.emplace_back("Interval", control::to_text(span.from) + " to " + control::to_text(span.to));
  page.lines.emplace_back("Coverage", answer.complete ? "complete" : "NOT COMPLETE: " + answer.reason);
  Table table{
      .columns = {
          {"EXTERNAL"}, {"PORTS"}, {"POOL"}, {"KIND"}, {"REALM"}, {"FROM"}, {"TO"}, {"SEQ", true}, {"NODE"}, {"FILE"}}};
  for (const auto& h : answer.holdings) {
    table.rows.push_back({to_string(h.external), to_string(h.ports), h.pool, h.computed ? "computed" : "lent",
                          shown_realm(h.realm), control::to_text(h.from), h.to ? control::to_text(*h.to) : "-",
                          std::to_string(h.seq), h.node_name, h.file.filename().string()});
  }
  page.table = std::move(table);
  return page;
}

}  // namespace

Exit whereis(const Session& session, const WhereisArguments& arguments) {
  const auto span = parse_span(arguments, session.clock());
  if (!span) return session.fail(Exit::usage, span.error());
  auto reader = open_record(session, arguments.log_dir);
  if (!reader) return session.fail(Exit::failed, reader.error());
  auto recording = Recording::begin(session, {arguments.log_dir, arguments.audit_file}, *reader);
  if (!recording) return session.fail(Exit::failed, recording.error());
  const auto realm = arguments.realm && is_default_realm(*arguments.realm) ? std::string{} : arguments.realm;
  const auto answer = span->identity.empty() ? reader->whereis(span->subscriber, span->from, span->to, realm)
                                             : reader->whereis_identity(span->identity, span->from, span->to);
  auto document = document_of(*span, arguments, answer);
  const auto result = journal::sha256(control::to_text(document));
  const auto receipt = recording->note({.verb = "whereis",
                                        .case_reference = arguments.case_reference,
                                        .query = in_words(*span, arguments),
                                        .verdict = verdict_of(answer),
                                        .result = result});
  if (!receipt) return session.fail(Exit::failed, receipt.error());
  if (session.options.wants_json()) {
    document["audit"] = to_json(*receipt, result);
    session.print(document);
  } else if (const auto exit = print(session, page_of(*span, answer)); exit != Exit::ok) {
    return exit;
  }
  if (!answer.complete) return Exit::unsure;
  return answer.holdings.empty() ? Exit::nothing : Exit::ok;
}

}  // namespace cgn::cgnctl
