// SPDX-License-Identifier: Apache-2.0
// Decision 0006: who may wake the daemon.
//
// What        A bucket is refilled by the hour of a clock that the model does not have. So the rates of a scene are few
//             (scene.cpp), and a chapter ends before the shortest interval between two tokens has passed (play.cpp): within
//             it the intervals alone decide, and how much time goes by does not. A rate of 0 is no bucket at all.
#include <algorithm>

#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr unsigned kSecond = 20;  // divided by every rate there is: 1, 2, 4, and CGN_ERRORS_PER_SENDER

bool take(unsigned& ahead, std::uint32_t rate, std::uint32_t burst) {
  if (rate == 0) return true;
  const auto interval = kSecond / rate;
  if (ahead > (std::max(burst, 1u) - 1) * interval) return false;
  ahead += interval;
  return true;
}

Ipv4 subscriber_of(const Visit& v) { return Ipv4::from_host(v.ip.source.host() & v.subscriber_mask); }

// Mixed of the view and of the address as it lies in memory, seeded: two subscribers may share a bucket.
std::uint32_t bucket_of(const Visit& v, Ipv4 sender, std::uint64_t seed) {
  const auto who = std::uint64_t{v.looks()} << 32 | sender.net();
  return static_cast<std::uint32_t>(mixed(who ^ seed) % CGN_POLICER_BUCKETS);
}

bool may_subscriber(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.buckets[bucket_of(v, subscriber_of(v), s.seed)], s.subscriber_punts_per_second,
              s.subscriber_punt_burst);
}

bool may_strangers(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.queue_buckets[CGN_BUCKET_STRANGERS], s.stranger_punts_per_second, s.stranger_punt_burst);
}

// A sender's fair share of the errors, within those of all.
bool may_sender(Visit& v) {
  const auto& s = v.state.scene.settings;
  if (s.error_punts_per_second == 0) return true;
  const auto sender = v.subscriber_mask != 0 ? subscriber_of(v) : v.ip.source;
  return take(v.state.sender_buckets[bucket_of(v, sender, s.seed)], CGN_ERRORS_PER_SENDER, CGN_ERRORS_PER_SENDER);
}

// One address's share of the fragments. Apart from the first packets: by the other hash of the same buckets.
bool may_share(Visit& v, Ipv4 address, unsigned divisor) {
  const auto& s = v.state.scene.settings;
  auto& bucket = v.state.buckets[bucket_of(v, address, ~s.seed)];
  return take(bucket, s.fragment_punts_per_second / divisor, s.fragment_punt_burst / divisor);
}

// And of the control connections of ALGs: by a third.
bool may_share_alg(Visit& v, Ipv4 address, unsigned divisor) {
  const auto& s = v.state.scene.settings;
  auto& bucket = v.state.buckets[bucket_of(v, address, s.seed + 1)];
  return take(bucket, s.alg_punts_per_second / divisor, s.alg_punt_burst / divisor);
}

bool may_alg(Visit& v) {
  const auto& s = v.state.scene.settings;
  if (v.direction == CGN_INBOUND && !may_share_alg(v, v.ip.destination, 2)) return false;
  if (!may_share_alg(v, v.subscriber_mask != 0 ? subscriber_of(v) : v.ip.source, 4)) return false;
  return take(v.state.queue_buckets[CGN_BUCKET_ALG], s.alg_punts_per_second, s.alg_punt_burst);
}

bool may_send_fragment(Visit& v) { return may_share(v, subscriber_of(v), 4); }

// From outside: by who sends them, whom they are for, and all together.
bool may_fragment(Visit& v) {
  const auto& s = v.state.scene.settings;
  if (!may_share(v, v.ip.source, 4) || !may_share(v, v.ip.destination, 2)) return false;
  return take(v.state.queue_buckets[CGN_BUCKET_FRAGMENTS], s.fragment_punts_per_second, s.fragment_punt_burst);
}

// What is to be cut is traffic, and charged as such.
bool may_tell(Visit& v) {
  if (is_told(v)) return may_sender(v) && may_error(v);
  return v.subscriber_mask != 0 ? may_subscriber(v) : may_fragment(v);
}

}  // namespace

bool may_control(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.queue_buckets[CGN_BUCKET_CONTROL], s.control_punts_per_second, s.control_punt_burst);
}

bool may_error(Visit& v) {
  const auto& s = v.state.scene.settings;
  // Senders outside can be invented at will: half of the burst is kept from them.
  const auto burst = v.role & CGN_ROLE_INTERNAL ? s.error_punt_burst : s.error_punt_burst / 2;
  return take(v.state.queue_buckets[CGN_BUCKET_ERRORS], s.error_punts_per_second, burst);
}

// Nobody is charged for what comes in but the queue.
bool may_pay(Visit& v) {
  if (v.reason == CGN_PUNT_ALG) return may_alg(v);
  const bool fragment = v.reason == CGN_PUNT_FRAGMENT;
  if (v.reason == CGN_PUNT_TUNNEL) {
    const auto& s = v.state.scene.settings;
    return take(v.state.queue_buckets[CGN_BUCKET_TUNNELS], s.tunnel_punts_per_second, s.tunnel_punt_burst);
  }
  if (v.direction == CGN_INBOUND || v.direction == CGN_BYPASS) return fragment ? may_fragment(v) : may_control(v);
  return fragment ? may_send_fragment(v) : may_subscriber(v);
}

Step police(Visit& v) {
  if (is_told(v) || v.reason == CGN_PUNT_TOO_BIG) {
    return v.state.scene.listening && may_tell(v) ? Step{} : untold(*v.reason);
  }
  if (!v.state.scene.listening) return CGN_VERDICT_SLOW_PATH_AWAY;
  if (v.reason == CGN_PUNT_TCP_CONTROL) return kGoOn;  // it has paid
  if (!may_pay(v)) return CGN_VERDICT_POLICED;
  const bool may_be_new = v.reason == CGN_PUNT_FIRST_PACKET || v.reason == CGN_PUNT_FRAGMENT;
  const bool stranger = v.direction != CGN_INBOUND && !v.state.scene.live.contains({subscriber_of(v), v.realm()});
  if (may_be_new && stranger && !may_strangers(v)) return CGN_VERDICT_POLICED_STRANGERS;
  return kGoOn;
}

}  // namespace cgn::parity
