// SPDX-License-Identifier: Apache-2.0
// Printing outcomes.
#include "report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>
#include <ostream>

namespace cgn::selftest {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::cgnd: return "cgnd";
    case Kind::forwarding: return "forwarding";
    case Kind::nftables: return "nftables";
  }
  return {};
}

std::string_view word(const std::optional<Outcome>& outcome) {
  if (!outcome) return "-";
  if (!outcome->played) return "BROKEN";
  return outcome->passed ? "ok" : "FAILED";
}

std::string tags_of(const Row& row) {
  std::string text;
  for (const auto tag : row.tags) text += (text.empty() ? "" : " ") + std::string{tag};
  return text;
}

struct Column {
  std::string_view name;
  const std::optional<Outcome>& outcome;
};

std::vector<Column> columns(const Played& played, const Plan& plan) {
  if (plan.kind != Kind::cgnd) return {{name_of(plan.kind), played.native}};
  return {{"slow", played.slow}, {"native", played.native}, {"generic", played.generic}};
}

Json describe(const Row& row) {
  return {{"id", row.id},
          {"tags", row.tags},
          {"level", name_of(row.level)},
          {"says", row.says},
          {"group", name_of(row.group)},
          {"on_forwarding", row.on_forwarding}};
}

Json describe(const Outcome& outcome) {
  Json json{{"passed", outcome.passed},
            {"played", outcome.played},
            {"sent", outcome.sent},
            {"received", outcome.received},
            {"ms", outcome.took.count()}};
  if (!outcome.passed) json["reason"] = outcome.reason;
  return json;
}

}  // namespace

Verdict count(const std::vector<Played>& all) {
  Verdict verdict;
  for (const auto& played : all) {
    ++(!played.played() ? verdict.not_played : played.passed() ? verdict.passed : verdict.failed);
  }
  return verdict;
}

void print_table(std::ostream& out, const std::vector<Played>& all, const Plan& plan) {
  if (all.empty()) return;
  fmt::print(out, "{:<7}", "level");
  for (const auto& column : columns(all.front(), plan)) fmt::print(out, "{:<8}", column.name.substr(0, 7));
  fmt::print(out, "{}\n", "row");
  for (const auto& played : all) {
    fmt::print(out, "{:<7}", name_of(played.row.level));
    for (const auto& column : columns(played, plan)) fmt::print(out, "{:<8}", word(column.outcome));
    fmt::print(out, "{} [{}]\n", played.row.says, tags_of(played.row));
    for (const auto& [name, outcome] : columns(played, plan)) {
      if (outcome && !outcome->passed) fmt::print(out, "       {}, {}: {}\n", played.row.id, name, outcome->reason);
    }
  }
  const auto [passed, failed, not_played] = count(all);
  fmt::print(out, "{} rows on {}: {} passed, {} failed", all.size(), name_of(plan.kind), passed, failed);
  if (not_played > 0) fmt::print(out, ", {} not played", not_played);
  fmt::print(out, "\n");
}

void print_json(std::ostream& out, const std::vector<Played>& all, const Plan& plan) {
  const auto [passed, failed, not_played] = count(all);
  Json rows = Json::array();
  for (const auto& played : all) {
    auto row = describe(played.row);
    Json results = Json::object();
    for (const auto& [name, outcome] : columns(played, plan)) {
      if (outcome) results[name] = describe(*outcome);
    }
    row["passed"] = played.passed();
    row["results"] = std::move(results);
    rows.push_back(std::move(row));
  }
  const Json document{{"against", name_of(plan.kind)},
                      {"passed", passed},
                      {"failed", failed},
                      {"not_played", not_played},
                      {"rows", std::move(rows)}};
  out << document.dump(2) << '\n';
}

void print_list(std::ostream& out, const std::vector<Row>& rows, bool json) {
  if (json) {
    Json list = Json::array();
    for (const auto& row : rows) list.push_back(describe(row));
    out << Json{{"rows", std::move(list)}}.dump(2) << '\n';
    return;
  }
  for (const auto& row : rows)
    fmt::print(out, "{:<32} {:<7} {} [{}]\n", row.id, name_of(row.level), row.says, tags_of(row));
}

}  // namespace cgn::selftest
