// SPDX-License-Identifier: Apache-2.0
// How many ICMP errors we originate, in all and toward one sender. Pure.
//
// What        Token buckets as GCRA: one for all (`[limits] icmp_errors_per_second`), and one per sender, found by a seeded
//             hash, so that a scanner silences nobody's traceroute but its own. The same as bpf/police.h does before the
//             daemon is woken; refused first packets come by other buckets and meet these alone.
// Ownership   Bounded: a fixed number of senders' buckets. Two senders may share one; nobody is ever evicted.
// Failure     Senders outside can be invented at will, so together they never have more than half of the burst.
// RFC         1812 section 4.3.2.8
#pragma once

#include <vector>

#include "cgn/realm.hpp"
#include "cgn/time.hpp"

namespace cgn::daemon {

class ErrorLimit {
 public:
  static constexpr std::size_t kSenders = 4096;  // a power of two

  // 0 a second: none at all.
  ErrorLimit(unsigned per_second, std::uint64_t seed) : per_second_{per_second}, seed_{seed}, senders_(kSenders) {}

  void follow(unsigned per_second) { per_second_ = per_second; }

  // Takes a token of both buckets, or of none.
  [[nodiscard]] bool may(InternalAddress sender, bool outside, Monotonic now);

 private:
  unsigned per_second_;
  std::uint64_t seed_;
  Monotonic all_{};                 // theoretical arrival of the next error
  std::vector<Monotonic> senders_;  // the same, by sender
};

}  // namespace cgn::daemon
