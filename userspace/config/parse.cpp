// SPDX-License-Identifier: Apache-2.0
// The file as a whole: its tables in an order in which each finds what it refers to.
#include "config/parse.hpp"

#include <toml++/toml.h>

#include <fmt/core.h>

#include "config/deterministic.hpp"
#include "config/exports.hpp"
#include "config/pools.hpp"
#include "config/radius.hpp"
#include "config/realms.hpp"
#include "config/section.hpp"
#include "config/statics.hpp"
#include "config/tables.hpp"

namespace cgn::config {
namespace {

constexpr unsigned kSchema = 1;

class File {
 public:
  File(const toml::table& root, Complaints& complaints)
      : complaints_{complaints}, head_{root, "the file", complaints} {}

  Config read() {
    Config config;
    unsigned schema = kSchema;
    head_.number("schema", schema, {.least = kSchema, .most = kSchema});
    table("node", [&](Section& s) { read_node(s, config.node); });
    table("interfaces", [&](Section& s) { read_interfaces(s, config.interfaces); });
    table("nat", [&](Section& s) { read_nat(s, config.nat); });
    table("alg", [&](Section& s) { read_alg(s, config.alg); });
    table("timeouts", [&](Section& s) { read_timeouts(s, config.timeouts); });
    table("limits", [&](Section& s) { read_limits(s, config.limits); });
    table("log", [&](Section& s) { read_log(s, config.log); });
    table("api", [&](Section& s) { read_api(s, config.api); });
    each("realm", [&](Section& s) { read_realm(s, config); });
    if (head_.has("radius")) table("radius", [&](Section& s) { read_radius(s, config); });
    tables("pool", [&](Section& s) { read_pool(s, config); });
    tables("rule", [&](Section& s) { read_rule(s, config); });
    each("static", [&](Section& s) { read_static(s, config); });
    each("export", [&](Section& s) { read_export(s, config); });
    head_.not_yet({"metrics"});
    head_.finish();
    settle_deterministic(config, complaints_);
    check_whole(config, complaints_);
    return config;
  }

 private:
  // [name]; an absent one reads as empty, so that what it must hold is missed.
  template <class Read>
  void table(std::string_view name, const Read& read) {
    const toml::table absent;
    const auto* found = head_.table(name);
    if (found == nullptr && head_.has(name)) return;
    Section section{found != nullptr ? *found : absent, fmt::format("[{}]", name), complaints_};
    read(section);
    section.finish();
  }

  // [[name]], once at least.
  template <class Read>
  void tables(std::string_view name, const Read& read) {
    if (!head_.has(name)) {
      head_.complain(Place{1, 1}, fmt::format("there is no [[{}]]", name));
    }
    each(name, read);
  }

  // [[name]], any number of it.
  template <class Read>
  void each(std::string_view name, const Read& read) {
    for (const auto* one : head_.tables(name)) {
      Section section{*one, fmt::format("[[{}]]", name), complaints_};
      read(section);
      section.finish();
    }
  }

  Complaints& complaints_;
  Section head_;
};

}  // namespace

Parsed parse(std::string_view text) {
  Parsed parsed;
  try {
    const toml::table root = toml::parse(text);
    parsed.config = File{root, parsed.complaints}.read();
  } catch (const toml::parse_error& error) {
    // Past a syntax error nothing can be trusted to be what it looks like.
    parsed.complaints.push_back({place_of(error.source()), fmt::format("not TOML: {}", error.description())});
  }
  sort(parsed.complaints);
  return parsed;
}

Complaints all_complaints(const Parsed& parsed, const MachineFacts& facts) {
  auto all = parsed.complaints;
  for (auto& complaint : check(parsed.config, facts)) all.push_back(std::move(complaint));
  sort(all);
  return all;
}

}  // namespace cgn::config
