// SPDX-License-Identifier: Apache-2.0
// Decision 0006: who may wake the daemon.
//
// What        As long as a chapter may last (play.cpp) a bucket holds its burst and nothing more, so that the model counts
//             tokens and needs no clock. A burst of 0 is one of 1; a rate of 0 is no bucket at all.
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

bool take(unsigned& spent, std::uint32_t rate, std::uint32_t burst) {
  if (rate == 0) return true;
  if (spent >= std::max(burst, 1u)) return false;
  ++spent;
  return true;
}

Ipv4 subscriber_of(const Visit& v) { return Ipv4::from_host(v.ip.source.host() & v.subscriber_mask); }

// Mixed of the address as it lies in memory, seeded: two subscribers may share a bucket.
std::uint32_t bucket_of(Ipv4 subscriber, std::uint64_t seed) {
  return static_cast<std::uint32_t>(mixed(subscriber.net() ^ seed) % CGN_POLICER_BUCKETS);
}

bool may_subscriber(Visit& v) {
  const auto& s = v.state.scene.settings;
  auto& spent = v.state.subscriber_tokens[bucket_of(subscriber_of(v), s.seed)];
  return take(spent, s.subscriber_punts_per_second, s.subscriber_punt_burst);
}

bool may_strangers(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.queue_tokens[CGN_BUCKET_STRANGERS], s.stranger_punts_per_second, s.stranger_punt_burst);
}

// A sender's fair share of the errors, within those of all.
bool may_sender(Visit& v) {
  const auto& s = v.state.scene.settings;
  if (s.error_punts_per_second == 0) return true;
  const auto sender = v.subscriber_mask != 0 ? subscriber_of(v) : v.ip.source;
  return take(v.state.sender_tokens[bucket_of(sender, s.seed)], CGN_ERRORS_PER_SENDER, CGN_ERRORS_PER_SENDER);
}

bool may_fragment(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.queue_tokens[CGN_BUCKET_FRAGMENTS], s.fragment_punts_per_second, s.fragment_punt_burst);
}

// What is to be cut is traffic, and charged as such.
bool may_tell(Visit& v) {
  if (is_told(v)) return may_sender(v) && may_error(v);
  return v.subscriber_mask != 0 ? may_subscriber(v) : may_fragment(v);
}

}  // namespace

bool may_control(Visit& v) {
  const auto& s = v.state.scene.settings;
  return take(v.state.queue_tokens[CGN_BUCKET_CONTROL], s.control_punts_per_second, s.control_punt_burst);
}

bool may_error(Visit& v) {
  const auto& s = v.state.scene.settings;
  // Senders outside can be invented at will: half of the burst is kept from them.
  const auto burst = v.role & CGN_ROLE_INTERNAL ? s.error_punt_burst : s.error_punt_burst / 2;
  return take(v.state.queue_tokens[CGN_BUCKET_ERRORS], s.error_punts_per_second, burst);
}

Step police(Visit& v) {
  if (is_told(v) || v.reason == CGN_PUNT_TOO_BIG) {
    return v.state.scene.listening && may_tell(v) ? Step{} : untold(*v.reason);
  }
  if (!v.state.scene.listening) return CGN_VERDICT_SLOW_PATH_AWAY;
  if (v.reason == CGN_PUNT_TCP_CONTROL) return kGoOn;  // it has paid
  if (v.direction == CGN_INBOUND || v.direction == CGN_BYPASS) return may_control(v) ? Step{} : CGN_VERDICT_POLICED;
  if (!may_subscriber(v)) return CGN_VERDICT_POLICED;
  const bool stranger = !v.state.scene.live.contains(subscriber_of(v));
  if (v.reason == CGN_PUNT_FIRST_PACKET && stranger && !may_strangers(v)) return CGN_VERDICT_POLICED_STRANGERS;
  return kGoOn;
}

}  // namespace cgn::parity
