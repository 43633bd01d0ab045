// SPDX-License-Identifier: Apache-2.0
// The one loop: packets, the journal's answers, questions, expiry, housekeeping, in that order.
//
// What        Polls the hands' sockets, the journal's completions, the questions and the netlink watch. At low load it
//             serves one packet as it comes; at high load it takes a batch from each queue in turn.
// Life-cycle  adopt() once, run() until stop is asked, then release_all() if the operator detached.
// Ownership   Owns the core and everything that touches it. Borrows data plane and journal.
// Failure     Nothing here ends the loop: what fails is counted, logged, and tried again.
#pragma once

#include <poll.h>

#include <atomic>
#include <mutex>

#include "daemon/adoption.hpp"
#include "daemon/applier.hpp"
#include "daemon/block_feed.hpp"
#include "daemon/counter_window.hpp"
#include "daemon/dataplane.hpp"
#include "daemon/parameters.hpp"
#include "daemon/questions.hpp"
#include "daemon/slow_path.hpp"
#include "daemon/sweep.hpp"

namespace cgn::daemon {

// What the loop tells other threads once a second.
struct Pulse {
  std::vector<Dataplane::PortState> ports;
  std::vector<std::pair<unsigned, io::XskStatistics>> hands;  // by queue
  std::vector<unsigned> zerocopy_ports;                       // indices of ports that some hand has in zero-copy
  bool guard_whole = false;
  CounterWindow counters;
};

class Brain {
 public:
  // What lives outside it, and longer.
  struct Outside {
    Dataplane& dataplane;
    journal::Writer& writer;
    io::RestingPorts& resting;
    Exporters& exporters;
  };
  Brain(const config::Config&, const Outside&, std::uint64_t seed);

  [[nodiscard]] Result<AdoptionReport> adopt();
  // Ends the start: puts the note of the adoption on record. Where nothing new may be begun before (Translator::await_start), it
  // waits some seconds for that; a log that cannot be written by then makes nobody wait longer: new flows are refused until it can.
  void begin(const Note& adoption);
  [[nodiscard]] bool awaits_start() const { return translator_.awaits_start(); }
  // `alive` is called once a second, for the service manager's watchdog.
  void run(const std::atomic<bool>& stop, const std::function<void()>& alive);
  // Takes over the config that it borrows, which has just been replaced by one that differs in live keys only. On the
  // brain's thread, inside a question.
  void follow_config();
  // The address is another customer's from now on: whatever the former one had in core, kernel and queues ends, what the config
  // gives excepted. Inside a question. Number of mappings and tunnels.
  std::size_t end_customer(const SubscriberId&, const Now&);
  // Ends every loan in the log, for an explicit detach. The journal's stop() makes it durable.
  void release_all();

  [[nodiscard]] Questions& questions() { return questions_; }
  // For questions that change something: carried out on the brain's thread, inside a question.
  [[nodiscard]] Applier& applier() { return applier_; }
  [[nodiscard]] TunnelDesk& tunnels() { return tunnels_; }
  [[nodiscard]] Recorder& recorder() { return recorder_; }
  [[nodiscard]] BlockFeed& block_feed() { return block_feed_; }
  [[nodiscard]] const SlowPathCounters& counters() const { return counters_; }
  [[nodiscard]] Pulse pulse() const;

 private:
  static constexpr std::size_t kBatch = 64;

  void follow_dataplane();
  [[nodiscard]] std::size_t serve(const Now&);
  void take_journal_answers(const Now&);
  void housekeeping(const Now&);
  void record(ParametersAtStart);

  const config::Config& config_;
  Dataplane& dataplane_;
  journal::Writer& writer_;
  io::RestingPorts& resting_;
  journal::Parameters parameters_;  // of computed blocks, as recorded
  Exporters& exporters_;
  SlowPathCounters counters_;
  core::Translator translator_;
  Recorder recorder_;
  HoldQueue held_;
  Filter filter_;
  ControlConnections controls_;
  io::SessionTable sessions_;
  TunnelDesk tunnels_;
  Calls calls_;
  Outlet outlet_;
  ErrorDesk errors_;
  io::EntryTable table_;
  AlarmLog alarms_;
  Applier applier_;
  Alg alg_;
  Pptp pptp_;
  SlowPath slow_path_;
  Sweep sweep_;
  Questions questions_;
  BlockFeed block_feed_;
  core::Effects effects_;
  std::vector<pollfd> polled_;
  mutable std::mutex pulse_lock_;
  Pulse pulse_;
};

}  // namespace cgn::daemon
