// SPDX-License-Identifier: Apache-2.0
// Legal holds: which days of the record must outlive their retention, and for which case.
#include "journal/holds.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "journal/schema.hpp"

namespace cgn::journal {

Note hold_note(std::string_view action, const Hold& hold, const Now& now) {
  const nlohmann::json detail = {
      {"action", action}, {"case", hold.case_ref}, {"from", to_ms(hold.from)}, {"to", to_ms(hold.to)}, {"by", hold.by}};
  return {.kind = NoteKind::hold,
          .detail = detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .at = now};
}

void Holds::apply(const Row& row) {
  if (row.kind != RowKind::hold) return;
  const auto detail = nlohmann::json::parse(row.detail, nullptr, false);
  if (!detail.is_object()) return;
  const auto text = [&](const char* key) {
    const auto found = detail.find(key);
    return found != detail.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  const auto time = [&](const char* key) {
    const auto found = detail.find(key);
    return from_ms(found != detail.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0);
  };
  Hold hold{.case_ref = text("case"), .from = time("from"), .to = time("to"), .by = text("by")};
  if (text("action") == "remove") {
    by_case_.erase(hold.case_ref);
  } else {
    auto name = hold.case_ref;
    by_case_.insert_or_assign(std::move(name), std::move(hold));
  }
}

std::vector<Hold> Holds::all() const {
  std::vector<Hold> holds;
  for (const auto& [name, hold] : by_case_) holds.push_back(hold);
  return holds;
}

bool Holds::cover(WallTime from, WallTime to) const {
  return std::ranges::any_of(by_case_,
                             [&](const auto& named) { return named.second.from <= to && named.second.to >= from; });
}

}  // namespace cgn::journal
