// SPDX-License-Identifier: Apache-2.0
// cgnctl det: blocks of deterministic pools, computed from a file's or a log's parameters (docs/deterministic.md).
#include <fmt/format.h>

#include <fstream>
#include <istream>
#include <ostream>
#include <sstream>

#include "cgnctl/csv.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"
#include "config/deterministic.hpp"
#include "config/parse.hpp"
#include "journal/parameters.hpp"

namespace cgn::cgnctl {

namespace {

Result<std::string> text_of_file(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return fail("cannot read " + path, "name a configuration file");
  return text.str();
}

Result<journal::Parameters> parameters_of_file(const std::string& path, WallTime now) {
  TRY(text, text_of_file(path));
  const auto parsed = config::parse(text);
  if (!parsed.complaints.empty()) {
    return fail(config::to_string(parsed.complaints.front(), path), "cgnctl config check " + path);
  }
  return journal::Parameters{.node_id = parsed.config.node.id,
                             .node_name = parsed.config.node.name,
                             .since = now,
                             .rest = std::chrono::seconds{120},
                             .pools = config::parameters_of(parsed.config)};
}

Result<journal::Parameters> parameters_of_log(const Session& session, const DetArguments& arguments) {
  auto at = session.clock();
  if (!arguments.at.empty()) {
    TRY(time, parse_time(arguments.at, session.clock()));
    at = time;
  }
  TRY(reader, open_record(session, arguments.log_dir));
  TRY(detail, reader.parameters(at));
  return detail.empty() ? journal::Parameters{} : journal::parse_parameters(detail);
}

Result<journal::Parameters> parameters_for(const Session& session, const DetArguments& arguments) {
  if (arguments.config.empty()) return parameters_of_log(session, arguments);
  if (!arguments.log_dir.empty() || !arguments.at.empty()) {
    return fail("a file of the configuration has no past", "leave --log-dir and --at away, or --config");
  }
  return parameters_of_file(arguments.config, session.clock());
}

// One question, answered: what stands in the columns, and what a page says.
struct Found {
  CsvRecord record{};
  std::string answer{};  // "computed", "overflow", "none"
  std::string pool{};
  std::optional<ComputedBlock> block{};
};

using Plans = std::vector<DeterministicPlan>;
using Kind = DeterministicPlan::Kind;

void add_block(Found& found, const Plans::value_type& plan, ComputedBlock block) {
  found.answer = "computed";
  found.pool = plan.parameters().pool;
  found.block = std::move(block);
}

// "IP", or "IP REALM".
Result<Found> forward(const Plans& plans, const std::string& text, const std::string& realm_given) {
  const auto blank = text.find(' ');
  const auto address = text.substr(0, blank);
  const auto realm = blank == std::string::npos ? realm_given : text.substr(blank + 1);
  const auto internal = Ipv4::parse(address);
  if (!internal) return fail("'" + address + "' is no internal address", "as in 100.64.9.77");
  Found found{.answer = "none"};
  for (const auto& plan : plans) {
    if (auto block = plan.forward(realm, *internal)) add_block(found, plan, std::move(*block));
  }
  found.record = {address, realm, found.answer, found.pool, "", "", "", ""};
  if (const auto& b = found.block) {
    found.record = {address,
                    realm,
                    found.answer,
                    found.pool,
                    to_string(b->subscriber),
                    to_string(b->external),
                    to_string(b->ports.first),
                    to_string(b->ports.last)};
  }
  return found;
}

Result<Found> reverse(const Plans& plans, const std::string& text, const std::string&) {
  const auto external = parse_endpoint(text);
  if (!external) return fail("'" + text + "' is no external address with a port", "as in 203.0.113.3:43500");
  Found found{.answer = "none"};
  for (const auto& plan : plans) {
    auto holder = plan.reverse(*external);
    if (holder.kind == Kind::computed) add_block(found, plan, std::move(*holder.block));
    if (holder.kind == Kind::overflow) found.answer = "overflow";
    const auto& addresses = plan.parameters().external;
    const bool ours = std::ranges::any_of(addresses, [&](const Prefix& p) { return p.contains(external->address); });
    if (ours) found.pool = plan.parameters().pool;
  }
  found.record = {to_string(external->address), to_string(external->port), found.answer, found.pool, "", "", "", ""};
  if (const auto& b = found.block) {
    found.record = {found.record[0],
                    found.record[1],
                    found.answer,
                    found.pool,
                    b->realm,
                    to_string(b->subscriber),
                    to_string(b->ports.first),
                    to_string(b->ports.last)};
  }
  return found;
}

control::Json to_json(const Found& found, const CsvRecord& header) {
  control::Json document{{"schema", "cgn/det/1"}};
  for (std::size_t i = 0; i < header.size(); ++i) document[header[i]] = found.record[i];
  return document;
}

Page page_of(const Found& found, const std::string& asked) {
  Page page{.lines = {{"Query", asked}, {"Answer", found.answer}}};
  if (const auto& b = found.block) {
    page.lines.emplace_back("  subscriber", to_string(b->subscriber) + (b->realm.empty() ? "" : "  realm " + b->realm));
    page.lines.emplace_back("  block",
                            fmt::format("{}:{}  pool {}", to_string(b->external), to_string(b->ports), found.pool));
  } else if (found.answer == "overflow") {
    page.lines.emplace_back("Hint", "lent dynamically, by rows of the log: cgnctl lookup " + asked + " --at TIME");
  }
  return page;
}

using Question = Result<Found> (*)(const Plans&, const std::string&, const std::string&);

struct Way {
  Question ask;
  CsvRecord header;
};

void write(const Session& session, const Found& found, const CsvRecord& header) {
  if (session.options.wants_json()) {
    session.out << control::to_text(to_json(found, header)) << "\n";
  } else {
    session.out << to_csv(found.record);
  }
}

Exit many(const Session& session, const DetArguments& arguments, const Plans& plans, const Way& way) {
  std::ifstream file;
  if (arguments.batch != "-") {
    file.open(arguments.batch);
    if (!file) return session.fail(Exit::failed, {"cannot read " + arguments.batch, "- reads standard input"});
  }
  auto& in = arguments.batch == "-" ? session.in : file;
  if (!session.options.wants_json() && session.options.headers) session.out << to_csv(way.header);
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    const auto found = way.ask(plans, line, arguments.realm);
    if (!found) return session.fail(Exit::usage, found.error());
    write(session, *found, way.header);
  }
  session.out.flush();
  return Exit::ok;
}

Exit answer(const Session& session, const DetArguments& arguments, const Way& way) {
  if (arguments.target.empty() == arguments.batch.empty()) {
    return session.fail(Exit::usage, {"one address, or a batch of them", "cgnctl det forward 100.64.9.77"});
  }
  auto parameters = parameters_for(session, arguments);
  if (!parameters) return session.fail(Exit::failed, parameters.error());
  if (parameters->pools.empty()) {
    return session.fail(Exit::nothing,
                        {"there is no deterministic pool", "allocation = \"deterministic\" in a [[pool]]"});
  }
  const Plans plans{parameters->pools.begin(), parameters->pools.end()};
  if (!arguments.batch.empty()) return many(session, arguments, plans, way);
  const auto found = way.ask(plans, arguments.target, arguments.realm);
  if (!found) return session.fail(Exit::usage, found.error());
  if (session.options.format == Format::text) {
    if (const auto exit = print(session, page_of(*found, arguments.target)); exit != Exit::ok) return exit;
  } else {
    if (session.options.format == Format::csv && session.options.headers) session.out << to_csv(way.header);
    write(session, *found, way.header);
  }
  return found->answer == "none" ? Exit::nothing : Exit::ok;
}

}  // namespace

Exit det_forward(const Session& session, const DetArguments& arguments) {
  return answer(session, arguments,
                {forward, {"internal", "realm", "answer", "pool", "subscriber", "external", "first", "last"}});
}

Exit det_reverse(const Session& session, const DetArguments& arguments) {
  return answer(session, arguments,
                {reverse, {"external", "port", "answer", "pool", "realm", "subscriber", "first", "last"}});
}

Exit det_parameters(const Session& session, const DetArguments& arguments) {
  const auto parameters = parameters_for(session, arguments);
  if (!parameters) return session.fail(Exit::failed, parameters.error());
  session.print(control::Json::parse(journal::to_detail(*parameters)));
  return Exit::ok;
}

}  // namespace cgn::cgnctl
