// SPDX-License-Identifier: Apache-2.0
// The legal record, written: queue, thread and completions around the scribe.
#include "journal/writer.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "journal/checkpointer.hpp"
#include "journal/scribe.hpp"

namespace cgn::journal {
namespace {

// 4 MiB of -wal: below it a checkpoint would cost more writing than it saves, far above it look-ups grow slower.
constexpr int kPagesToCheckpoint = 1024;
// How often the thread looks at the clock when nothing arrives.
constexpr auto kTick = std::chrono::milliseconds{200};

}  // namespace

struct Writer::State {
  State(Scribe s, ClockFunction c) : scribe{std::move(s)}, clock{std::move(c)}, health{scribe.health()} {}
  ~State() {
    if (completion_fd >= 0) ::close(completion_fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void run();
  void append(Scribe::Item);
  [[nodiscard]] std::vector<Scribe::Item> take(bool& last);
  void give(const std::vector<Completion>&);

  Scribe scribe;  // of the thread alone, once that runs; what open() found is constant
  ClockFunction clock;
  Checkpointer checkpointer;
  int completion_fd = -1;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable arrived;
  std::vector<Scribe::Item> queue;
  std::vector<Completion> done;
  WriterHealth health;
  bool stopping = false;

  std::thread thread;
};

void Writer::State::append(Scribe::Item item) {
  {
    const std::lock_guard lock{mutex};
    if (stopping) return done.push_back({item.token, false, 0});
    queue.push_back(std::move(item));
  }
  arrived.notify_one();
}

std::vector<Scribe::Item> Writer::State::take(bool& last) {
  std::unique_lock lock{mutex};
  health = scribe.health();
  if (!scribe.busy()) arrived.wait_for(lock, kTick, [this] { return stopping || !queue.empty(); });
  last = stopping;
  return std::exchange(queue, {});
}

void Writer::State::give(const std::vector<Completion>& completions) {
  {
    const std::lock_guard lock{mutex};
    done.insert(done.end(), completions.begin(), completions.end());
    health = scribe.health();
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(completion_fd, &one, sizeof one);
}

void Writer::State::run() {
  for (bool last = false; !last;) {
    const auto items = take(last);
    if (!items.empty()) give(scribe.write(items));
    scribe.tend(clock());
    if (scribe.wal_pages() >= kPagesToCheckpoint) checkpointer.checkpoint(scribe.health().file);
  }
  scribe.stop(clock());
  const std::lock_guard lock{mutex};
  health = scribe.health();
}

Result<Writer> Writer::open(const WriterOptions& options, ClockFunction clock) {
  TRY(scribe, Scribe::open(options, clock()));
  auto state = std::make_unique<State>(std::move(scribe), std::move(clock));
  state->completion_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (state->completion_fd < 0) return fail_errno("make an eventfd for the log");
  state->thread = std::thread{[raw = state.get()] { raw->run(); }};
  return Writer{std::move(state)};
}

Writer::Writer(std::unique_ptr<State> state) : state_{std::move(state)} {}
Writer::Writer(Writer&&) noexcept = default;
Writer::~Writer() { stop(); }

Writer& Writer::operator=(Writer&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Writer::append(std::uint64_t token, const BlockEvent& event) { state_->append({token, event}); }
void Writer::append(std::uint64_t token, const Note& note) { state_->append({token, note}); }

int Writer::completion_fd() const { return state_->completion_fd; }

std::vector<Completion> Writer::completed() {
  // The counter first: what is added after this read makes the descriptor readable again.
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(state_->completion_fd, &count, sizeof count);
  const std::lock_guard lock{state_->mutex};
  return std::exchange(state_->done, {});
}

std::vector<OpenBlock> Writer::open_blocks() const { return state_->scribe.blocks_found(); }

std::vector<Writer::Released> Writer::released_since(WallTime since) const {
  std::vector<Released> released;
  std::ranges::copy_if(state_->scribe.released_found(), std::back_inserter(released),
                       [&](const Released& r) { return r.at >= since; });
  return released;
}

std::vector<Row> Writer::identities() const { return state_->scribe.identities_found(); }
bool Writer::same_boot() const { return state_->scribe.same_boot(); }
WallTime Writer::last_record() const { return state_->scribe.last_record(); }

WriterHealth Writer::health() const {
  const std::lock_guard lock{state_->mutex};
  auto health = state_->health;
  health.queued = state_->queue.size();
  return health;
}

void Writer::stop() {
  if (!state_ || !state_->thread.joinable()) return;
  {
    const std::lock_guard lock{state_->mutex};
    state_->stopping = true;
  }
  state_->arrived.notify_one();
  state_->thread.join();
}

}  // namespace cgn::journal
