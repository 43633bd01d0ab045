// SPDX-License-Identifier: Apache-2.0
// The exporters of the config.
#include "daemon/exporters.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "daemon/alarm_log.hpp"

namespace cgn::daemon {
namespace {

using journal::Event;
using journal::EventKind;

// What RFC 8158 calls a refusal: which quota, and how large it is.
struct QuotaOf {
  journal::Quota quota = journal::Quota::none;
  std::uint32_t limit = 0;
};

QuotaOf quota_of(Verdict reason, const config::Limits& limits, const config::Pool* pool) {
  using enum journal::Quota;
  switch (reason) {
    case CGN_VERDICT_TABLE_FULL: return {mappings, limits.mappings};
    case CGN_VERDICT_SUBSCRIBER_LIMIT:
      return {subscribers, pool != nullptr ? pool->max_subscribers : limits.subscribers};
    case CGN_VERDICT_MAPPING_LIMIT: return {per_subscriber, limits.mappings_per_subscriber};
    case CGN_VERDICT_PORT_LIMIT: return {per_subscriber, limits.ports_per_subscriber};
    case CGN_VERDICT_BLOCK_LIMIT: return {per_subscriber, pool != nullptr ? pool->max_blocks_per_subscriber : 0};
    default: return {};  // of rates, RFC 8158 has no word: syslog tells of them
  }
}

}  // namespace

Exporters::Exporters(journal::ExporterOptions options, const config::Config& config) : options_{std::move(options)} {
  follow(config);
}

void Exporters::follow(const config::Config& config) {
  using Held = std::unique_ptr<journal::Exporter>;
  const auto is_in = [](const std::vector<Held>& exporters, const Collector& c) {
    return std::ranges::any_of(exporters, [&](const Held& e) { return e->collector() == c; });
  };
  const auto goes_on = [&](const Held& exporter) {
    return std::ranges::any_of(config.exports, [&](const auto& e) { return e.collector == exporter->collector(); });
  };
  // An exporter that ends may yet wait for a resolver; whoever has something to tell must not wait with it.
  std::vector<Held> gone;
  {
    const std::lock_guard guard{lock_};
    const auto rest = std::ranges::stable_partition(exporters_, goes_on);
    std::ranges::move(rest, std::back_inserter(gone));
    exporters_.erase(rest.begin(), rest.end());
    limits_ = config.limits;
    pools_ = config.pools;
    realms_ = config.realms;
  }
  gone.clear();  // the next of the same name begins where they ended
  std::vector<Held> fresh;
  for (const auto& [collector, place] : config.exports) {
    if (is_in(exporters_, collector)) continue;
    spdlog::info("export {}: {} to {}", collector.name, cgn::word_of(collector.type), url_of(collector));
    fresh.push_back(std::make_unique<journal::Exporter>(collector, options_));
  }
  const std::lock_guard guard{lock_};
  std::ranges::move(fresh, std::back_inserter(exporters_));
  any_ = !exporters_.empty();
  sessions_ = std::ranges::any_of(exporters_, [](const auto& e) { return e->collector().sessions; });
}

std::vector<ExportFacts> Exporters::status() const {
  const std::lock_guard guard{lock_};
  std::vector<ExportFacts> facts;
  for (const auto& exporter : exporters_) facts.push_back({exporter->collector(), exporter->status()});
  return facts;
}

void Exporters::rows_durable() {
  if (idle()) return;
  const std::lock_guard guard{lock_};
  for (const auto& exporter : exporters_) exporter->poke();
}

void Exporters::publish(Event event) {
  event.mark = options_.node;
  const bool session = journal::about_session(event.kind);
  for (const auto& exporter : exporters_) {
    if (!session || exporter->collector().sessions) exporter->publish(event);
  }
}

void Exporters::tell(const core::Alarm& alarm, const std::optional<Ipv4>& external, const Now& now) {
  if (idle()) return;
  const std::lock_guard guard{lock_};
  const auto pool = std::ranges::find(pools_, alarm.pool, &config::Pool::name);
  const auto quota = quota_of(alarm.reason, limits_, pool == pools_.end() ? nullptr : &*pool);
  Event event{.kind = EventKind::quota_exceeded,
              .at = now.wall,
              .subscriber = alarm.subscriber,
              .realm = alarm.realm,
              .pool = alarm.pool,
              .quota = quota.quota,
              .limit = quota.limit,
              .text = sentence_of(alarm)};
  if (alarm.reason == CGN_VERDICT_POOL_FULL) {
    event.kind = external ? EventKind::ports_exhausted : EventKind::addresses_exhausted;
    event.external = external.value_or(Ipv4{});
  }
  publish(std::move(event));
}

void Exporters::tell(const core::Threshold& t, const Now& now) {
  if (idle()) return;
  const std::lock_guard guard{lock_};
  Event event{.kind = EventKind::threshold_reached, .at = now.wall, .pool = t.pool, .text = sentence_of(t)};
  const auto pool = std::ranges::find(pools_, t.pool, &config::Pool::name);
  if (t.resource == Resource::mappings) {
    event.threshold = t.reached ? journal::Mark8158::mappings_high : journal::Mark8158::none;
    event.limit = limits_.mappings_alarm_high;
  } else if (pool != pools_.end()) {
    event.threshold = t.reached ? journal::Mark8158::pool_high : journal::Mark8158::pool_low;
    event.limit = t.reached ? pool->alarm_high : pool->alarm_low;
  }
  publish(std::move(event));
}

void Exporters::tell(const core::MappingView& m, bool created, const Now& now) {
  if (!sessions_.load(std::memory_order_relaxed)) return;
  const std::lock_guard guard{lock_};
  const auto kind = m.session ? (created ? EventKind::session_created : EventKind::session_deleted)
                              : (created ? EventKind::mapping_created : EventKind::mapping_deleted);
  publish({.kind = kind,
           .at = now.wall,
           .subscriber = Prefix::of(m.internal.address, 32),
           .realm = config::log_name(realms_, m.internal.realm),
           .external = m.external.address,
           .proto = m.proto,
           .internal_port = m.internal.port,
           .external_port = m.external.port,
           .remote = m.remote});
}

}  // namespace cgn::daemon
