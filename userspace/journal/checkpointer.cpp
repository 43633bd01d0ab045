// SPDX-License-Identifier: Apache-2.0
// Moves pages from the -wal into the file, beside the writer.
#include "journal/checkpointer.hpp"

#include <utility>

#include "journal/database.hpp"

namespace cgn::journal {

Checkpointer::Checkpointer() : thread_{[this] { run(); }} {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

void Checkpointer::checkpoint(const std::filesystem::path& path) {
  {
    const std::lock_guard lock{mutex_};
    wanted_ = path;
  }
  asked_.notify_one();
}

void Checkpointer::begin_anew(const std::filesystem::path& path) {
  {
    const std::lock_guard lock{mutex_};
    wanted_ = path;
    anew_ = true;
  }
  asked_.notify_one();
}

bool Checkpointer::stops_within(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return asked_.wait_for(lock, time, [this] { return stopping_; });
}

// The passive one moves nearly all of it, so that the lock of a writer is not held for long.
void Checkpointer::cut_off(const Database& db) {
  constexpr int kTries = 100;
  constexpr std::chrono::milliseconds kBetween{20};
  for (int i = 0; i < kTries; ++i) {
    if (!db.checkpoint()) return;
    const auto cut = db.truncate_wal();
    if (!cut || *cut || stops_within(kBetween)) return;
  }
}

void Checkpointer::run() {
  for (;;) {
    std::filesystem::path path;
    bool anew = false;
    {
      std::unique_lock lock{mutex_};
      asked_.wait(lock, [this] { return stopping_ || !wanted_.empty(); });
      if (stopping_) return;
      path.swap(wanted_);
      anew = std::exchange(anew_, false);
    }
    // Opened for each one: a checkpoint is rare, and the file may have been moved or replaced meanwhile.
    const auto db = Database::open(path, Database::Mode::write);
    if (db && anew) cut_off(*db);
    if (db && !anew) (void)db->checkpoint();
  }
}

}  // namespace cgn::journal
