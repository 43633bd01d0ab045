// SPDX-License-Identifier: Apache-2.0
// cgnctl lookup: who held this external address and port at that time?
#include <algorithm>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "cgnctl/batch.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/question.hpp"
#include "cgnctl/record_answer.hpp"
#include "cgnctl/recording.hpp"
#include "cgnctl/report.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Format format_of(const Session& session, const std::string& report) {
  if (report == "json") return session.options.format == Format::pretty ? Format::pretty : Format::json;
  if (report == "csv") return Format::csv;
  if (report == "text") return Format::text;
  return session.options.format;
}

QuestionText text_of(const LookupArguments& arguments) {
  const auto colon = arguments.target.find(':');
  return {.address = arguments.target.substr(0, colon),
          .port = colon == std::string::npos ? "" : arguments.target.substr(colon + 1),
          .proto = arguments.proto,
          .time = arguments.at};
}

// Prints the answer in the form that was asked for.
void print_answer(const Session& session, const Asked& asked, const journal::Answer& answer, const Shown& shown) {
  switch (session.options.format) {
    case Format::json:
    case Format::pretty: {
      auto document = shown.document;
      document["audit"] = to_json(shown.receipt, shown.result);
      if (shown.report) document["evidence"] = to_json(journal::evidence_of(answer));
      session.print(document);
      break;
    }
    case Format::csv:
      if (session.options.headers) session.out << to_csv(answer_header());
      session.out << to_csv(to_record(asked, answer)) << std::flush;
      break;
    case Format::text:
      session.out << (shown.report ? to_report(asked, answer, shown, session.clock()) : to_page(asked, answer))
                  << std::flush;
      break;
  }
}

Exit one(const Session& session, const LookupArguments& arguments, Duration tolerance) {
  if (arguments.target.empty() || arguments.at.empty()) {
    return session.fail(Exit::usage, {"a look-up needs an address and a time",
                                      "cgnctl lookup 203.0.113.10:13000 --at 2026-11-20T07:30:00Z"});
  }
  const auto question = parse_question(text_of(arguments), tolerance, session.clock());
  if (!question) return session.fail(Exit::usage, question.error());
  auto reader = open_record(session, arguments.log_dir);
  if (!reader) return session.fail(Exit::failed, reader.error());
  auto recording = Recording::begin(session, {arguments.log_dir, arguments.audit_file}, *reader);
  if (!recording) return session.fail(Exit::failed, recording.error());

  const Asked asked{*question, arguments.case_reference, asking_user(), place_of(arguments.at)};
  const auto answer = reader->holders(*question);
  Shown shown{.document = to_json(asked, answer), .report = !arguments.report.empty()};
  shown.result = journal::sha256(control::to_text(shown.document));
  auto receipt = recording->note({.verb = shown.report ? "report" : "lookup",
                                  .case_reference = arguments.case_reference,
                                  .query = in_words(*question),
                                  .verdict = std::string{journal::to_string(answer.certainty)},
                                  .result = shown.result});
  if (!receipt) return session.fail(Exit::failed, receipt.error());
  shown.receipt = *receipt;
  print_answer(session, asked, answer, shown);
  return exit_of(answer.certainty);
}

// The whole of the questions, because their hash is recorded before the first answer is given.
Result<std::string> read_questions(const Session& session, const std::string& name) {
  std::ifstream file;
  if (name != "-") {
    file.open(name, std::ios::binary);
    if (!file) return fail("cannot read " + name, "- reads standard input");
  }
  std::istream& in = name == "-" ? session.in : file;
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

Exit many(const Session& session, const LookupArguments& arguments, Duration tolerance) {
  if (!arguments.target.empty() || !arguments.at.empty()) {
    return session.fail(Exit::usage, {"a batch brings its own addresses and times", "leave IP and --at away"});
  }
  const auto questions = read_questions(session, arguments.batch);
  if (!questions) return session.fail(Exit::failed, questions.error());
  auto reader = open_record(session, arguments.log_dir);
  if (!reader) return session.fail(Exit::failed, reader.error());
  auto recording = Recording::begin(session, {arguments.log_dir, arguments.audit_file}, *reader);
  if (!recording) return session.fail(Exit::failed, recording.error());
  const BatchOptions options{.tolerance = tolerance,
                             .proto = arguments.proto,
                             .case_reference = arguments.case_reference,
                             .by = asking_user(),
                             .name = arguments.batch};
  return answer_batch(session, *questions, options, {*reader, *recording});
}

}  // namespace

Exit lookup(const Session& global, const LookupArguments& arguments) {
  Session session = global;
  session.options.format = format_of(global, arguments.report);
  const auto tolerance = parse_duration(arguments.tolerance);
  if (!tolerance) return session.fail(Exit::usage, tolerance.error());
  return arguments.batch.empty() ? one(session, arguments, *tolerance) : many(session, arguments, *tolerance);
}

}  // namespace cgn::cgnctl
