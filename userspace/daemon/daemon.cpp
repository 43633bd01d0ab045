// SPDX-License-Identifier: Apache-2.0
// The daemon, from start to stop.
#include "daemon/daemon.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "cgn/audit.hpp"
#include "daemon/audit_desk.hpp"
#include "daemon/brain.hpp"
#include "daemon/clock.hpp"
#include "daemon/desk.hpp"
#include "daemon/identity_commands.hpp"
#include "daemon/record_notes.hpp"
#include "daemon/reload_signal.hpp"
#include "io/control_server.hpp"
#include "journal/legal_group.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {
namespace {

// Two daemons over one state would give one block twice.
Result<io::Fd> lock_state(const std::filesystem::path& state_dir) {
  std::error_code error;
  std::filesystem::create_directories(state_dir, error);
  const auto path = state_dir / "lock";
  io::Fd lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  // A disk that has become read-only must not keep the town without its control plane.
  if (!lock && errno == EROFS) lock = io::Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!lock) return fail_errno("open " + path.string(), errno, "run as root, or choose --state-dir");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail("another cgnd works in " + state_dir.string(), "cgnctl status; or choose another --state-dir");
  }
  return lock;
}

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

std::uint64_t random_seed() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

journal::WriterOptions writer_options(const config::Config& config) {
  return {.directory = config.log.path,
          .node_id = config.node.id,
          .node_name = config.node.name,
          .boot_id = boot_id(),
          .heartbeat = config.log.heartbeat,
          .retention = config.log.retention,
          .sign_key = config.log.sign_key};
}

journal::ExporterOptions exporter_options(const config::Config& config, const Options& options,
                                          journal::Writer& writer) {
  const auto start = now();
  return {.log_directory = config.log.path,
          .state_directory = options.source.state_dir,
          .node = {.node_id = config.node.id,
                   .node_name = config.node.name,
                   .boot = boot_id(),
                   .booted = start.wall - start.boot},
          .clock = now,
          .last_durable = [&writer] { return writer.health().last_seq; }};
}

void tell(const AdoptionReport& report) {
  spdlog::info("adopted {} blocks and {} mappings", report.blocks, report.mappings);
  if (report.blocks_refused > 0)
    spdlog::warn("released {} blocks that the config has no room for", report.blocks_refused);
  if (report.outbound_alone + report.inbound_alone + report.without_block > 0) {
    spdlog::warn("removed entries without their twin: {} outbound, {} inbound; mappings without a block: {}",
                 report.outbound_alone, report.inbound_alone, report.without_block);
  }
}

void tell(const journal::WriterHealth& log, bool nothing_new) {
  if (log.writable) return;
  spdlog::warn("the legal log cannot be written: {}", log.trouble);
  spdlog::warn(nothing_new ? "nothing new is begun until it can, because nothing of this start is on record"
                           : "what lives and blocks that are held go on; no new block is given until it can be");
}

void tell_end(const journal::WriterHealth& log) {
  if (!log.writable) spdlog::warn("the legal log could not be written to its end: {}", log.trouble);
}

// What a reload reaches.
struct Live {
  config::Config& config;
  Brain& brain;
  Dataplane& dataplane;
  Exporters& exporters;
};

// All on the brain's thread, between two packets: nobody sees half of the old config and half of the new. Then, on ours, the
// exporters: the end of one may take a moment.
Result<> follow(const config::Config& next, const Live& live) {
  Result<> written;
  TRY_VOID(live.brain.questions().ask([&](core::Translator&, const Now&) {
    written = live.dataplane.write_settings(next);
    if (!written) return;
    live.config = next;
    live.brain.follow_config();
  }));
  if (written) live.exporters.follow(next);
  return written;
}

IdentityDesk::Hands hands_of(Brain& brain) {
  return {.ask = [&](Questions::Question question) { return brain.questions().ask(std::move(question)); },
          .end_customer = [&](const SubscriberId& who, const Now& now) { (void)brain.end_customer(who, now); },
          .record = [&](const Note& note, Recorder::NoteSink done) { brain.recorder().append(note, std::move(done)); }};
}

// Null where the config has none.
Result<std::unique_ptr<RadiusListener>> open_radius(const config::Radius& config, IdentityDesk& identities) {
  if (!config.given) return std::unique_ptr<RadiusListener>{};
  return RadiusListener::start(config, identities);
}

