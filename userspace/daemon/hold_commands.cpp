// SPDX-License-Identifier: Apache-2.0
// Legal holds, put and lifted by request.
#include "daemon/hold_commands.hpp"

#include <algorithm>
#include <ctime>

#include "cgn/control.hpp"
#include "daemon/record_notes.hpp"
#include "journal/holds.hpp"

namespace cgn::daemon {
namespace {

constexpr std::size_t kLongestCase = 100;

std::string text_of(const control::Json& body, const char* key) {
  return body.contains(key) && body[key].is_string() ? body[key].get<std::string>() : std::string{};
}

// "2026-11-20T06:11:02.331Z", as control::to_text() writes it.
std::optional<WallTime> time_of(const std::string& text) {
  std::tm t{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &t);
  if (rest == nullptr || !text.ends_with('Z')) return std::nullopt;
  const auto wall = WallTime{std::chrono::seconds{::timegm(&t)}};
  if (control::to_text(wall).substr(0, 19) != text.substr(0, 19)) return std::nullopt;
  return wall;
}

bool is_plain(const std::string& text) {
  return !text.empty() && text.size() <= kLongestCase &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c < 127; });
}

}  // namespace

io::ControlResponse change_hold(Facade& facade, const io::ControlRequest& request) {
  const auto body = control::Json::parse(request.body, nullptr, false);
  const auto action = body.is_object() ? text_of(body, "action") : "";
  if (action != "add" && action != "remove") {
    return io::refusal(
        400, {"action is \"add\" or \"remove\"", R"({"action": "add", "case": "AZ-1", "from": TIME, "to": TIME})"});
  }
  journal::Hold hold{.case_ref = text_of(body, "case"), .by = name_of_user(request.peer_uid)};
  if (!is_plain(hold.case_ref)) {
    return io::refusal(400, {"case is a reference of 1 to 100 visible characters without blanks"});
  }
  const auto from = time_of(text_of(body, "from"));
  const auto to = time_of(text_of(body, "to"));
  if (action == "add" && (!from || !to || *to < *from)) {
    return io::refusal(400, {"from and to are two times in order, such as 2026-11-20T00:00:00Z"});
  }
  hold.from = from.value_or(WallTime{});
  hold.to = to.value_or(WallTime{});
  const auto recorded = facade.record(journal::hold_note(action, hold, facade.now()));
  if (!recorded) return io::refusal(503, recorded.error());
  return {200, control::to_text(control::Json{{"schema", "cgn/hold/1"}, {"seq", *recorded}, {"case", hold.case_ref}})};
}

}  // namespace cgn::daemon
