// SPDX-License-Identifier: Apache-2.0
// One collector, served for good: thread, queue and status around the service.
#include "journal/export/exporter.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <mutex>
#include <thread>

#include "journal/export/service.hpp"

namespace cgn::journal {
namespace {

constexpr std::size_t kMostQueued = 8192;
constexpr int kLookMs = 200;  // for rows that nobody announced (heartbeats), acknowledgements, a peer that hangs up

void raise_flag(int fd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

void lower_flag(int fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd, &count, sizeof count);
}

// OpenSSL writes without MSG_NOSIGNAL.
void hold_back_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

std::string_view word_of(ExportState s) {
  switch (s) {
    case ExportState::connecting: return "connecting";
    case ExportState::sending: return "sending";
    case ExportState::waiting: return "waiting";
  }
  return {};
}

struct Exporter::State {
  State(Collector c, ExporterOptions o) : collector{std::move(c)}, options{std::move(o)} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ::close(stop_fd);
    ::close(poke_fd);
  }

  void run();
  [[nodiscard]] std::vector<Event> take(std::uint64_t& overflow);

  const Collector collector;
  const ExporterOptions options;
  int stop_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int poke_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  // Made by whoever makes the exporter: where it begins is settled before the next row is written.
  Service service{collector, options, stop_fd};

  mutable std::mutex mutex;  // guards what follows
  std::deque<Event> queue;
  std::uint64_t overflow = 0;
  ExporterStatus status = service.status();

  std::thread thread;
};

std::vector<Event> Exporter::State::take(std::uint64_t& lost) {
  const std::lock_guard lock{mutex};
  std::vector<Event> out{std::make_move_iterator(queue.begin()), std::make_move_iterator(queue.end())};
  queue.clear();
  lost = std::exchange(overflow, 0);
  return out;
}

void Exporter::State::run() {
  hold_back_sigpipe();
  for (bool more = true;;) {
    std::array<pollfd, 2> polled{pollfd{stop_fd, POLLIN, 0}, pollfd{poke_fd, POLLIN, 0}};
    ::poll(polled.data(), polled.size(), more ? 0 : kLookMs);
    if (polled[0].revents != 0) break;
    lower_flag(poke_fd);
    std::uint64_t lost = 0;
    auto queued = take(lost);
    service.lose(lost);
    more = service.turn(std::move(queued));
    const std::lock_guard lock{mutex};
    status = service.status();
  }
  service.end();
}

Exporter::Exporter(Collector collector, ExporterOptions options)
    : state_{std::make_unique<State>(std::move(collector), std::move(options))} {
  state_->thread = std::thread{[raw = state_.get()] { raw->run(); }};
}

Exporter::~Exporter() {
  raise_flag(state_->stop_fd);
  state_->thread.join();
}

const Collector& Exporter::collector() const { return state_->collector; }
void Exporter::poke() { raise_flag(state_->poke_fd); }

void Exporter::publish(const Event& event) {
  {
    const std::lock_guard lock{state_->mutex};
    if (state_->queue.size() >= kMostQueued) {
      ++state_->overflow;
      return;
    }
    state_->queue.push_back(event);
  }
  poke();
}

ExporterStatus Exporter::status() const {
  const auto now = state_->options.clock();
  const auto durable = state_->options.last_durable();
  const std::lock_guard lock{state_->mutex};
  auto status = state_->status;
  status.queued = state_->queue.size();
  status.lost += state_->overflow;
  status.behind = durable >= status.next_seq ? durable - status.next_seq + 1 : 0;
  if (status.behind == 0) return status;
  if (status.last_sent) status.lag = now.wall - *status.last_sent;
  if (status.state == ExportState::waiting) status.state = ExportState::sending;
  return status;
}

}  // namespace cgn::journal
