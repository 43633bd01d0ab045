// SPDX-License-Identifier: Apache-2.0
// After a restart: make log, table and core agree before the first packet is served (decision 9).
//
// What        1. Blocks that the log shows open go back to their subscribers, if the config still allows it; others are
//                released in the log and rest.
//             2. Blocks released less than a hold-down ago rest on.
//             3. A mapping is kept when both its entries are there and its block is its subscriber's; everything else
//                is removed: half mappings (outbound first), and mappings outside any open block.
//             4. Ports that were freed less than a hold-down ago rest on, as io::RestingPorts remembers; when it cannot (a
//                reboot, an overflow) all free ports rest anew.
//             5. A TCP connection that shares its port is kept as a mapping is, a tunnel when its subscriber holds a block on
//                its external address; every other session is removed.
//             6. A `continued` row for each block kept.
// Failure     An unreadable table is an error: the daemon must not serve packets over entries it does not know.
#pragma once

#include "daemon/applier.hpp"
#include "io/resting_ports.hpp"
#include "io/session_table.hpp"
#include "journal/parameters.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {

struct AdoptionReport {
  std::size_t blocks = 0;
  std::size_t blocks_refused = 0;  // the config no longer has room for them
  std::size_t mappings = 0;
  std::size_t inbound_alone = 0;   // removed
  std::size_t outbound_alone = 0;  // removed
  std::size_t without_block = 0;   // removed
  std::size_t sessions = 0;
  std::size_t sessions_removed = 0;
};

class Adoption {
 public:
  struct Tables {
    io::EntryTable& entries;
    io::SessionTable& sessions;
    TunnelDesk& tunnels;
  };
  Adoption(core::Translator& translator, Tables tables, journal::Writer& writer, io::RestingPorts& resting)
      : translator_{translator},
        table_{tables.entries},
        sessions_{tables.sessions},
        tunnels_{tables.tunnels},
        writer_{writer},
        resting_{resting} {}

  // `parameters`: by which blocks are computed from now on. `hold_down`: the longest of the pools'. Effects are for the
  // applier; `released` events for the recorder are among them.
  [[nodiscard]] Result<AdoptionReport> run(const journal::Parameters& parameters, Duration hold_down, const Now&,
                                           core::Effects&);

 private:
  void adopt_blocks(Duration hold_down, const Now&, core::Effects&);
  [[nodiscard]] Result<> adopt_mappings(const Now&);
  [[nodiscard]] Result<> adopt_sessions(const Now&);
  void adopt_connections(std::span<const cgn_entry>, const Now&);
  void adopt_connection(const cgn_entry& outbound, const Now&);
  void remove_session(const cgn_entry&, const Now&);
  void adopt_outbound(const cgn_entry&, const Now&);
  void remove_alone(const cgn_entry& outbound_or_inbound, const Now&);
  [[nodiscard]] core::Translator::Rests adopt_rests(Duration hold_down, const Now&);

  core::Translator& translator_;
  io::EntryTable& table_;
  io::SessionTable& sessions_;
  TunnelDesk& tunnels_;
  journal::Writer& writer_;
  io::RestingPorts& resting_;
  AdoptionReport report_;
};

}  // namespace cgn::daemon
