// SPDX-License-Identifier: Apache-2.0
// The only place where an effect of the core touches the world: journal, then maps, then frames.
//
// What        Carries out Effects in order. A port block's row comes first; its mappings are installed and its held frames
//             sent only when the writer says the row is durable (the core then asks for both).
// Ownership   Borrows everything.
// Failure     A refused system call is counted and logged; the mapping stays in the core and is installed by the next
//             packet that is punted for it.
#pragma once

#include <functional>
#include <unordered_map>

#include "daemon/alarm_log.hpp"
#include "daemon/calls.hpp"
#include "daemon/control_connections.hpp"
#include "daemon/entries.hpp"
#include "daemon/exporters.hpp"
#include "daemon/hold_queue.hpp"
#include "daemon/outlet.hpp"
#include "daemon/recorder.hpp"
#include "daemon/tunnel_desk.hpp"
#include "io/entry_table.hpp"
#include "io/program.hpp"
#include "io/resting_ports.hpp"
#include "io/session_table.hpp"

namespace cgn::daemon {

class Applier {
 public:
  struct Hands {
    io::Program& program;
    io::EntryTable& table;
    io::SessionTable& sessions;  // of connections that share ports
    io::RestingPorts& resting;
    Recorder& recorder;
    HoldQueue& held;
    Filter& filter;
    ControlConnections& controls;
    Calls& calls;
    TunnelDesk& tunnels;
    Outlet& outlet;
    SlowPathCounters& counters;
    AlarmLog& alarms;
    Exporters& exporters;
  };
  // Told after the held frames of a block went: datagrams in pieces may wait for it, too.
  using ReleaseSink = std::function<void(const core::ReleaseHeld&, const Now&)>;

  Applier(Hands hands, core::Translator& translator, ReleaseSink released)
      : hands_{hands}, translator_{translator}, released_{std::move(released)} {}

  // Carries out and empties the list. Removals ask the core for its word on the final stamps, which may add effects.
  void apply(core::Effects&, const Now&);
  // Both entries of a mapping that the core holds as installed.
  bool install(const core::MappingView&, Monotonic seen_at);
  [[nodiscard]] core::SeenBoth read(const core::MappingView&) const;

 private:
  // The two entries of a mapping, wherever they stand.
  struct Halves {
    std::optional<cgn_entry> outbound{};
    std::optional<cgn_entry> inbound{};
    [[nodiscard]] core::SeenBoth seen() const;
  };
  [[nodiscard]] Result<> put(const core::MappingView&, const EntryPair&);
  [[nodiscard]] Halves look_at(const core::MappingView&) const;
  Halves take_out(const core::MappingView&);
  void carry_out(const core::Journal&, const Now&);
  void carry_out(const core::InstallMapping&, const Now&);
  void carry_out(const core::RemoveMapping&, const Now&);
  void carry_out(const core::ReleaseHeld&, const Now&);
  void carry_out(const core::SubscriberLive&, const Now&);
  void carry_out(const core::AddressLent&, const Now&);
  template <class Notice>  // Alarm, AlarmOver, Threshold
  void carry_out(const Notice& notice, const Now& now) {
    hands_.alarms.tell(notice, now);
    export_notice(notice, now);
  }

  void export_notice(const core::Alarm&, const Now&);
  void export_notice(const core::Threshold& t, const Now& now) { hands_.exporters.tell(t, now); }
  void export_notice(const core::AlarmOver&, const Now&) {}  // RFC 8158 has beginnings only

  Hands hands_;
  core::Translator& translator_;
  ReleaseSink released_;
  std::unordered_map<Ipv4, std::uint32_t> lent_;  // external address -> durable blocks on it
};

}  // namespace cgn::daemon
