// SPDX-License-Identifier: Apache-2.0
// Between the core's block loans and the legal log's rows.
//
// What        Gives each event a token, remembers what it was about, and turns the writer's completions into answers for
//             the core: recorded or unrecorded. An allocation that is not durable within first_packet_wait is given up;
//             should its row become durable later all the same, a release follows it into the log at once, so that the
//             log never shows a holder that held nothing.
// Life-cycle  append() -> completion or deadline -> answers().
// Ownership   Borrows the writer.
#pragma once

#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "core/effects.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {

class Recorder {
 public:
  Recorder(journal::Writer& writer, Duration first_packet_wait) : writer_{writer}, wait_{first_packet_wait} {}

  // What has happened whatever the log says (a block that goes on, the end of one that nobody in the core asks after) waits for
  // a log that cannot be written; all else fails then.
  void append(const core::Journal&, const Now&);
  // `done` is called by answers() or wait(): whether the row is durable.
  using NoteSink = std::function<void(bool durable)>;
  void append(const Note&, NoteSink done, journal::Unwritable = journal::Unwritable::fails);
  // Until the condition holds, at most so long; for a start, when nobody waits for anything else. What the log has answered
  // about blocks meanwhile comes with the next answers().
  void wait(std::chrono::milliseconds, const Now&, const std::function<bool()>& done);
  // From the next allocation on.
  void set_wait(Duration first_packet_wait) { wait_ = first_packet_wait; }

  struct Answer {
    core::BlockTicket ticket = 0;
    BlockEventKind kind = BlockEventKind::allocated;
    bool durable = false;
    BlockEvent event{};
  };
  // What has been decided since the last call: completions, then deadlines that passed.
  [[nodiscard]] std::vector<Answer> answers(const Now&);
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    core::BlockTicket ticket;
    BlockEvent event;
    bool given_up;
  };
  struct Deadline {
    Monotonic at;
    std::uint64_t token;
  };
  void complete(const journal::Completion&, const Now&, std::vector<Answer>&);

  journal::Writer& writer_;
  Duration wait_;
  std::uint64_t next_token_ = 1;
  std::vector<Answer> early_;
  std::unordered_map<std::uint64_t, NoteSink> notes_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::deque<Deadline>
      deadlines_;  // of allocations, in order while the wait is the same; a shorter one counts behind those before it
};

}  // namespace cgn::daemon
