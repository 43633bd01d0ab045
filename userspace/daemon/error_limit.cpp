// SPDX-License-Identifier: Apache-2.0
// How many ICMP errors we originate.
#include "daemon/error_limit.hpp"

#include <algorithm>

#include "core/hash.hpp"

namespace cgn::daemon {
namespace {

struct Allowance {
  unsigned per_second = 1;
  unsigned burst = 1;

  [[nodiscard]] Duration interval() const { return Duration{std::chrono::seconds{1}} / per_second; }
  [[nodiscard]] bool has_token(Monotonic arrival, Monotonic now) const {
    return std::max(arrival, now) - now <= (std::max(burst, 1u) - 1) * interval();
  }
  [[nodiscard]] Monotonic after(Monotonic arrival, Monotonic now) const { return std::max(arrival, now) + interval(); }
};

}  // namespace

bool ErrorLimit::may(InternalAddress sender, bool outside, Monotonic now) {
  if (per_second_ == 0) return false;
  const Allowance in_all{.per_second = per_second_, .burst = outside ? per_second_ / 2 : per_second_};
  const unsigned fair = std::min(CGN_ERRORS_PER_SENDER, per_second_);
  const Allowance share{.per_second = fair, .burst = fair};
  auto& of_sender =
      senders_[core::mix((std::uint64_t{sender.realm.value()} << 32 | sender.address.host()) ^ seed_) % kSenders];
  if (!in_all.has_token(all_, now) || !share.has_token(of_sender, now)) return false;
  all_ = in_all.after(all_, now);
  of_sender = share.after(of_sender, now);
  return true;
}

}  // namespace cgn::daemon
