// SPDX-License-Identifier: Apache-2.0
// Control requests about identities and RADIUS.
#include "daemon/identity_commands.hpp"

#include <fmt/format.h>
#include <pwd.h>

#include <array>

#include "cgn/identity_control.hpp"
#include "daemon/clock.hpp"

namespace cgn::daemon {
namespace {

using io::ControlRequest;
using io::ControlResponse;
using io::refusal;

ControlResponse ok(const control::Json& document) { return {200, control::to_text(document)}; }

std::string user_of(unsigned uid) {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  const bool known = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
  return known ? found->pw_name : fmt::format("uid {}", uid);
}

// One entry of a request's list.
Result<IdentityReport> report_of(const control::Json& item, const std::string& by, const Now& now) {
  if (!item.is_object()) return fail("a binding is an object", R"({"subscriber": "100.64.0.7", "id": "C-1048213"})");
  const auto text = [&](const char* name) {
    const auto found = item.find(name);
    return found != item.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  const auto address = Prefix::parse(text("subscriber"));
  if (!address) return fail("'" + text("subscriber") + "' is no internal address or prefix", "as in 100.64.0.7");
  IdentityReport report{.address = *address};
  report.claim.who.first = text("realm");
  report.claim.id = text("id");
  report.claim.source = "cgnctl";
  report.claim.by = by;
  report.claim.when = journal::Span::at(now.wall);
  const auto from = item.find("from_ms");
  if (from == item.end() || from->is_null()) return report;
  if (!from->is_number_integer()) return fail("from_ms is a number of milliseconds since 1970");
  const WallTime when{std::chrono::milliseconds{from->get<std::int64_t>()}};
  if (when > now.wall)
    return fail("an identity cannot begin in the future", "--from takes a time that has passed, or now");
  if (now.wall - when > journal::kLatestReport) {
    return fail("an identity cannot begin more than 24 h ago", "the record of those days is closed");
  }
  report.claim.when = journal::Span::at(when);
  return report;
}

struct Order {
  std::vector<IdentityReport> reports{};
  std::vector<control::IdentityFault> faults{};
  bool check_only = false;
};

Result<Order> order_of(const ControlRequest& request, Claim::Kind kind) {
  const auto body = control::Json::parse(request.body, nullptr, false);
  const auto list = body.is_object() ? body.find("bindings") : body.end();
  if (!body.is_object() || list == body.end() || !list->is_array() || list->empty()) {
    return fail("the body must hold bindings", R"({"bindings": [{"subscriber": "100.64.0.7", "id": "C-1048213"}]})");
  }
  Order order;
  order.check_only = body.value("check", false);
  const auto by = user_of(request.peer_uid);
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto report = report_of(list->at(i), by, now());
    if (report && kind == Claim::Kind::begins) {
      if (auto fault = journal::fault_of_identity(report->claim.id)) report = fail(std::move(*fault));
    }
    if (!report) {
      order.faults.push_back({i, report.error().what, report.error().hint});
      continue;
    }
    report->claim.kind = kind;
    order.reports.push_back(std::move(*report));
  }
  return order;
}

// All or nothing: what one of them lacks is told of every one.
ControlResponse carry_out(IdentityDesk& desk, const ControlRequest& request, Claim::Kind kind) {
  auto order = order_of(request, kind);
  if (!order) return refusal(400, order.error());
  control::IdentityResult result;
  result.faults = std::move(order->faults);
  if (result.faults.empty()) {
    const auto checked = desk.check(order->reports);
    if (!checked) return refusal(503, checked.error());
    for (std::size_t i = 0; i < checked->size(); ++i) {
      const auto& one = checked->at(i);
      if (!one) result.faults.push_back({i, one.error().what, one.error().hint});
    }
  }
  if (order->check_only || !result.faults.empty()) return ok(result);
  const auto answers = desk.submit_and_wait(std::move(order->reports));
  if (!answers) return refusal(500, answers.error());
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const auto& answer = answers->at(i);
    if (!answer) {
      result.faults.push_back({i, answer.error().what, answer.error().hint});
      continue;
    }
    if (*answer == IdentityDesk::Outcome::bound) ++result.bound;
    if (*answer == IdentityDesk::Outcome::ended) ++result.ended;
    if (*answer == IdentityDesk::Outcome::unchanged) ++result.unchanged;
    if (*answer == IdentityDesk::Outcome::late) ++result.late;
    if (*answer == IdentityDesk::Outcome::undecided) {
      result.faults.push_back({i, "another report of this subscriber is on its way to disk", "repeat it"});
    }
  }
  return ok(result);
}

control::Identity to_document(const IdentityDesk::View& view) {
  return {.subscriber = to_string(view.who.second),
          .realm = view.who.first,
          .id = view.binding.id,
          .since = control::to_text(view.binding.from.latest),
          .source = view.binding.source,
          .session = view.binding.session,
          .last_sign = control::to_text(view.binding.last_sign)};
}

ControlResponse identities(IdentityDesk& desk, const ControlRequest& request) {
  const auto value = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string{} : found->second;
  };
  const auto address = Ipv4::parse(value("subscriber"));
  if (!address && value("id").empty()) {
    return refusal(400, {"whose? name a subscriber or an id", "?subscriber=100.64.0.7 or ?id=C-1048213"});
  }
  const auto views = address ? desk.of_address(*address, value("realm")) : desk.of_identity(value("id"));
  if (!views) return refusal(503, views.error());
  control::Identities document;
  for (const auto& view : *views) document.identities.push_back(to_document(view));
  return ok(document);
}

ControlResponse radius(const RadiusListener* listener) {
  control::Radius document;
  if (listener == nullptr) return ok(document);
  const auto facts = listener->facts();
  document.listen = facts.listen;
  document.troubles = facts.troubles;
  for (const auto& [sender, c] : facts.senders) {
    document.senders.push_back({.address = to_string(sender),
                                .requests = c.requests,
                                .answered = c.answered,
                                .repeated = c.repeated,
                                .malformed = c.malformed,
                                .bad_secret = c.bad_secret,
                                .unknown = c.unknown,
                                .late = c.late,
                                .outside = c.outside,
                                .unrecorded = c.unrecorded});
  }
  return ok(document);
}

}  // namespace

std::vector<io::ControlRoute> make_identity_routes(IdentityDesk& desk, const RadiusListener* listener) {
  using Request = const ControlRequest&;
  using enum io::Access;
  namespace path = control::path;
  const auto exactly = [](std::string_view p) { return std::string{p}; };
  return {
      {"GET", exactly(path::kIdentities), write, [&desk](Request r) { return identities(desk, r); }},
      {"POST", exactly(path::kIdentities), write,
       [&desk](Request r) { return carry_out(desk, r, Claim::Kind::begins); }},
      {"POST", exactly(path::kIdentitiesEnd), write,
       [&desk](Request r) { return carry_out(desk, r, Claim::Kind::ends); }},
      {"GET", exactly(path::kRadius), read, [listener](Request) { return radius(listener); }},
  };
}

}  // namespace cgn::daemon
