// SPDX-License-Identifier: Apache-2.0
// The block feed: one lock, a bounded queue for each reader.
#include "daemon/block_feed.hpp"

#include <utility>

namespace cgn::daemon {

void BlockFeed::publish(const BlockEvent& event) {
  const std::scoped_lock guard{lock_};
  for (Reader* reader : readers_) {
    if (reader->waiting_.size() == kBacklog) {
      reader->waiting_.pop_front();
      ++reader->lost_;
    }
    reader->waiting_.push_back(event);
  }
  if (!readers_.empty()) arrived_.notify_all();
}

BlockFeed::Reader::Reader(BlockFeed& feed) : feed_{feed} {
  const std::scoped_lock guard{feed_.lock_};
  feed_.readers_.push_back(this);
}

BlockFeed::Reader::~Reader() {
  const std::scoped_lock guard{feed_.lock_};
  feed_.readers_.remove(this);
}

BlockFeed::News BlockFeed::Reader::take(std::chrono::milliseconds patience) {
  std::unique_lock guard{feed_.lock_};
  feed_.arrived_.wait_for(guard, patience, [this] { return !waiting_.empty(); });
  News news{.events = {waiting_.begin(), waiting_.end()}, .lost = std::exchange(lost_, 0)};
  waiting_.clear();
  return news;
}

}  // namespace cgn::daemon
