// SPDX-License-Identifier: Apache-2.0
// The legal record, written: queue, thread and completions around the scribe.
#include "journal/writer.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "journal/archivist.hpp"
#include "journal/checkpointer.hpp"
#include "journal/scribe.hpp"

namespace cgn::journal {
namespace {

// 4 MiB of -wal: below it a checkpoint would cost more writing than it saves, far above it look-ups grow slower.
constexpr int kPagesToCheckpoint = 1024;
// Tokens of those who wait for their own completion.
constexpr std::uint64_t kWaited = std::uint64_t{1} << 63;
// How often the thread looks at the clock when nothing arrives.
constexpr auto kTick = std::chrono::milliseconds{200};

}  // namespace

struct Writer::State {
  State(Scribe s, ClockFunction c, std::unique_ptr<Archivist> a)
      : scribe{std::move(s)}, clock{std::move(c)}, archivist{std::move(a)}, health{scribe.health()} {}
  ~State() {
    if (completion_fd >= 0) ::close(completion_fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void run();
  void append(Scribe::Item);
  [[nodiscard]] std::vector<Scribe::Item> take(bool& last);
  void give(const std::vector<Completion>&);
  // Tells the archivist where the record stands, and writes its notes.
  void serve_archivist();

  Scribe scribe;  // of the thread alone, once that runs; what open() found is constant
  ClockFunction clock;
  Checkpointer checkpointer;
  std::unique_ptr<Archivist> archivist;
  std::string key_trouble;  // why nothing is signed although a key was named
  int completion_fd = -1;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable arrived;
  std::vector<Scribe::Item> queue;
  std::vector<Completion> done;
  std::condition_variable fulfilled;
  std::map<std::uint64_t, Completion> waited;  // completions by token
  std::uint64_t next_waited = kWaited;
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
    for (const auto& completion : completions) {
      if (completion.token < kWaited) {
        done.push_back(completion);
      } else {
        waited.emplace(completion.token, completion);
      }
    }
    health = scribe.health();
  }
  fulfilled.notify_all();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(completion_fd, &one, sizeof one);
}

void Writer::State::serve_archivist() {
  archivist->tell(scribe.standing());
  std::vector<Scribe::Item> items;
  for (auto& note : archivist->take_notes()) items.push_back({.token = 0, .event = std::move(note)});
  if (items.empty()) return;
  archivist->settle(std::ranges::all_of(scribe.write(items), &Completion::durable));
}

void Writer::State::run() {
  for (bool last = false; !last;) {
    const auto items = take(last);
    if (!items.empty()) give(scribe.write(items));
    if (const auto late = scribe.tend(clock()); !late.empty()) give(late);
    serve_archivist();
    if (scribe.wal_pages() >= kPagesToCheckpoint) checkpointer.checkpoint(scribe.health().file);
  }
  if (const auto late = scribe.stop(clock()); !late.empty()) give(late);
  archivist->stop(scribe.standing());
  const std::lock_guard lock{mutex};
  health = scribe.health();
}

Result<Writer> Writer::open(const WriterOptions& options, ClockFunction clock) {
  TRY(scribe, Scribe::open(options, clock()));
  std::optional<SigningKey> key;
  std::string trouble;
  if (!options.sign_key.empty()) {
    // The record matters more than its signature: without a key it is written all the same, and the operator is told.
    auto opened = SigningKey::open_or_make(options.sign_key);
    if (opened) key = std::move(*opened);
    if (!key) trouble = opened.error().what;
  }
  auto archivist = std::make_unique<Archivist>(options, std::move(key), clock);
  auto state = std::make_unique<State>(std::move(scribe), std::move(clock), std::move(archivist));
  state->key_trouble = std::move(trouble);
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

void Writer::append(std::uint64_t token, const BlockEvent& event, Unwritable unwritable) {
  state_->append({token, event, unwritable});
}
void Writer::append(std::uint64_t token, const Note& note, Unwritable unwritable) {
  state_->append({token, note, unwritable});
}

Result<std::uint64_t> Writer::record(const Note& note, std::chrono::milliseconds patience) {
  auto& state = *state_;
  std::unique_lock lock{state.mutex};
  if (state.stopping) return fail("the log is being closed");
  const auto token = state.next_waited++;
  state.queue.push_back({.token = token, .event = note});
  state.arrived.notify_one();
  const bool told = state.fulfilled.wait_for(lock, patience, [&] { return state.waited.contains(token); });
  if (!told) return fail("the log does not take rows: the disk is slow or stuck", "cgnctl status");
  const auto completion = state.waited.extract(token).mapped();
  if (!completion.durable) return fail("the log cannot be written: " + state.health.trouble, "cgnctl status");
  return completion.seq;
}

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

const std::string& Writer::parameters() const { return state_->scribe.parameters_found(); }

WriterHealth Writer::health() const {
  const std::lock_guard lock{state_->mutex};
  auto health = state_->health;
  health.queued = state_->queue.size();
  health.sealing_trouble = state_->key_trouble.empty() ? state_->archivist->trouble() : state_->key_trouble;
  return health;
}

void Writer::settle_in() {
  if (const auto now = health(); now.writable) state_->checkpointer.checkpoint(now.file);
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
