// SPDX-License-Identifier: Apache-2.0
// What happened to port blocks, told to whoever listens (`cgnctl monitor blocks`).
//
// What        publish() hands an event to every reader; a reader takes what came since it last asked. A copy for eyes:
//             the legal record is the journal, and only durable events should be published.
// Ownership   The feed outlives its readers. Any thread may publish, subscribe, take.
// Failure     A reader that is too slow loses the oldest events and is told how many. publish() never waits for
//             readers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <vector>

#include "cgn/events.hpp"

namespace cgn::daemon {

class BlockFeed {
 public:
  static constexpr std::size_t kBacklog = 4096;  // events a reader may be behind

  BlockFeed() = default;
  BlockFeed(const BlockFeed&) = delete;
  BlockFeed& operator=(const BlockFeed&) = delete;

  void publish(const BlockEvent&);

  struct News {
    std::vector<BlockEvent> events{};
    std::uint64_t lost = 0;  // before the first of them
  };

  // Listens from construction to destruction.
  class Reader {
   public:
    explicit Reader(BlockFeed&);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    // Waits for an event, at most this long; empty when none came.
    [[nodiscard]] News take(std::chrono::milliseconds patience);

   private:
    friend class BlockFeed;
    BlockFeed& feed_;
    std::deque<BlockEvent> waiting_;
    std::uint64_t lost_ = 0;
  };

 private:
  std::mutex lock_;
  std::condition_variable arrived_;
  std::list<Reader*> readers_;
};

}  // namespace cgn::daemon
