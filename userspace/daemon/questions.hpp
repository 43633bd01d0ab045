// SPDX-License-Identifier: Apache-2.0
// Questions of other threads to the one thread that owns the core.
//
// What        ask() queues a function and waits until the brain has run it; the brain runs questions between batches of
//             packets, in slices of at most 200 µs, so that nobody's question delays a packet.
// Ownership   Any thread asks, one thread runs. close() refuses what waits and what comes later.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <mutex>

#include "cgn/result.hpp"
#include "core/translator.hpp"
#include "io/fd.hpp"

namespace cgn::daemon {

class Questions {
 public:
  using Question = std::function<void(core::Translator&, const Now&)>;
  static constexpr std::chrono::microseconds kSlice{200};

  Questions();
  [[nodiscard]] Result<> ask(Question);
  // Readable while questions wait.
  [[nodiscard]] int fd() const { return wake_.get(); }
  // Runs questions until none waits or the slice is used up.
  void run(core::Translator&, const Now&);
  void close();

 private:
  struct Waiting {
    Question question;
    std::promise<bool> ran;
  };
  [[nodiscard]] std::optional<Waiting> take();

  std::mutex lock_;
  std::deque<Waiting> waiting_;
  bool closed_ = false;
  io::Fd wake_;
};

}  // namespace cgn::daemon
