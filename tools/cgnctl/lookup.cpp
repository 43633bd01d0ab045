// SPDX-License-Identifier: Apache-2.0
// cgnctl lookup: who held this external address and port at that time?
#include <algorithm>
#include <fstream>
#include <istream>
#include <ostream>

#include "cgnctl/batch.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/question.hpp"
#include "cgnctl/record_answer.hpp"
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

Exit one(const Session& session, const LookupArguments& arguments, Duration tolerance) {
  if (arguments.target.empty() || arguments.at.empty()) {
    return session.fail(Exit::usage, {"a look-up needs an address and a time",
                                      "cgnctl lookup 203.0.113.10:13000 --at 2026-11-20T07:30:00Z"});
  }
  const auto question = parse_question(text_of(arguments), tolerance, session.clock());
  if (!question) return session.fail(Exit::usage, question.error());
  auto reader = open_record(session, arguments.log_dir);
  if (!reader) return session.fail(Exit::failed, reader.error());

  const Asked asked{*question, arguments.case_reference, asking_user()};
  const auto answer = reader->holders(*question);
  switch (session.options.format) {
    case Format::json:
    case Format::pretty: session.print(to_json(asked, answer)); break;
    case Format::csv:
      if (session.options.headers) session.out << to_csv(answer_header());
      session.out << to_csv(to_record(asked, answer)) << std::flush;
      break;
    case Format::text: session.out << to_page(asked, answer) << std::flush; break;
  }
  return exit_of(answer.certainty);
}

Exit many(const Session& session, const LookupArguments& arguments, Duration tolerance) {
  if (!arguments.target.empty() || !arguments.at.empty()) {
    return session.fail(Exit::usage, {"a batch brings its own addresses and times", "leave IP and --at away"});
  }
  std::ifstream file;
  if (arguments.batch != "-") {
    file.open(arguments.batch);
    if (!file) return session.fail(Exit::failed, {"cannot read " + arguments.batch, "- reads standard input"});
  }
  auto reader = open_record(session, arguments.log_dir);
  if (!reader) return session.fail(Exit::failed, reader.error());
  const BatchOptions options{.tolerance = tolerance,
                             .proto = arguments.proto,
                             .case_reference = arguments.case_reference,
                             .by = asking_user()};
  return answer_batch(session, arguments.batch == "-" ? session.in : file, options, *reader);
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
