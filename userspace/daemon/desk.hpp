// SPDX-License-Identifier: Apache-2.0
// Where control requests are answered: the Facade of commands.hpp, over brain, data plane and journal.
//
// What        Facts come from the brain's pulse (a second old at most), lists from the core in slices, mappings from the
//             kernel's table, actions through questions.
// Ownership   Borrows; must end before what it borrows. Called from the control server's threads.
#pragma once

#include <atomic>

#include "daemon/brain.hpp"
#include "daemon/commands.hpp"

namespace cgn::daemon {

class Desk final : public Facade {
 public:
  struct Identity {
    std::string version;
    std::string config_file;
    Now started;
  };
  // `on_detach` is called when the operator asks for everything to be taken down.
  struct Daemon {
    Brain& brain;
    Dataplane& dataplane;
    journal::Writer& writer;
    Reloader& reloader;
    Exporters& exporters;
  };
  Desk(const Daemon&, Identity identity, std::function<void()> on_detach);

  Result<> ask(std::function<void(core::Translator&, const Now&)> question) override;
  Now now() override;
  Facts facts() override;
  config::Config config() override { return reloader_.config(); }
  CounterSample counters() override;
  CounterSample counters_before() override { return brain_.pulse().counters.before(); }
  EntrySource walk_entries() override { return walk_of(table_); }
  std::optional<cgn_entry> read_entry(const cgn_key& key) override { return table_.read(key); }
  EntrySource walk_sessions() override { return walk_of(sessions_); }
  std::optional<cgn_entry> read_session(const cgn_session_key& key) override { return sessions_.read(key); }
  std::vector<ExportFacts> exports() override { return exporters_.status(); }
  BlockFeed& block_feed() override { return brain_.block_feed(); }
  Result<std::size_t> clear_subscriber(const SubscriberId&) override;
  Result<bool> clear_mapping(Proto, InternalEndpoint internal) override;
  Result<ReloadReport> reload(bool dry_run, const std::string& by) override;
  Result<std::uint64_t> record(const Note& note) override { return writer_.record(note, kPatience); }
  Result<> detach() override;

 private:
  static constexpr std::chrono::seconds kPatience{5};  // of a note with a disk that is slow
  [[nodiscard]] static PortFacts port_facts(const Dataplane::PortState&, const Pulse&, const config::Interfaces&);

  Brain& brain_;
  Dataplane& dataplane_;
  journal::Writer& writer_;
  Reloader& reloader_;
  Exporters& exporters_;
  Identity identity_;
  std::function<void()> on_detach_;
  io::EntryTable table_;
  io::SessionTable sessions_;
};

}  // namespace cgn::daemon
