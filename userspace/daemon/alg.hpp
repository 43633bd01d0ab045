// SPDX-License-Identifier: Apache-2.0
// The FTP gateway: what becomes of a segment of a control connection before it is translated.
//
// What        A PORT or EPRT of a client inside, a 227 or 229 of a server inside names an endpoint of its sender: that gets a
//             mapping (core::Translator::expect), and the line is written with the mapping's external end. From then on
//             sequence numbers out and acknowledgements in are moved (alg::Stream), for as long as the connection lives.
// Ownership   Owns the control connections; borrows the rest. What leaves is made anew, header of the punt included: the
//             caller opens and sends it like any other.
// Failure     A line passes as it is when it names another host or a port below 1024 (whoever can make a subscriber's
//             program send such a line opens nothing but that subscriber's own high port), when no mapping can be had, when
//             its bytes have left before, when the segment would grow beyond 576 bytes (a path always takes that much), when
//             its checksum is wrong, when it is not whole in one segment, or when it is not the segment's first.
//             ALG_CUT: only a retransmission by TCP can be right. HELD: the mapping's block is not yet in the log, and the
//             connection's later bytes wait behind the line.
// RFC         959, 2428, 3022 section 4.4 and 5382 section 8 (REQ-9 leaves ALGs to us), 6888
#pragma once

#include <map>
#include <vector>

#include "alg/ftp.hpp"
#include "daemon/alg_outcome.hpp"
#include "daemon/applier.hpp"
#include "daemon/control_connections.hpp"
#include "daemon/punted.hpp"

namespace cgn::daemon {

class Alg {
 public:
  struct Parts {
    core::Translator& translator;
    Applier& applier;
    Filter& filter;
    ControlConnections& connections;
  };
  // `ftp`: lines are rewritten. Without it, connections that were changed before still are moved.
  Alg(Parts parts, bool ftp) : parts_{parts}, ftp_{ftp} {}

  using Outcome = AlgOutcome;
  // Of a TCP packet, any fragment but a later one, that is about to leave by this mapping. `mapping` is the sender's, of an
  // inbound packet the receiver's.
  [[nodiscard]] Outcome pass(const Punted&, const core::MappingView& mapping, const Now&);
  // Nothing waits under this ticket any more.
  void released(core::BlockTicket);

 private:
  struct Change {
    alg::ftp::Found found{};
    alg::Span bytes{};
    std::pair<std::size_t, std::size_t> in_payload{};
    std::string text{};
    [[nodiscard]] std::int32_t growth() const {
      return static_cast<std::int32_t>(text.size()) - static_cast<std::int32_t>(in_payload.second - in_payload.first);
    }
  };
  // What is to be done about the line that the segment holds.
  struct Line {
    Verdict verdict = CGN_VERDICT_CONTINUE;
    core::BlockTicket ticket = 0;
    std::optional<Change> change{};
  };
  [[nodiscard]] Outcome outward(const Punted&, const core::MappingView& sender, const Now&);
  void inward(const Punted&, const ControlConnection&, const Now&, Outcome&);
  [[nodiscard]] Line rewrite(const Punted&, const core::MappingView& sender, const Now&);
  [[nodiscard]] static std::optional<Change> find_change(const Punted&, const core::MappingView& sender,
                                                         const alg::Stream&);
  [[nodiscard]] bool admit_change(const ControlConnection&, const Change&, alg::Stream&);
  [[nodiscard]] core::Decision expect(const core::Flow&, const Now&);

  Parts parts_;
  bool ftp_;
  core::Effects effects_;                                                 // empty between two packets
  std::vector<std::pair<ControlConnection, core::BlockTicket>> waiting_;  // whose later bytes must wait
};

}  // namespace cgn::daemon
