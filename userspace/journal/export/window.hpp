// SPDX-License-Identifier: Apache-2.0
// What was sent on a stream and may yet have to be sent again.
//
// What        PURE. A peer's TCP acknowledges octets, not what its program did with them, and syslog acknowledges nothing. So a row
//             counts as received once its last octet has been acknowledged for `repeat`; after a break everything later is
//             sent again, in order.
// RFC         9293 section 3.8 (acknowledgement); 5425 and 6587 (none above it)
#pragma once

#include <cstdint>
#include <deque>

#include "cgn/time.hpp"

namespace cgn::journal {

class Window {
 public:
  Window(std::uint64_t next_seq, Duration repeat) : next_{next_seq}, repeat_{repeat} {}

  // All rows up to and with `seq` stand in the first `octets` octets of this connection.
  void sent(std::uint64_t seq, std::uint64_t octets) { waiting_.push_back({seq, octets, false, {}}); }
  // So many octets of this connection are acknowledged.
  void acknowledged(std::uint64_t octets, Monotonic now);
  // The connection broke: what is not known to be received goes back to the sender.
  void broke() { waiting_.clear(); }

  // The first row that is not known to be received.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  struct Batch {
    std::uint64_t seq;
    std::uint64_t octets;
    bool acknowledged;
    Monotonic since;
  };
  std::uint64_t next_;
  Duration repeat_;
  std::deque<Batch> waiting_;
};

}  // namespace cgn::journal
