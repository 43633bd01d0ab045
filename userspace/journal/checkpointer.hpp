// SPDX-License-Identifier: Apache-2.0
// Moves pages from the -wal into the file, beside the writer.
//
// What        A thread with a connection of its own that makes a PASSIVE checkpoint when asked: nobody waits for it, no
//             commit contains one. Its failures are none of the log's: the -wal only grows, the next call tries again.
// Ownership   Owns its thread and its connection.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace cgn::journal {

class Checkpointer {
 public:
  Checkpointer();
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Soon. Asking again before it is done asks once.
  void checkpoint(const std::filesystem::path&);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable asked_;
  std::filesystem::path wanted_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cgn::journal
