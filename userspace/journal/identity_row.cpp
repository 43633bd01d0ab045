// SPDX-License-Identifier: Apache-2.0
// What a row of kind `identity` says.
#include "journal/identity_row.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "journal/schema.hpp"

namespace cgn::journal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongest = 64;
constexpr std::array<std::string_view, 3> kWords{"set", "end", "was"};

void put(Json& detail, const char* name, const Span& span) {
  detail[name] = to_ms(span.latest);
  if (span.earliest != span.latest) detail[std::string{name} + "_earliest"] = to_ms(span.earliest);
}

Span span_of(const Json& detail, const char* name) {
  const auto latest = detail.value(name, std::int64_t{0});
  return {from_ms(detail.value(std::string{name} + "_earliest", latest)), from_ms(latest)};
}

}  // namespace

std::optional<std::string> fault_of_identity(std::string_view id) {
  if (id.empty()) return "an identity has at least one character";
  if (id.size() > kLongest) return "an identity has at most 64 characters, this one has " + std::to_string(id.size());
  const auto odd = std::ranges::find_if(id, [](char c) { return c < ' ' || c > '~'; });
  if (odd == id.end()) return std::nullopt;
  return "character " + std::to_string(odd - id.begin() + 1) + " of the identity is not a printable one of ASCII";
}

std::string to_detail(const IdentityRow& row) {
  Json detail{{"event", kWords.at(static_cast<std::size_t>(row.event))},
              {"id", row.id},
              {"source", row.source},
              {"by", row.by}};
  if (!row.session.empty()) detail["session"] = row.session;
  put(detail, "from_ms", row.from);
  if (row.event != IdentityEvent::set) put(detail, "to_ms", row.to);
  return detail.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<IdentityRow> read_identity(const Row& row) {
  if (row.kind != RowKind::identity) return std::nullopt;
  const auto detail = Json::parse(row.detail, nullptr, false);
  if (!detail.is_object()) return std::nullopt;
  try {
    const auto word = std::ranges::find(kWords, detail.value("event", std::string{}));
    if (word == kWords.end()) return std::nullopt;
    return IdentityRow{.event = static_cast<IdentityEvent>(word - kWords.begin()),
                       .id = detail.value("id", std::string{}),
                       .source = detail.value("source", std::string{}),
                       .by = detail.value("by", std::string{}),
                       .session = detail.value("session", std::string{}),
                       .from = span_of(detail, "from_ms"),
                       .to = span_of(detail, "to_ms")};
  } catch (const Json::exception&) {  // a field of another type
    return std::nullopt;
  }
}

}  // namespace cgn::journal
