// SPDX-License-Identifier: Apache-2.0
// The documents, filled.
#include "daemon/documents.hpp"

#include <fmt/format.h>

#include <set>

#include "config/timer_minima.hpp"
#include "daemon/alarm_documents.hpp"
#include "daemon/alarm_log.hpp"

namespace cgn::daemon {

namespace {

std::string word_of(core::BlockState state) {
  switch (state) {
    case core::BlockState::pending: return "pending";
    case core::BlockState::held: return "held";
    case core::BlockState::lingering: return "lingering";
    case core::BlockState::releasing: return "releasing";
  }
  return {};
}

std::string word_of(BlockEventKind kind) {
  switch (kind) {
    case BlockEventKind::allocated: return "allocated";
    case BlockEventKind::released: return "released";
    case BlockEventKind::continued: return "continued";
  }
  return {};
}

control::Port to_document(const PortFacts& port) {
  return {.interface = port.interface,
          .ifindex = port.ifindex,
          .internal = port.internal,
          .external = port.external,
          .xdp = !port.attached ? "detached"
                 : port.native  ? "native"
                                : "generic",
          .afxdp = port.zerocopy ? "zero-copy" : "copy",
          .queues = port.queues,
          .mtu = port.mtu};
}

std::vector<control::Port> ports_of(const Facts& facts) {
  std::vector<control::Port> ports;
  for (const auto& port : facts.ports) ports.push_back(to_document(port));
  return ports;
}

control::Guard guard_of(const Facts& facts) {
  return {.whole = facts.guard_missing.empty(), .missing = facts.guard_missing};
}

template <class D>
std::uint64_t in_ms(D duration) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(duration).count());
}

// Two samples of the counters, and what moved between them.
struct Interval {
  CounterSample before{};
  CounterSample now{};

  explicit Interval(Facade& facade) : before{facade.counters_before()}, now{facade.counters()} {}

  [[nodiscard]] std::uint64_t ms() const { return now.at > before.at ? in_ms(now.at - before.at) : 0; }
  [[nodiscard]] double per_second(std::uint64_t from, std::uint64_t to) const {
    const auto interval = ms();
    return interval == 0 || to < from ? 0.0 : 1000.0 * static_cast<double>(to - from) / static_cast<double>(interval);
  }
  [[nodiscard]] double kernel(Verdict v) const { return per_second(before.kernel[v], now.kernel[v]); }
  [[nodiscard]] double slow_path(Verdict v) const { return per_second(before.slow_path[v], now.slow_path[v]); }
};

control::Traffic traffic_of(const Interval& interval) {
  control::Traffic traffic{.interval_ms = interval.ms()};
  for (const auto& text : kVerdicts) {
    traffic.received += interval.kernel(text.verdict);
    if (text.end != VerdictEnd::refused) continue;
    traffic.refused += interval.kernel(text.verdict) + interval.slow_path(text.verdict);
  }
  traffic.translated = interval.kernel(CGN_VERDICT_TRANSLATED) + interval.kernel(CGN_VERDICT_HAIRPINNED);
  traffic.punted = interval.kernel(CGN_VERDICT_PUNTED);
  return traffic;
}

void warn_of_policy(const config::Config& config, std::vector<std::string>& warnings) {
  const auto in_seconds = [](Duration d) { return std::chrono::floor<std::chrono::seconds>(d).count(); };
  for (const auto& [key, timer, least, rfc] : config::kTimerMinima) {
    const auto value = config.timeouts.*timer;
    if (value >= least) continue;
    warnings.push_back(
        fmt::format("[timeouts] {} is {} s, below the {} s of {}", key, in_seconds(value), in_seconds(least), rfc));
  }
  for (const auto& pool : config.pools) {
    if (pool.block_hold_down >= config::kLeastHoldDown && pool.port_hold_down >= config::kLeastHoldDown) continue;
    warnings.push_back(fmt::format("pool {}: hold-down below the {} s of {}", pool.name,
                                   in_seconds(config::kLeastHoldDown), config::kHoldDownRfc));
  }
}

