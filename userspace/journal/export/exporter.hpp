// SPDX-License-Identifier: Apache-2.0
// One collector, served for good: follows the legal record and sends what it says.
//
// What        A thread of its own reads the record from where the collector got to, row by row in order, so that a collector that
//             is slow, dead or far away delays nobody. UDP: at most once, what is lost on the way is in the record and can be
//             replayed. Streams: at least once, in order; after a break everything that is not known to be received is sent
//             again (window.hpp). Notices and sessions, which are in no record, pass through a bounded queue.
// Life-cycle  Construction starts it, destruction ends it: it gives up what it waits for and keeps its place on disk.
// Ownership   Reads the log's files; owns its line and its place. Any thread may poke, publish and ask.
// Failure     Nothing that happens to a collector ends it: it says so in status() and tries again.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cgn/collector.hpp"
#include "journal/export/event.hpp"

namespace cgn::journal {

struct ExporterOptions {
  std::filesystem::path log_directory{};
  std::filesystem::path state_directory{};
  Mark node{};                                    // who we are, for what is in no record
  std::function<Now()> clock{};                   // any thread
  std::function<std::uint64_t()> last_durable{};  // the newest row that may be told; any thread
};

enum class ExportState : std::uint8_t { connecting, sending, waiting };
[[nodiscard]] std::string_view word_of(ExportState);

struct ExporterStatus {
  ExportState state = ExportState::connecting;
  std::uint64_t sent = 0;               // records
  std::uint64_t repeated = 0;           // of them, rows that had been sent before
  std::uint64_t lost = 0;               // records that could not be given to the network, and queue overflow
  std::uint64_t missing = 0;            // rows that were gone from the record before they could be sent
  std::uint64_t next_seq = 0;           // the first row not sent
  std::uint64_t confirmed_seq = 0;      // every row up to here is known to be received (UDP: was sent)
  std::optional<WallTime> last_sent{};  // when the newest row that was sent happened
  std::uint64_t behind = 0;             // rows
  Duration lag{};                       // since that one, while there are rows to send
  std::uint64_t queued = 0;             // notices and sessions
  std::uint64_t connections = 0;        // made so far
  std::optional<WallTime> last_template{};
  std::string last_error{};  // empty: none since the last success
  std::optional<WallTime> last_error_at{};
};

class Exporter {
 public:
  Exporter(Collector, ExporterOptions);
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  [[nodiscard]] const Collector& collector() const;
  // There may be new rows.
  void poke();
  // A notice or a session. Never waits: what finds no room is lost and counted.
  void publish(const Event&);
  [[nodiscard]] ExporterStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cgn::journal
