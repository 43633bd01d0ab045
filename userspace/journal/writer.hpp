// SPDX-License-Identifier: Apache-2.0
// The legal record, written: who holds which block, from when, until when.
//
// What        Appends events to SQLite day files, synchronous=FULL, one commit for all that has arrived (no timer).
//             A second connection checkpoints, never the committing one. Rows carry a gap-free sequence number per
//             node, realtime and (boot id, boottime), and one 32-byte hash link per commit.
// Life-cycle  open() on the directory: finds the file in use or begins one, writes a start row. A file covers a UTC
//             day; the roll is one commit, opening rows (`continued` for every open block) follow in slices in the
//             background and end with a marker; until then the file before answers. stop() writes a stop row.
// Ownership   Owns its thread and its connections. append() only queues; completed() takes what became durable.
// Failure     A commit that fails fails its events (never silently): they are reported as failed, or they wait (Unwritable),
//             their sequence numbers are used again, writing is retried. A release whose commit failed waits, too: until it
//             is known whether its row is on disk, its block is of no use. Nothing is ever rewritten. What was refused and
//             what came late stands in a gap note. A log whose past can be read is opened although nothing can be written:
//             it is then in trouble from the start (decision 0029).
// RFC         6888 section 4 and REQ-14
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cgn/events.hpp"
#include "cgn/result.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

struct WriterOptions {
  std::filesystem::path directory;
  std::uint32_t node_id = 1;
  std::string node_name = "cgn";
  std::string boot_id;  // /proc/sys/kernel/random/boot_id
  Duration heartbeat = std::chrono::seconds{10};
  Duration retention{};              // after which sealed files are deleted; zero: never
  std::filesystem::path sign_key{};  // made when absent; empty: nothing is signed
  bool sealing = true;
};

// What becomes of an event that comes while the log cannot be written.
enum class Unwritable : std::uint8_t {
  fails,  // it has not happened, then: who wants it is told at once
  waits,  // it has happened whatever the disk does: it is written with its own time as soon as that can be
};

// The writer's own view of time: it runs on a thread of its own, so the daemon lends it a clock.
using ClockFunction = std::function<Now()>;

// The fate of one appended event.
struct Completion {
  std::uint64_t token;  // as given to append()
  bool durable;         // false: the row is in no file
  std::uint64_t seq;    // when durable
};

struct WriterHealth {
  bool writable = true;
  std::string trouble;         // the last error, while not writable
  std::optional<WallTime> since;  // when that began
  std::uint64_t last_seq = 0;  // durable
  std::uint64_t events_today = 0;
  std::uint64_t commits = 0;
  std::uint64_t queued = 0;
  std::filesystem::path file;   // in use
  WallTime opened_at{};         // of that file
  std::string sealing_trouble;  // why a closed file stays as it is, or nothing is signed
};

class Writer {
 public:
  // Creates the directory (0750) and file when absent. Events with kind `continued` that finish the opening rows of a
  // new file are made by the writer itself from its own open-block table.
  [[nodiscard]] static Result<Writer> open(const WriterOptions&, ClockFunction);
  ~Writer();  // as stop()
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  // Any thread. Queues; completed() will tell. `token` is the caller's and comes back.
  void append(std::uint64_t token, const BlockEvent&, Unwritable = Unwritable::fails);
  void append(std::uint64_t token, const Note&, Unwritable = Unwritable::fails);

  // Appends the note and waits until it is durable: its number, or why it is in no file. Not from the thread that takes
  // completions for others, and not after stop().
  [[nodiscard]] Result<std::uint64_t> record(const Note&, std::chrono::milliseconds patience);

  // An eventfd that is readable while completed() has something.
  [[nodiscard]] int completion_fd() const;
  [[nodiscard]] std::vector<Completion> completed();

  // Blocks that the log shows open, for adoption; as of open(). Blocks released less than `within` before `now`, too.
  [[nodiscard]] std::vector<OpenBlock> open_blocks() const;
  struct Released {
    Ipv4 external;
    PortRange ports;
    WallTime at;
  };
  [[nodiscard]] std::vector<Released> released_since(WallTime) const;

  // Identities as the log shows them: the row that bound each that holds, and of each that ended within kLatestReport the
  // last row that tells of it; as of open().
  [[nodiscard]] std::vector<Row> identities() const;

  // True when the log's last row was written in this boot of the machine.
  [[nodiscard]] bool same_boot() const;
  // The start is over, packets flow: what lives before left in the -wal is moved into the file, in the background.
  // Not while the log cannot be written: on a full disk the file cannot grow.
  void settle_in();
  // The instant of the newest durable row found by open() (heartbeats included); epoch when the log was empty.
  [[nodiscard]] WallTime last_record() const;

  // The newest record of the parameters of computed blocks that open() found (parameters.hpp); empty when there was none.
  [[nodiscard]] const std::string& parameters() const;

  [[nodiscard]] WriterHealth health() const;
  // Drains the queue, writes the stop row, joins. Later calls do nothing.
  void stop();

 private:
  struct State;
  explicit Writer(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::journal
