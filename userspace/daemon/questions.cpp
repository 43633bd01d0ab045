// SPDX-License-Identifier: Apache-2.0
// Questions of other threads to the one thread that owns the core.
#include "daemon/questions.hpp"

#include <sys/eventfd.h>

#include <cassert>
#include <chrono>

namespace cgn::daemon {

// A semaphore: each question adds one, each taken takes one, so the descriptor is readable exactly while some wait.
Questions::Questions() : wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE)} { assert(wake_); }

Result<> Questions::ask(Question question) {
  std::future<bool> ran;
  {
    const std::lock_guard lock{lock_};
    if (closed_) return fail("cgnd is stopping");
    waiting_.push_back({std::move(question), {}});
    ran = waiting_.back().ran.get_future();
  }
  ::eventfd_write(wake_.get(), 1);
  if (!ran.get()) return fail("cgnd is stopping");
  return {};
}

std::optional<Questions::Waiting> Questions::take() {
  const std::lock_guard lock{lock_};
  if (waiting_.empty()) return std::nullopt;
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  eventfd_t one = 0;
  ::eventfd_read(wake_.get(), &one);
  return first;
}

void Questions::run(core::Translator& translator, const Now& now) {
  const auto end = std::chrono::steady_clock::now() + kSlice;
  do {
    auto next = take();
    if (!next) return;
    next->question(translator, now);
    next->ran.set_value(true);
  } while (std::chrono::steady_clock::now() < end);
}

void Questions::close() {
  const std::lock_guard lock{lock_};
  closed_ = true;
  for (auto& waiting : waiting_) waiting.ran.set_value(false);
  waiting_.clear();
}

}  // namespace cgn::daemon
