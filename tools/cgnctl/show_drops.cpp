// SPDX-License-Identifier: Apache-2.0
// cgnctl show drops: every way in which a packet's visit can end, how often, what it means, what to do.
#include <fmt/format.h>

#include <map>

#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

// The rate between two pictures of --watch replaces the daemon's own, which covers its last seconds.
void take_rates_since(const control::Drops& before, control::Drops& now) {
  if (now.sampled_ms <= before.sampled_ms) return;
  std::map<std::string, std::uint64_t> totals;
  for (const auto& v : before.verdicts) totals[v.verdict] = v.total;
  now.interval_ms = now.sampled_ms - before.sampled_ms;
  for (auto& v : now.verdicts) {
    const auto found = totals.find(v.verdict);
    if (found == totals.end() || found->second > v.total) continue;
    v.rate = 1000.0 * static_cast<double>(v.total - found->second) / static_cast<double>(now.interval_ms);
  }
}

Page page_of(const control::Drops& drops) {
  Table table{.columns = {{"VERDICT"},
                          {"KIND"},
                          {"TOTAL", true},
                          {"RATE/s", true},
                          {"KERNEL", true},
                          {"SLOW-PATH", true},
                          {"MEANING"},
                          {"DO"}}};
  const auto add = [&](bool refusals) {
    for (const auto& v : drops.verdicts) {
      if (v.refusal != refusals) continue;
      table.rows.push_back({v.verdict, refusals ? "refused" : "passed", std::to_string(v.total),
                            fmt::format("{:.1f}", v.rate), std::to_string(v.kernel), std::to_string(v.slow_path),
                            v.meaning, v.remedy});
    }
  };
  add(true);
  add(false);
  const auto lost = [&](const char* name, std::uint64_t count, const char* meaning, const char* remedy) {
    table.rows.push_back({name, "lost", std::to_string(count), "-", "-", "-", meaning, remedy});
  };
  lost("punt_lost", drops.punt_lost, "after the verdict: AF_XDP had no room for the frame",
       "cgnctl show dataplane: which queue");
  return {.table = std::move(table)};
}

}  // namespace

Exit show_drops(const Session& session) {
  std::optional<control::Drops> before;
  return session.watched([&] {
    const auto reply = Client{session.options}.get(control::path::kDrops);
    if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
    auto drops = reply.body.get<control::Drops>();
    if (before) take_rates_since(*before, drops);
    before = drops;
    if (!session.options.wants_json()) return print(session, page_of(drops));
    session.print(drops);
    return Exit::ok;
  });
}

}  // namespace cgn::cgnctl