void warn_of_facts(const Facts& facts, std::vector<std::string>& warnings) {
  for (const auto& port : facts.ports) {
    if (!port.attached) {
      warnings.push_back(port.interface + ": the program is not attached");
    } else if (!port.native) {
      warnings.push_back(port.interface + ": generic XDP, several times slower than the driver's own");
    }
  }
  for (const auto& missing : facts.guard_missing) warnings.push_back("leak guard: missing " + missing);
  if (!facts.log.sealing_trouble.empty()) warnings.push_back("the legal log: " + facts.log.sealing_trouble);
  if (!facts.log.writable) warnings.push_back(sentence_of(facts.log));
}

void warn_of_shortages(const BrainFacts& brain, std::vector<std::string>& warnings) {
  warnings.insert(warnings.end(), brain.shortages.begin(), brain.shortages.end());
  if (brain.refused_subscribers == 0) return;
  warnings.push_back(
      fmt::format("subscribers are being refused, {} episodes: cgnctl show alarms", brain.refused_subscribers));
}

control::LogStore log_of(const Facts& facts, const config::Log& log) {
  return {.path = log.path,
          .file = facts.log.file.string(),
          .opened_at = control::to_text(facts.log.opened_at),
          .writable = facts.log.writable,
          .trouble = facts.log.trouble,
          .unwritable_since = facts.log.since ? control::to_text(*facts.log.since) : std::string{},
          .last_seq = facts.log.last_seq,
          .events_today = facts.log.events_today,
          .commits = facts.log.commits,
          .queued = facts.log.queued,
          .retention_seconds = in_ms(log.retention) / 1000,
          .free_bytes = facts.log_free_bytes};
}

}  // namespace

control::Pool to_document(const core::PoolView& pool) {
  return {.name = pool.name,
          .addresses = pool.addresses,
          .block_size = pool.block_size,
          .extension_block_size = pool.extension_block_size,
          .first_blocks = pool.first_blocks,
          .first_held = pool.first_held,
          .first_resting = pool.first_resting,
          .extension_blocks = pool.extension_blocks,
          .extension_held = pool.extension_held,
          .extension_resting = pool.extension_resting,
          .subscribers = pool.subscribers,
          .max_subscribers = pool.max_subscribers,
          .ratio = pool.ratio};
}

control::Block to_document(const core::BlockView& block, const Realms& realms) {
  return {.ticket = block.ticket,
          .subscriber = to_string(block.subscriber),
          .realm = config::realm_name(realms, block.subscriber.realm),
          .external = to_string(block.external),
          .first_port = block.ports.first.value(),
          .last_port = block.ports.last.value(),
          .pool = block.pool,
          .state = word_of(block.state),
          .first = block.first,
          .computed = block.computed,
          .allocated_at = control::to_text(block.allocated_at),
          .used = {block.used_tcp, block.used_udp, block.used_icmp, block.used_other},
          .resting = {block.resting_tcp, block.resting_udp, block.resting_icmp, block.resting_other}};
}

control::Subscriber to_document(const core::SubscriberView& view, const std::vector<core::BlockView>& blocks,
                                const Realms& realms) {
  control::Subscriber document{.subscriber = to_string(view.id),
                               .realm = config::realm_name(realms, view.id.realm),
                               .pool = view.pool,
                               .external = to_string(view.external),
                               .max_blocks = view.max_blocks,
                               .mappings = {view.tcp, view.udp, view.icmp, view.other},
                               .refused = view.refused};
  for (const auto& block : blocks) document.blocks.push_back(to_document(block, realms));
  return document;
}

control::BlockNews to_document(const BlockEvent& event, std::uint64_t lost) {
  return {.event = word_of(event.kind),
          .at = control::to_text(event.at.wall),
          .subscriber = to_string(event.subscriber),
          .realm = shown_realm(event.realm),
          .external = to_string(event.external),
          .first_port = event.ports.first.value(),
          .last_port = event.ports.last.value(),
          .pool = event.pool,
          .allocated_at = control::to_text(event.allocated_at),
          .lost = lost};
}

