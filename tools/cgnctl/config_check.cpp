// SPDX-License-Identifier: Apache-2.0
// cgnctl config check FILE: every complaint at once, without root and without a daemon.
#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <sstream>

#include "cgnctl/machine.hpp"
#include "cgnctl/render.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"
#include "config/deterministic.hpp"
#include "config/parse.hpp"

namespace cgn::cgnctl {

namespace {

control::Json document_of(const std::string& file, const config::Complaints& complaints) {
  auto list = control::Json::array();
  for (const auto& [place, what, hint] : complaints) {
    list.push_back({{"line", place.line}, {"column", place.column}, {"what", what}, {"hint", hint}});
  }
  return {{"schema", "cgn/config_check/1"}, {"file", file}, {"valid", complaints.empty()}, {"complaints", list}};
}

Exit complain(const Session& session, const std::string& file, const config::Complaints& complaints) {
  if (session.options.wants_json()) session.print(document_of(file, complaints));
  for (const auto& complaint : complaints) session.err << config::to_string(complaint, file) << "\n";
  return Exit::config;
}

Page praise(const std::string& file, const config::Config& config) {
  Page page;
  page.lines.emplace_back("Valid", file);
  for (const auto& pool : config.pools) {
    const auto plan = config::plan_blocks(pool);
    auto text = fmt::format("{}  {} addresses, each {} first blocks of {} ports and {} extensions of {}", pool.name,
                            pool.address_count(), plan.first_blocks_per_address, pool.block_size,
                            plan.extension_blocks_per_address, pool.extension_block_size);
    text += fmt::format("; {} subscribers at most", pool.max_subscribers);
    if (pool.is_deterministic()) text = config::ratio_of(pool, config);
    page.lines.emplace_back(&pool == &config.pools.front() ? "Pools" : "", std::move(text));
  }
  const auto need = config::memory_need(config);
  page.lines.emplace_back("Memory", fmt::format("{} for tables ({})", bytes_text(need.bytes), need.arithmetic));
  return page;
}

}  // namespace

Exit config_check(const Session& session, const std::string& file, bool offline) {
  std::ifstream in{file};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return session.fail(Exit::config, {"cannot read " + file, "name a file with TOML in it"});
  const auto parsed = config::parse(text.str());
  auto complaints = parsed.complaints;
  if (!offline) {
    const auto facts = machine_facts();
    if (!facts) return session.fail(Exit::failed, facts.error());
    complaints = config::all_complaints(parsed, *facts);
  }
  if (!complaints.empty()) return complain(session, file, complaints);
  if (!session.options.wants_json()) return print(session, praise(file, parsed.config));
  session.print(document_of(file, {}));
  return Exit::ok;
}

}  // namespace cgn::cgnctl
