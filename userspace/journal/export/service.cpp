// SPDX-License-Identifier: Apache-2.0
// What an exporter does, one turn after another.
#include "journal/export/service.hpp"

#include <poll.h>

namespace cgn::journal {
namespace {

constexpr std::size_t kBatch = 256;
constexpr Duration kRetry = std::chrono::seconds{1};
constexpr Duration kKeep = std::chrono::seconds{1};
// Between two datagrams, so that a collector's socket does not overflow while a backlog is sent.
constexpr int kPauseMs = 1;

std::uint64_t first_row(const Position& position, const ExporterOptions& options) {
  return position.read().value_or(options.last_durable() + 1);
}

}  // namespace

Service::Service(Collector to, const ExporterOptions& options, int stop)
    : to_{std::move(to)},
      options_{options},
      stop_{stop},
      position_{options.state_directory / "export" / (to_.name + ".position")},
      cursor_{options.log_directory, first_row(position_, options)},
      window_{cursor_.next(), to_.repeat},
      packer_{to_, options.node.node_id},
      node_{options.node},
      furthest_{cursor_.next()} {
  keep_place(options_.clock(), true);
  status_.next_seq = cursor_.next();
}

bool Service::turn(std::vector<Event> queued) {
  const auto now = options_.clock();
  if (!line_ && !connect(now)) {
    status_.lost += queued.size();
    settle(now);
    return false;
  }
  bool more = false;
  refresh_templates(now);
  if (line_) more = send_rows(now);
  send_queued(queued, now);
  settle(options_.clock());
  return more;
}

bool Service::connect(const Now& now) {
  status_.state = ExportState::connecting;
  if (last_try_ && now.mono - *last_try_ < kRetry) return false;
  last_try_ = now.mono;
  auto line = Line::open(to_, stop_);
  if (!line) return note_error(line.error(), now), false;
  line_.emplace(std::move(*line));
  packer_ = Packer{to_, node_.node_id};
  last_template_.reset();
  cursor_.seek(window_.next());
  ++status_.connections;
  status_.state = ExportState::waiting;
  return true;
}

// A stream's collector keeps them as long as the stream lasts (RFC 7011 section 8.1); UDP's may have missed them.
void Service::refresh_templates(const Now& now) {
  const bool due = !last_template_ || (!stream() && now.mono - *last_template_ >= to_.template_refresh);
  if (!due) return;
  const auto payloads = packer_.opening(node_, now);
  if (!give(payloads, now)) return;
  last_template_ = now.mono;
  if (!payloads.empty()) status_.last_template = now.wall;
}

bool Service::send_rows(const Now& now) {
  const auto durable = options_.last_durable();
  if (cursor_.next() > durable) return false;
  auto batch = cursor_.read(kBatch, durable);
  if (!batch) return note_error(batch.error(), now), false;
  if (cursor_.next() > furthest_) status_.missing += batch->missing;
  if (batch->events.empty()) return false;
  node_ = batch->events.back().mark;
  status_.last_sent = batch->events.back().at;
  status_.state = ExportState::sending;
  const auto before = status_.sent;
  if (!give(packer_.pack(batch->events, now), now)) return false;
  if (batch->events.front().mark.seq < furthest_) status_.repeated += status_.sent - before;
  furthest_ = std::max(furthest_, cursor_.next());
  if (stream()) window_.sent(cursor_.next() - 1, line_->written());
  return cursor_.next() <= durable;
}

void Service::send_queued(const std::vector<Event>& queued, const Now& now) {
  if (queued.empty()) return;
  if (!line_ || !give(packer_.pack(queued, now), now)) status_.lost += queued.size();
}

// What UDP refuses is lost and counted; a stream that fails is broken, and its rows are sent again.
bool Service::give(const std::vector<Payload>& payloads, const Now& now) {
  for (const auto& payload : payloads) {
    auto sent = line_->send(payload.bytes);
    if (!sent && stream()) return broke(sent.error(), now), false;
    if (sent) {
      status_.sent += payload.records;
      status_.last_error.clear();
    } else {
      status_.lost += payload.records;
      note_error(sent.error(), now);
    }
    if (!stream() && payloads.size() > 1) ::poll(nullptr, 0, kPauseMs);
  }
  return true;
}

void Service::broke(const Error& error, const Now& now) {
  note_error(error, now);
  line_.reset();
  window_.broke();
  cursor_.seek(window_.next());
  last_try_ = now.mono;
  status_.state = ExportState::connecting;
}

void Service::note_error(const Error& error, const Now& now) {
  status_.last_error = error.what;
  status_.last_error_at = now.wall;
}

void Service::settle(const Now& now) {
  // Hung up first: a connection that is gone has nothing left to be acknowledged.
  if (stream() && line_) {
    if (auto heard = line_->listen(); !heard) broke(heard.error(), now);
  }
  if (stream() && line_) {
    window_.acknowledged(line_->acknowledged(), now.mono);
    status_.last_error.clear();
  }
  if (line_) status_.state = ExportState::waiting;
  status_.next_seq = cursor_.next();
  status_.confirmed_seq = (stream() ? window_.next() : cursor_.next()) - 1;
  keep_place(now, false);
}

void Service::keep_place(const Now& now, bool at_once) {
  const auto place = stream() ? window_.next() : cursor_.next();
  if (place == kept_ || (!at_once && now.mono - last_kept_ < kKeep)) return;
  last_kept_ = now.mono;
  if (auto written = position_.write(place); !written) return note_error(written.error(), now);
  kept_ = place;
}

void Service::end() { keep_place(options_.clock(), true); }

}  // namespace cgn::journal