control::Address address_document(Ipv4 external, const std::string& pool, std::vector<control::Block> blocks) {
  std::set<std::string> subscribers;
  for (const auto& block : blocks) subscribers.insert(block.subscriber);
  return {.address = to_string(external), .pool = pool, .subscribers = subscribers.size(), .blocks = std::move(blocks)};
}

BrainFacts brain_facts(const core::Translator& core) {
  BrainFacts facts;
  for (const auto& pool : core.pools()) facts.pools.push_back(to_document(pool));
  for (const auto& s : core.shortages()) {
    facts.shortages.push_back(sentence_of(core::Threshold{s.resource, s.pool, true, s.used, s.most}));
  }
  facts.refused_subscribers = core.episode_count();
  facts.subscribers = core.subscriber_count();
  facts.mappings = core.mapping_count();
  const auto count = [&](Proto proto) { return static_cast<unsigned>(core.mapping_count(proto)); };
  facts.by_protocol = {count(Proto::tcp), count(Proto::udp), count(Proto::icmp),
                       count(Proto::udplite) + count(Proto::dccp) + count(Proto::sctp)};
  return facts;
}

control::Status status_document(Facade& facade, const BrainFacts& brain) {
  const auto facts = facade.facts();
  const auto config = facade.config();
  control::Status document{.version = facts.version,
                           .node_id = config.node.id,
                           .node_name = config.node.name,
                           .state = facts.state,
                           .started_at = control::to_text(facts.started_at),
                           .uptime_seconds = in_ms(facts.uptime) / 1000,
                           .config_file = facts.config_file,
                           .config_loaded_at = control::to_text(facts.config_loaded_at),
                           .ports = ports_of(facts),
                           .traffic = traffic_of(Interval{facade}),
                           .subscribers = brain.subscribers,
                           .mappings = brain.mappings,
                           .mappings_by_protocol = brain.by_protocol,
                           .mapping_limit = config.limits.mappings,
                           .pools = brain.pools,
                           .log = log_of(facts, config.log),
                           .guard = guard_of(facts),
                           .warnings = facts.warnings};
  warn_of_facts(facts, document.warnings);
  warn_of_shortages(brain, document.warnings);
  warn_of_policy(config, document.warnings);
  return document;
}

control::Drops drops_document(Facade& facade) {
  const auto facts = facade.facts();
  const Interval interval{facade};
  control::Drops document{.sampled_at = control::to_text(facade.now().wall),
                          .sampled_ms = in_ms(interval.now.at.time_since_epoch()),
                          .interval_ms = interval.ms()};
  for (const auto& [verdict, word, side, end, meaning, remedy] : kVerdicts) {
    const std::uint64_t kernel = interval.now.kernel[verdict];
    const std::uint64_t slow_path = interval.now.slow_path[verdict];
    document.verdicts.push_back({.verdict = std::string{word},
                                 .refusal = end == VerdictEnd::refused,
                                 .total = kernel + slow_path,
                                 .kernel = kernel,
                                 .slow_path = slow_path,
                                 .rate = interval.kernel(verdict) + interval.slow_path(verdict),
                                 .meaning = std::string{meaning},
                                 .remedy = std::string{remedy}});
  }
  for (const auto& hand : facts.hands) document.punt_lost += hand.statistics.rx_dropped;
  return document;
}

control::Dataplane dataplane_document(Facade& facade, std::uint64_t mappings) {
  const auto facts = facade.facts();
  control::Dataplane document{.ports = ports_of(facts),
                              .mappings = mappings,
                              .mapping_limit = facade.config().limits.mappings,
                              .guard = guard_of(facts)};
  for (const auto& [queue, statistics] : facts.hands) {
    document.queues.push_back({.queue = queue,
                               .punt_lost = statistics.rx_dropped,
                               .rx_ring_full = statistics.rx_ring_full,
                               .fill_ring_empty = statistics.fill_ring_empty,
                               .tx_invalid = statistics.tx_invalid});
  }
  return document;
}

}  // namespace cgn::daemon
