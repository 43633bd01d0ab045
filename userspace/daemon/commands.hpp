// SPDX-License-Identifier: Apache-2.0
// Control requests, as questions to the daemon.
//
// What        The only bridge between HTTP and the daemon: make_routes() and make_streams() turn requests into calls of
//             a Facade and its answers into the documents of cgn/control.hpp. No NAT decision is taken here.
// Life-cycle  Routes and streams borrow the Facade: the control server that holds them must end before it.
// Ownership   The daemon implements Facade. Its methods are called from the control server's threads, several at a
//             time.
// Failure     A question that makes no sense is answered 400, a thing that is not there 404, a daemon that cannot
//             answer now 503, an action that failed 500.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/translator.hpp"
#include "daemon/block_feed.hpp"
#include "daemon/counter_window.hpp"
#include "daemon/exporters.hpp"
#include "daemon/reloader.hpp"
#include "io/control_server.hpp"
#include "io/entry_table.hpp"
#include "io/session_table.hpp"
#include "io/xsk.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {

struct PortFacts {
  std::string interface {};
  unsigned ifindex = 0;
  bool internal = false, external = false;
  bool attached = true;   // false: interface gone or link severed, not yet made anew
  bool native = false;    // the XDP mode in force
  bool zerocopy = false;  // the AF_XDP mode in force
  unsigned queues = 1;
  unsigned mtu = 0;
};

struct HandFacts {
  unsigned queue = 0;
  io::XskStatistics statistics{};
};

// What the daemon knows of itself, copied.
struct Facts {
  std::string version{};
  std::string state = "ready";  // "starting", "ready", "stopping"
  WallTime started_at{};
  Duration uptime{};
  std::string config_file{};
  std::string config_text{};  // as it was loaded
  WallTime config_loaded_at{};
  std::vector<PortFacts> ports{};
  std::vector<HandFacts> hands{};
  std::vector<std::string> guard_missing{};  // of the leak guard, in words; empty = whole
  std::vector<std::string> warnings{};       // beyond those that commands.cpp derives itself
  journal::WriterHealth log{};
  std::uint64_t log_free_bytes = 0;  // of the log's file system; 0 = unknown
};

// Each call gives some further entries of the table; an empty answer is the end.
using EntrySource = std::function<Result<std::vector<cgn_entry>>()>;
[[nodiscard]] EntrySource walk_of(const io::EntryTable&);
[[nodiscard]] EntrySource walk_of(const io::SessionTable&);

class Facade {
 public:
  virtual ~Facade() = default;

  // Runs the question on the brain's thread and returns when it has run; one question takes at most 200 µs. An error
  // means that it did not run and never will.
  [[nodiscard]] virtual Result<> ask(std::function<void(core::Translator&, const Now&)> question) = 0;

  [[nodiscard]] virtual Now now() = 0;
  [[nodiscard]] virtual Facts facts() = 0;
  [[nodiscard]] virtual config::Config config() = 0;

  // The counters now, and as they stood some seconds ago (CounterWindow).
  [[nodiscard]] virtual CounterSample counters() = 0;
  [[nodiscard]] virtual CounterSample counters_before() = 0;

  // The fast path's table, asked on the caller's thread.
  [[nodiscard]] virtual EntrySource walk_entries() = 0;
  [[nodiscard]] virtual std::optional<cgn_entry> read_entry(const cgn_key&) = 0;
  // The same of what serves one remote only.
  [[nodiscard]] virtual EntrySource walk_sessions() {
    return [] { return Result<std::vector<cgn_entry>>{}; };
  }
  [[nodiscard]] virtual std::optional<cgn_entry> read_session(const cgn_session_key&) { return std::nullopt; }

  [[nodiscard]] virtual BlockFeed& block_feed() = 0;
  [[nodiscard]] virtual std::vector<ExportFacts> exports() { return {}; }

  // Actions; each returns when its effects are under way.
  [[nodiscard]] virtual Result<std::size_t> clear_subscriber(const SubscriberId&) = 0;
  [[nodiscard]] virtual Result<bool> clear_mapping(Proto, InternalEndpoint internal) = 0;
  // Reads the config file again; a report also when it is refused.
  // `by` is for the record.
  [[nodiscard]] virtual Result<ReloadReport> reload(bool dry_run, const std::string& by) = 0;
  // Writes the note into the legal record and waits until it is durable: its number.
  [[nodiscard]] virtual Result<std::uint64_t> record(const Note&) { return fail("this daemon has no record"); }
  // Take everything down and end. Returns at once.
  [[nodiscard]] virtual Result<> detach() = 0;
};

[[nodiscard]] std::vector<io::ControlRoute> make_routes(Facade&);
[[nodiscard]] std::vector<io::ControlStream> make_streams(Facade&);

}  // namespace cgn::daemon
