// SPDX-License-Identifier: Apache-2.0
// First packets that wait for a port which is about to come free ([nat] wait_for_port).
//
// What        Frames in order of arrival: one of a flow's internal endpoint, 16 of an internal address, 1024 in all. Whoever
//             waits has no mapping yet, so these bounds are beside those of the frames that wait for the log.
// Life-cycle  wait() -> take_all(), whose frames are tried again; what must go on waiting is put back with its old deadline.
// Ownership   Owns copies of the frames, punt header included.
// Failure     wait() that would pass a bound says false and keeps nothing; the caller counts hold_full.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "cgn/realm.hpp"
#include "cgn/time.hpp"

namespace cgn::daemon {

struct PortWaiter {
  Proto proto = Proto::udp;
  InternalEndpoint internal;
  Monotonic until{};
  unsigned queue = 0;  // of the hand that received it
  unsigned port = 0;   // it came in by
  std::vector<std::byte> bytes{};
};

class WaitQueue {
 public:
  static constexpr std::size_t kPerSubscriber = 16;
  static constexpr std::size_t kTotal = 1024;

  [[nodiscard]] bool wait(PortWaiter);
  [[nodiscard]] std::vector<PortWaiter> take_all();
  // How many frames of these internal addresses are gone.
  std::size_t forget(const SubscriberId& internal);
  [[nodiscard]] std::size_t size() const { return frames_.size(); }
  // Whether any has waited long enough.
  [[nodiscard]] bool due(Monotonic now) const;

 private:
  std::vector<PortWaiter> frames_;
  std::set<std::pair<Proto, InternalEndpoint>> flows_;
  std::map<InternalAddress, std::size_t> per_subscriber_;
};

}  // namespace cgn::daemon
