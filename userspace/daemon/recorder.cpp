// SPDX-License-Identifier: Apache-2.0
// Between the core's block loans and the legal log's rows.
#include "daemon/recorder.hpp"

#include <poll.h>

#include <optional>
#include <utility>

namespace cgn::daemon {

using journal::Unwritable;

void Recorder::append(const core::Journal& journal, const Now& now) {
  const auto token = next_token_++;
  const bool waits = journal.event.kind == BlockEventKind::continued ||
                     (journal.event.kind == BlockEventKind::released && journal.ticket == 0);
  pending_.emplace(token, Pending{journal.ticket, journal.event, false});
  if (journal.event.kind == BlockEventKind::allocated) deadlines_.push_back({now.mono + wait_, token});
  writer_.append(token, journal.event, waits ? Unwritable::waits : Unwritable::fails);
}

void Recorder::append(const Note& note, NoteSink done, Unwritable unwritable) {
  const auto token = next_token_++;
  notes_.emplace(token, std::move(done));
  writer_.append(token, note, unwritable);
}

void Recorder::wait(std::chrono::milliseconds patience, const Now& now, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  pollfd fd{.fd = writer_.completion_fd(), .events = POLLIN, .revents = 0};
  while (!done()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(&fd, 1, static_cast<int>(left.count())) <= 0) return;
    for (const auto& completion : writer_.completed()) complete(completion, now, early_);
  }
}

std::vector<Recorder::Answer> Recorder::answers(const Now& now) {
  auto out = std::exchange(early_, {});
  for (const auto& completion : writer_.completed()) complete(completion, now, out);
  while (!deadlines_.empty() && deadlines_.front().at <= now.mono) {
    const auto late = pending_.find(deadlines_.front().token);
    deadlines_.pop_front();
    if (late == pending_.end()) continue;  // answered in time
    late->second.given_up = true;
    out.push_back({late->second.ticket, BlockEventKind::allocated, false, late->second.event});
  }
  return out;
}

void Recorder::complete(const journal::Completion& completion, const Now& now, std::vector<Answer>& out) {
  if (auto note = notes_.extract(completion.token); !note.empty()) {
    if (note.mapped()) note.mapped()(completion.durable);
    return;
  }
  auto node = pending_.extract(completion.token);
  if (node.empty()) return;
  auto& pending = node.mapped();
  if (!pending.given_up) {
    out.push_back({pending.ticket, pending.event.kind, completion.durable, pending.event});
    return;
  }
  if (!completion.durable) return;
  auto release = pending.event;
  release.kind = BlockEventKind::released;
  release.allocated_at = pending.event.at.wall;
  release.at = now;
  writer_.append(next_token_++, release, Unwritable::waits);
}

}  // namespace cgn::daemon