// Without them packets are carried and recorded all the same; look-ups are refused until it is put right.
void prepare_legal_place(const config::Log& log) {
  if (const auto prepared = prepare_audit(log); !prepared) {
    spdlog::warn("look-ups cannot be recorded, and are refused: {}", prepared.error().what);
  }
  if (const auto trouble = journal::open_to_legal_group(log.path); !trouble.empty()) spdlog::warn("{}", trouble);
}

Result<io::ControlServer> open_legal_door(const config::Config& config) {
  const auto path = std::filesystem::path{config.api.socket}.replace_filename(control::kLegalName);
  TRY(door, io::ControlServer::start_door(path.string(), journal::kLegalGroup,
                                          audit_routes(config.log.path, [] { return now().wall; })));
  for (const auto& note : door.notes()) spdlog::info("{}", note);
  return door;
}

}  // namespace

Result<> run(const LoadedConfig& loaded, const Options& options, const Signs& signs) {
  const auto started = now();
  // Whoever borrows it runs on the brain's thread, which alone replaces it (follow).
  config::Config config = loaded.config;
  TRY(lock, lock_state(options.source.state_dir));
  TRY(writer, journal::Writer::open(writer_options(config), now));
  prepare_legal_place(config.log);
  Exporters exporters{exporter_options(config, options, writer), config};
  RecordNotes notes{writer, options.source.state_dir};
  notes.configuration("start", options.source.file.string(), loaded.text, nullptr);
  notes.look_at_clock(started);
  Dataplane dataplane{config, {options.bpf_dir, options.source.state_dir}};
  TRY_VOID(dataplane.raise_guard());
  TRY_VOID(dataplane.load());
  TRY_VOID(dataplane.number_realms(config));
  exporters.follow(config);  // realms have their numbers now
  TRY(resting, io::RestingPorts::open(options.source.state_dir / "resting-ports", config.limits.mappings, boot_id()));
  auto in_force = loaded;
  in_force.config = config;
  Brain brain{config, {dataplane, writer, resting, exporters}, random_seed()};
  TRY(report, brain.adopt());
  tell(report);
  brain.begin(notes.adoption(report, writer.same_boot()));
  tell(writer.health(), brain.awaits_start());
  TRY_VOID(dataplane.bind());
  TRY_VOID(dataplane.attach());

  const Live live{config, brain, dataplane, exporters};
  bool detaching = false;
  {
    Reloader reloader{options.source.file.string(),
                      in_force,
                      started.wall,
                      {.read = [&] { return load_config(options.source, Memory::is_taken); },
                       .apply = [&](const config::Config& next) { return follow(next, live); },
                       .taken =
                           [&](const ReloadReport& taken, const std::string& by, const std::string& text) {
                             notes.configuration(by, options.source.file.string(), text, &taken);
                           }}};
    Desk desk{{brain, dataplane, writer, reloader, exporters}, {CGN_VERSION, options.source.file, started}, [&] {
                detaching = true;
                signs.stop = true;
              }};
    const ReloadSignal on_signal{signs.reload, reloader};
    IdentityDesk identities{hands_of(brain), config, writer.identities()};
    TRY(radius, open_radius(config.radius, identities));
    auto routes = make_routes(desk);
    std::ranges::move(make_identity_routes(identities, radius.get()), std::back_inserter(routes));
    TRY(server, io::ControlServer::start(config.api.socket, std::move(routes), make_streams(desk)));
    for (const auto& note : server.notes()) spdlog::info("{}", note);
    TRY(legal, open_legal_door(config));
    signs.ready();
    writer.settle_in();
    brain.run(signs.stop, [&] {
      signs.alive();
      notes.look_at_clock(now());
    });
  }
  if (detaching) brain.release_all();
  writer.stop();
  tell_end(writer.health());
  if (!detaching) return {};
  spdlog::info("detaching: program, maps, guard and offloads are taken down");
  return Dataplane::take_down({options.bpf_dir, options.source.state_dir});
}

Result<> detach(const Options& options) {
  TRY(lock, lock_state(options.source.state_dir));
  return Dataplane::take_down({options.bpf_dir, options.source.state_dir});
}

}  // namespace cgn::daemon
