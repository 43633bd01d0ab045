// SPDX-License-Identifier: Apache-2.0
// Moves pages from the -wal into the file, beside the writer.
#include "journal/checkpointer.hpp"

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

void Checkpointer::run() {
  for (;;) {
    std::filesystem::path path;
    {
      std::unique_lock lock{mutex_};
      asked_.wait(lock, [this] { return stopping_ || !wanted_.empty(); });
      if (stopping_) return;
      path.swap(wanted_);
    }
    // Opened for each one: a checkpoint is rare, and the file may have been moved or replaced meanwhile.
    if (const auto db = Database::open(path, Database::Mode::write)) (void)db->checkpoint();
  }
}

}  // namespace cgn::journal
