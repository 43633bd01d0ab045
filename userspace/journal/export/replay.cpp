// SPDX-License-Identifier: Apache-2.0
// An interval of the legal record, sent to a collector once more.
#include "journal/export/replay.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "journal/export/cursor.hpp"
#include "journal/export/line.hpp"
#include "journal/export/packer.hpp"

namespace cgn::journal {
namespace {

constexpr std::size_t kBatch = 256;
constexpr int kPauseMs = 2;  // between datagrams: about ten thousand records a second
constexpr Duration kLastWords = std::chrono::seconds{30};

class Replay {
 public:
  Replay(const ReplayOrder& order, Replayed& so_far)
      : interval_{order.interval}, to_{order.to}, clock_{order.clock}, so_far_{so_far} {}

  Result<> run(Cursor& cursor) {
    TRY(line, Line::open(to_, -1));
    line_.emplace(std::move(line));
    while (!over_) {
      TRY(batch, cursor.read(kBatch, interval_.last_seq.value_or(UINT64_MAX)));
      if (batch.events.empty()) break;
      TRY_VOID(send(batch));
    }
    return line_->finish(kLastWords);
  }

 private:
  [[nodiscard]] bool belongs(const Event& e) const {
    return (!interval_.from || e.at >= *interval_.from) && (!interval_.to || e.at <= *interval_.to);
  }

  Result<> send(Cursor::Batch& batch) {
    // Rows stand in the order of their numbers, not to the millisecond in that of time: an hour later surely nothing of the
    // interval follows, unless the clock was set back, and then it is all the same of another time.
    if (interval_.to && batch.events.front().at > *interval_.to + std::chrono::hours{1}) over_ = true;
    std::erase_if(batch.events, [this](const Event& e) { return !belongs(e); });
    if (so_far_.rows > 0 || interval_.first_seq) so_far_.missing += batch.missing;
    if (batch.events.empty()) return {};
    if (!packer_) TRY_VOID(begin(batch.events.front().mark));
    if (so_far_.rows == 0) so_far_.first_seq = batch.events.front().mark.seq;
    so_far_.last_seq = batch.events.back().mark.seq;
    so_far_.rows += batch.events.size();
    return give(packer_->pack(batch.events, clock_()));
  }

  // A collector takes records for sequence numbers of their own session: a domain, a session, a count from zero.
  Result<> begin(const Mark& node) {
    packer_.emplace(to_, node.node_id);
    return give(packer_->opening(node, clock_()));
  }

  Result<> give(const std::vector<Payload>& payloads) {
    for (const auto& payload : payloads) {
      auto sent = line_->send(payload.bytes);
      if (!sent && to_.transport != Transport::udp) return sent;
      (sent ? so_far_.records : so_far_.lost) += payload.records;
      if (to_.transport == Transport::udp) ::poll(nullptr, 0, kPauseMs);
    }
    return {};
  }

  const Interval& interval_;
  const Collector& to_;
  const std::function<Now()>& clock_;
  Replayed& so_far_;
  std::optional<Line> line_;
  std::optional<Packer> packer_;
  bool over_ = false;
};

}  // namespace

Result<> replay(const ReplayOrder& order, Replayed& so_far) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto& interval = order.interval;
  Cursor cursor{order.log_directory, interval.first_seq.value_or(1)};
  if (interval.from && !interval.first_seq) {
    TRY(first, cursor.first_of(*interval.from));
    cursor.seek(first);
  }
  return Replay{order, so_far}.run(cursor);
}

}  // namespace cgn::journal
