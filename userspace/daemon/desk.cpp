// SPDX-License-Identifier: Apache-2.0
// Where control requests are answered.
#include "daemon/desk.hpp"

#include <sys/statvfs.h>

#include <algorithm>

#include "config/secrets.hpp"
#include "daemon/clock.hpp"
#include "daemon/export_documents.hpp"

namespace cgn::daemon {
namespace {

std::uint64_t free_bytes(const std::string& path) {
  struct statvfs fs {};
  return ::statvfs(path.c_str(), &fs) == 0 ? std::uint64_t{fs.f_bavail} * fs.f_frsize : 0;
}

bool lists(const std::vector<config::Interface>& interfaces, const std::string& port) {
  return std::ranges::any_of(interfaces, [&](const config::Interface& i) {
    return i.name == port || i.name.starts_with(port + ".");  // a VLAN sub-interface by its usual name
  });
}

}  // namespace

Desk::Desk(const Daemon& daemon, Identity identity, std::function<void()> on_detach)
    : brain_{daemon.brain},
      dataplane_{daemon.dataplane},
      writer_{daemon.writer},
      reloader_{daemon.reloader},
      exporters_{daemon.exporters},
      identity_{std::move(identity)},
      on_detach_{std::move(on_detach)},
      table_{dataplane_.program().entries_fd(), dataplane_.program().entries_capacity()},
      sessions_{dataplane_.program().sessions_fd()} {}

Result<> Desk::ask(std::function<void(core::Translator&, const Now&)> question) {
  return brain_.questions().ask(std::move(question));
}

Now Desk::now() { return daemon::now(); }

PortFacts Desk::port_facts(const Dataplane::PortState& state, const Pulse& pulse,
                           const config::Interfaces& interfaces) {
  return PortFacts{.interface = state.info.name,
                   .ifindex = state.info.ifindex,
                   .internal = lists(interfaces.internal, state.info.name),
                   .external = lists(interfaces.external, state.info.name),
                   .attached = state.attached.has_value(),
                   .native = state.attached && state.attached->native,
                   .zerocopy = std::ranges::find(pulse.zerocopy_ports, state.info.index) != pulse.zerocopy_ports.end(),
                   .queues = state.info.rx_queues,
                   .mtu = state.info.mtu};
}

Facts Desk::facts() {
  const auto pulse = brain_.pulse();
  const auto config = reloader_.config();
  auto [text, loaded_at] = reloader_.text();
  Facts facts{.version = identity_.version,
              .started_at = identity_.started.wall,
              .uptime = daemon::now().mono - identity_.started.mono,
              .config_file = identity_.config_file,
              .config_text = config::without_secrets(text),
              .config_loaded_at = loaded_at,
              .warnings = warnings_of(exporters_.status()),
              .log = writer_.health(),
              .log_free_bytes = free_bytes(config.log.path)};
  for (const auto& port : pulse.ports) facts.ports.push_back(port_facts(port, pulse, config.interfaces));
  for (const auto& [queue, statistics] : pulse.hands) facts.hands.push_back({queue, statistics});
  if (!pulse.guard_whole)
    facts.guard_missing.emplace_back("not whole a moment ago: being repaired, see the daemon's log");
  return facts;
}

CounterSample Desk::counters() {
  return {daemon::now().mono, dataplane_.program().counters(), brain_.counters().read()};
}

Result<std::size_t> Desk::clear_subscriber(const SubscriberId& subscriber) {
  std::size_t count = 0;
  TRY_VOID(ask([&](core::Translator& translator, const Now& now) {
    core::Effects effects;
    // The block goes back with the last of what is in it.
    count = translator.clear_subscriber(subscriber, now, effects);
    count += brain_.tunnels().clear(subscriber, now, effects);
    brain_.applier().apply(effects, now);
  }));
  return count;
}

Result<bool> Desk::clear_mapping(Proto proto, InternalEndpoint internal) {
  bool found = false;
  TRY_VOID(ask([&](core::Translator& translator, const Now& now) {
    core::Effects effects;
    found = translator.clear_mapping(proto, internal, now, effects);
    brain_.applier().apply(effects, now);
  }));
  return found;
}

Result<ReloadReport> Desk::reload(bool dry_run, const std::string& by) {
  return reloader_.reload(dry_run, daemon::now().wall, by);
}

Result<> Desk::detach() {
  on_detach_();
  return {};
}

}  // namespace cgn::daemon
