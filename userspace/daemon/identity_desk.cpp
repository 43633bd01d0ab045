// SPDX-License-Identifier: Apache-2.0
// Where reports of identities arrive.
#include "daemon/identity_desk.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>

namespace cgn::daemon {
namespace {

constexpr std::chrono::seconds kDiskPatience{10};

// Calls `done` once, when the last of several rows has been decided.
IdentityDesk::Done when_all(std::size_t count, IdentityDesk::Done done) {
  struct Rest {
    std::size_t count;
    bool durable = true;
  };
  auto rest = std::make_shared<Rest>(Rest{count});
  return [rest = std::move(rest), done = std::move(done)](bool durable) {
    rest->durable = rest->durable && durable;
    if (--rest->count == 0 && done) done(rest->durable);
  };
}

}  // namespace

std::string_view word_of(IdentityBook::Outcome outcome) {
  switch (outcome) {
    case IdentityBook::Outcome::bound: return "bound";
    case IdentityBook::Outcome::unchanged: return "unchanged";
    case IdentityBook::Outcome::ended: return "ended";
    case IdentityBook::Outcome::late: return "late";
    case IdentityBook::Outcome::undecided: return "undecided";
  }
  return {};
}

Result<std::vector<SubscriberId>> IdentityDesk::subscribers_of(const core::Translator& core,
                                                               const IdentityReport& report) const {
  const auto& network = report.address;
  const auto realm = config::find_realm(config_.realms, report.claim.who.first);
  if (!realm) return fail("there is no realm '" + report.claim.who.first + "'", "cgnctl config show lists them");
  if (network.size() > kMostAddresses) {
    return fail(to_string(network) + " is too wide for one customer", "a /24 at most");
  }
  std::vector<SubscriberId> found;
  for (auto host = std::uint64_t{network.first().host()}; host <= network.last().host();) {
    const auto view = core.subscriber({Ipv4::from_host(static_cast<std::uint32_t>(host)), *realm});
    if (view) found.push_back(view->id);
    host = view ? std::uint64_t{view->id.last().host()} + 1 : host + 1;
  }
  if (found.empty()) {
    return fail("no [[rule]] covers " + to_string(network),
                "is it an internal address? cgnctl config show lists the rules");
  }
  return found;
}

// Whether the blocks that the subscriber holds are older than the session that is told of.
bool IdentityDesk::is_former(const core::Translator& core, const SubscriberId& subscriber, WallTime older) const {
  return std::ranges::any_of(core.blocks_of({subscriber.address(), subscriber.realm}),
                             [&](const core::BlockView& block) { return block.allocated_at < older; });
}

void IdentityDesk::record(const Key& who, IdentityBook::Ruling ruling, const Now& now, const Done& done) {
  auto shared = std::make_shared<IdentityBook::Ruling>(std::move(ruling));
  const auto all = when_all(shared->rows.size(), [this, who, shared, done](bool durable) {
    durable ? book_.recorded(who, *shared) : book_.unrecorded(who, *shared);
    if (done) done(durable);
  });
  for (const auto& row : shared->rows) hands_.record(to_note(who, row, now), all);
}

IdentityDesk::Answer IdentityDesk::take(const Order& order, core::Translator& core, const Now& now) {
  TRY(subscribers, subscribers_of(core, order.report));
  std::vector<std::pair<Key, IdentityBook::Ruling>> rulings;
  for (const auto& subscriber : subscribers) {
    auto claim = order.report.claim;
    claim.who = {config::log_name(config_.realms, subscriber.realm), subscriber};
    auto ruling = book_.judge(claim);
    const bool former = ruling.older_is_former && is_former(core, subscriber, *ruling.older_is_former);
    if (ruling.changes_hands || former) hands_.end_customer(subscriber, now);
    rulings.emplace_back(claim.who, std::move(ruling));
  }
  auto outcome = rulings.front().second.outcome;
  const auto undecided =
      std::ranges::any_of(rulings, [](const auto& r) { return r.second.outcome == Outcome::undecided; });
  const auto with_rows = std::ranges::count_if(rulings, [](const auto& r) { return !r.second.rows.empty(); });
  if (undecided) outcome = Outcome::undecided;
  const auto done = undecided ? Done{} : order.done;
  if (with_rows == 0 && done) done(true);
  const auto all = when_all(static_cast<std::size_t>(with_rows), done);
  for (auto& [who, ruling] : rulings) {
    if (!ruling.rows.empty()) record(who, std::move(ruling), now, all);
  }
  return outcome;
}

Result<std::vector<IdentityDesk::Answer>> IdentityDesk::submit(std::vector<Order> orders) {
  std::vector<Answer> answers;
  for (std::size_t begin = 0; begin < orders.size(); begin += kSlice) {
    const auto end = std::min(begin + kSlice, orders.size());
    TRY_VOID(hands_.ask([&](core::Translator& core, const Now& now) {
      for (auto i = begin; i < end; ++i) answers.push_back(take(orders[i], core, now));
    }));
  }
  return answers;
}

Result<std::vector<IdentityDesk::Answer>> IdentityDesk::submit_and_wait(std::vector<IdentityReport> reports) {
  struct Wait {
    std::promise<bool> all;
    std::atomic<std::size_t> left;
    std::atomic<bool> durable{true};
    void one(bool good) {
      if (!good) durable = false;
      if (left.fetch_sub(1) == 1) all.set_value(durable);
    }
  };
  auto wait = std::make_shared<Wait>();
  wait->left = reports.size() + 1;
  std::vector<Order> orders;
  for (auto& report : reports) {
    orders.push_back({std::move(report), [wait](bool durable) { wait->one(durable); }});
  }
  TRY(answers, submit(std::move(orders)));
  for (const auto& answer : answers) {
    if (!answer || *answer == Outcome::undecided) wait->one(true);
  }
  wait->one(true);
  auto decided = wait->all.get_future();
  const bool in_time = decided.wait_for(kDiskPatience) == std::future_status::ready;
  if (!in_time || !decided.get()) {
    return fail("the log did not take the rows: they are not recorded", "cgnctl status tells why; repeat it then");
  }
  return answers;
}

Result<std::size_t> IdentityDesk::end_all_of(const std::string& source, const std::string& by,
                                             const journal::Span& when, Done done) {
  constexpr std::size_t kKeys = 256;
  std::vector<IdentityReport> reports;
  for (std::optional<Key> after;;) {
    std::vector<Key> keys;
    TRY_VOID(hands_.ask([&](core::Translator&, const Now&) {
      keys = book_.of_source(source, after, kKeys);
      for (const auto& key : keys) {
        const auto* const bound = book_.find(key);
        if (bound->from.earliest > when.latest) continue;  // a session that began later
        Claim claim{
            .kind = Claim::Kind::ends, .who = {key.first, {}}, .session = bound->session, .source = source, .by = by};
        claim.when = {std::min(bound->last_sign, when.latest), when.latest};
        reports.push_back({key.second, std::move(claim)});
      }
    }));
    if (keys.size() < kKeys) break;
    after = keys.back();
  }
  if (reports.empty()) done(true);
  const auto all = when_all(reports.size(), std::move(done));
  std::vector<Order> orders;
  for (auto& report : reports) orders.push_back({std::move(report), all});
  TRY(answers, submit(std::move(orders)));
  for (const auto& answer : answers) {
    if (!answer || *answer == Outcome::undecided) all(false);  // the NAS says it again
  }
  return answers.size();
}

Result<std::vector<IdentityDesk::View>> IdentityDesk::of_address(Ipv4 address, const std::string& realm) {
  std::vector<View> views;
  TRY_VOID(hands_.ask([&](core::Translator& core, const Now&) {
    const auto where = config::find_realm(config_.realms, realm);
    if (!where) return;
    const auto subscriber = core.subscriber({address, *where});
    const Prefix who = subscriber ? Prefix{subscriber->id} : Prefix::of(address, 32);
    const Key key{config::log_name(config_.realms, *where), who};
    if (const auto* bound = book_.find(key)) views.push_back({key, *bound});
  }));
  return views;
}

Result<std::vector<IdentityDesk::View>> IdentityDesk::of_identity(const std::string& id) {
  constexpr std::size_t kMost = 1000;
  std::vector<View> views;
  TRY_VOID(hands_.ask([&](core::Translator&, const Now&) {
    for (const auto& key : book_.of_identity(id, kMost)) views.push_back({key, *book_.find(key)});
  }));
  return views;
}

Result<std::vector<IdentityDesk::Answer>> IdentityDesk::check(const std::vector<IdentityReport>& reports) {
  std::vector<Answer> answers;
  constexpr std::size_t kChecks = 64;
  for (std::size_t begin = 0; begin < reports.size(); begin += kChecks) {
    const auto end = std::min(begin + kChecks, reports.size());
    TRY_VOID(hands_.ask([&](core::Translator& core, const Now&) {
      for (auto i = begin; i < end; ++i) {
        const auto found = subscribers_of(core, reports[i]);
        answers.push_back(found ? Answer{Outcome::bound} : Answer{Unexpected{found.error()}});
      }
    }));
  }
  return answers;
}

}  // namespace cgn::daemon
