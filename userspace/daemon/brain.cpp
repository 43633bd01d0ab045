// SPDX-License-Identifier: Apache-2.0
// The one loop.
#include "daemon/brain.hpp"

#include <spdlog/spdlog.h>

#include "daemon/clock.hpp"

namespace cgn::daemon {
namespace {

constexpr std::chrono::seconds kStartPatience{5};
constexpr std::chrono::milliseconds kTickEvery{50};
constexpr std::chrono::milliseconds kTickWhileWaiting{5};  // a frame that waits for a port may wait 50 ms in all
// Ports and identifications are drawn from one seed, and must not tell of each other.
constexpr std::uint64_t kFragmentSeed = 0x9e3779b97f4a7c15U;
constexpr std::uint64_t kCallSeed = 0xd1b54a32d192ed03U;

Duration longest_hold_down(const config::Config& config) {
  Duration longest = std::chrono::seconds{120};
  for (const auto& pool : config.pools) longest = std::max({longest, pool.block_hold_down, pool.port_hold_down});
  return longest;
}

}  // namespace

Brain::Brain(const config::Config& config, const Outside& outside, std::uint64_t seed)
    : config_{config},
      dataplane_{outside.dataplane},
      writer_{outside.writer},
      resting_{outside.resting},
      exporters_{outside.exporters},
      translator_{config, seed},
      recorder_{writer_, config.log.first_packet_wait},
      filter_{translator_, io::PermissionTable{dataplane_.program().permissions_fd()},
              core::Permissions{config.limits, config.timeouts, seed}},
      controls_{io::AdjustmentTable{dataplane_.program().adjustments_fd()}},
      sessions_{dataplane_.program().sessions_fd()},
      tunnels_{translator_, sessions_, config, seed},
      calls_{sessions_, seed ^ kCallSeed},
      outlet_{translator_, filter_, counters_, {config.nat.tcp_mss_clamp, dataplane_.seed()}},
      errors_{config.limits.icmp_errors_per_second, seed},
      table_{dataplane_.program().entries_fd(), dataplane_.program().entries_capacity()},
      applier_{{dataplane_.program(), table_, sessions_, resting_, recorder_, held_, filter_, controls_, calls_, tunnels_,
                outlet_, counters_, alarms_, exporters_},
               translator_,
               [this](const core::ReleaseHeld& r, const Now& at) { slow_path_.released(r, at); }},
      alg_{{translator_, applier_, filter_, controls_}, config.alg.ftp},
      pptp_{calls_, config.alg.pptp},
      slow_path_{{translator_, applier_, alg_, pptp_, calls_, filter_, tunnels_, outlet_, held_, errors_, counters_},
                 config,
                 seed ^ kFragmentSeed},
      sweep_{translator_, applier_} {}

Result<AdoptionReport> Brain::adopt() {
  const auto start = now();
  if (auto cleared = dataplane_.program().clear_subscribers_live(); !cleared) return Unexpected{cleared.error()};
  const auto hold_down = longest_hold_down(config_);
  TRY(parameters, parameters_at_start(config_, writer_.parameters(), hold_down, start.wall));
  // Blocks of another boot end with it unless this one continues them.
  const bool ends = !writer_.same_boot() && (!writer_.open_blocks().empty() || parameters.recorded);
  if (ends || parameters.changed) translator_.await_start();
  Adoption adoption{translator_, {table_, sessions_, tunnels_}, writer_, resting_};
  auto report = adoption.run(parameters.parameters, hold_down, start, effects_);
  if (!report) return report;
  applier_.apply(effects_, start);
  record(std::move(parameters));
  filter_.adopt(start);
  controls_.adopt(translator_, start.mono);
  const auto entries = sessions_.all();
  if (!entries) return Unexpected{entries.error()};
  calls_.adopt(*entries, translator_, config_.alg.pptp);
  if (report->mappings == 0) translator_.allow_midstream_until(start.mono + std::chrono::seconds{300});
  return report;
}

// From here on computed blocks are those of the config; no packet was served yet.
void Brain::record(ParametersAtStart start) {
  parameters_ = std::move(start.parameters);
  if (!start.recorded) return;
  const auto at = now();
  if (start.changed) parameters_.since = at.wall;
  translator_.compute_since(parameters_.since);
  recorder_.append(note_of(parameters_, at), {}, journal::Unwritable::waits);
}

void Brain::begin(const Note& adoption) {
  // The last of this start's rows: when it is durable, all are.
  const auto recorded = [this](bool durable) {
    if (!durable) return;
    const auto at = now();
    core::Effects effects;
    translator_.start_recorded(at, effects);
    applier_.apply(effects, at);
  };
  recorder_.append(adoption, recorded, journal::Unwritable::waits);
  if (!writer_.health().writable) return;
  recorder_.wait(kStartPatience, now(), [this] { return !translator_.awaits_start(); });
}

void Brain::run(const std::atomic<bool>& stop, const std::function<void()>& alive) {
  auto next_tick = now().mono;
  auto next_second = next_tick;
  bool more = true;
  while (!stop.load(std::memory_order_relaxed)) {
    if (dataplane_.take_changed()) follow_dataplane();
    for (auto& p : polled_) p.revents = 0;
    const auto pause = slow_path_.anyone_waits() ? kTickWhileWaiting : kTickEvery;
    ::poll(polled_.data(), polled_.size(), more ? 0 : static_cast<int>(pause.count()));
    const auto batch = now();
    if (slow_path_.anyone_waits()) next_tick = std::min(next_tick, batch.mono + kTickWhileWaiting);
    more = serve(batch) > 0;
    take_journal_answers(batch);
    outlet_.flush();
    questions_.run(translator_, batch);
    if (batch.mono >= next_tick) {
      more = sweep_.tick(batch) || more;
      filter_.tick(batch, Sweep::kMost);
      tunnels_.tick(batch, Sweep::kMost, effects_);
      applier_.apply(effects_, batch);
      outlet_.expire(batch);
      slow_path_.fragments().expire(batch);
      next_tick = batch.mono + kTickEvery;
    }
    slow_path_.retry(batch);
    const bool every_second = batch.mono >= next_second;
    if (every_second || (polled_.front().revents & POLLIN) != 0) {
      dataplane_.keep(every_second);
      for (const auto& neighbour : dataplane_.take_neighbours()) outlet_.neighbour_changed(neighbour);
      outlet_.flush();
    }
    if (every_second) {
      housekeeping(batch);
      alive();
      next_second = batch.mono + std::chrono::seconds{1};
    }
  }
  questions_.close();
}

void Brain::follow_dataplane() {
  polled_.clear();
  polled_.push_back({.fd = dataplane_.watch_fd(), .events = POLLIN, .revents = 0});
  polled_.push_back({.fd = writer_.completion_fd(), .events = POLLIN, .revents = 0});
  polled_.push_back({.fd = questions_.fd(), .events = POLLIN, .revents = 0});
  for (const auto& hand : dataplane_.hands()) {
    for (const auto& d : hand->descriptors()) polled_.push_back({.fd = d.fd, .events = POLLIN, .revents = 0});
  }
  outlet_.use(dataplane_.hands(), dataplane_.egress());
  errors_.use(dataplane_.topology().sources);
  // Neighbours that went stale before we watched are asked once; from then on the watch tells.
  if (const auto all = io::neighbours()) {
    for (const auto& neighbour : *all) outlet_.neighbour_changed(neighbour);
  }
}

std::size_t Brain::serve(const Now& batch) {
  std::size_t served = 0;
  for (auto& hand : dataplane_.hands()) {
    const auto frames = hand->receive(kBatch);
    for (const auto& frame : frames) slow_path_.serve(frame.bytes, hand->queue(), frame.port, batch);
    served += frames.size();
  }
  return served;
}

void Brain::take_journal_answers(const Now& batch) {
  const auto answers = recorder_.answers(batch);
  if (!answers.empty()) exporters_.rows_durable();
  for (const auto& answer : answers) {
    if (answer.durable) block_feed_.publish(answer.event);
    if (answer.ticket == 0) continue;  // nobody in the core waits for it
    switch (answer.kind) {
      case BlockEventKind::allocated:
        if (answer.durable) {
          translator_.block_recorded(answer.ticket, batch, effects_);
        } else {
          translator_.block_unrecorded(answer.ticket, batch, effects_);
        }
        break;
      case BlockEventKind::released:
        if (answer.durable) {
          translator_.release_recorded(answer.ticket, batch, effects_);
        } else {
          translator_.release_unrecorded(answer.ticket, batch);
        }
        break;
      case BlockEventKind::continued: break;
    }
    applier_.apply(effects_, batch);
  }
}

void Brain::housekeeping(const Now& batch) {
  Pulse pulse;
  pulse.ports = dataplane_.port_states();
  pulse.guard_whole = dataplane_.guard_whole();
  for (const auto& hand : dataplane_.hands()) {
    pulse.hands.emplace_back(hand->queue(), hand->statistics());
    for (const auto& d : hand->descriptors()) {
      if (d.zerocopy) pulse.zerocopy_ports.push_back(d.port);
    }
  }
  const CounterSample sample{batch.mono, dataplane_.program().counters(), counters_.read()};
  const std::lock_guard lock{pulse_lock_};
  pulse.counters = pulse_.counters;
  pulse.counters.add(sample);
  pulse_ = std::move(pulse);
}

Pulse Brain::pulse() const {
  const std::lock_guard lock{pulse_lock_};
  return pulse_;
}

void Brain::follow_config() {
  translator_.follow(config_);
  recorder_.set_wait(config_.log.first_packet_wait);
  filter_.follow(config_);
  tunnels_.follow(config_);
  errors_.follow(config_.limits.icmp_errors_per_second);
}

std::size_t Brain::end_customer(const SubscriberId& subscriber, const Now& now) {
  core::Effects effects;
  auto ended = translator_.end_customer(subscriber, now, effects);
  ended += tunnels_.clear(subscriber, now, effects);
  applier_.apply(effects, now);
  // A port forward stays; whom it hears and what was changed in its connections was the former customer's.
  for (const auto& given : translator_.statics()) {
    if (!subscriber.contains(given.mapping.internal.host())) continue;
    filter_.mapping_ended(given.mapping);
    controls_.mapping_ended(given.mapping);
    calls_.mapping_ended(given.mapping, now.mono);
  }
  slow_path_.end_customer(subscriber);
  outlet_.end_customer(subscriber);
  return ended;
}

void Brain::release_all() {
  const auto end = now();
  if (!parameters_.pools.empty()) recorder_.append(end_of(parameters_, end), {}, journal::Unwritable::waits);
  for (core::BlockTicket after = 0;;) {
    const auto blocks = translator_.blocks(after, 1024);
    if (blocks.empty()) return;
    after = blocks.back().ticket;
    for (const auto& block : blocks) {
      const BlockEvent released{.kind = BlockEventKind::released,
                                .subscriber = block.subscriber,
                                .realm = config::log_name(config_.realms, block.subscriber.realm),
                                .external = block.external,
                                .ports = block.ports,
                                .pool = block.pool,
                                .allocated_at = block.allocated_at,
                                .at = end};
      if (block.state != core::BlockState::releasing && !block.computed)
        recorder_.append({.ticket = 0, .event = released}, end);
    }
  }
}

}  // namespace cgn::daemon
