// SPDX-License-Identifier: Apache-2.0
// Waits for SIGHUP, told by an eventfd, and has the file read again.
//
// What        A thread of its own, because reading and judging a file must not keep packets waiting. What comes of it is said
//             in the operator's log, every complaint with its line.
// Life-cycle  From construction to destruction, which ends a wait at once.
// Ownership   Borrows the descriptor and the Reloader.
#pragma once

#include <atomic>
#include <thread>

#include "daemon/reloader.hpp"

namespace cgn::daemon {

class ReloadSignal {
 public:
  ReloadSignal(int eventfd, Reloader&);
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

 private:
  void wait();

  int eventfd_;
  Reloader& reloader_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace cgn::daemon
