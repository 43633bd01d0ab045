// SPDX-License-Identifier: Apache-2.0
// The core's notices as lines of the operator's log.
#include "daemon/alarm_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace cgn::daemon {

NatEvent event_of(Verdict reason) {
  return reason == CGN_VERDICT_POOL_FULL ? NatEvent::ports_exhausted : NatEvent::quota_exceeded;
}

std::string_view word_of(NatEvent event) {
  switch (event) {
    case NatEvent::ports_exhausted: return "ports_exhausted";
    case NatEvent::quota_exceeded: return "quota_exceeded";
    case NatEvent::threshold_reached: return "threshold_reached";
  }
  return {};
}

std::string_view word_of(Resource resource) {
  switch (resource) {
    case Resource::first_blocks: return "first_blocks";
    case Resource::extension_blocks: return "extension_blocks";
    case Resource::mappings: return "mappings";
  }
  return {};
}

namespace {

// The default realm goes without saying.
template <class Told>
std::string whom(const Told& a) {
  return to_string(a.subscriber) + (a.realm.empty() ? "" : " of realm " + a.realm);
}

}  // namespace

std::string sentence_of(const core::Alarm& a) {
  return fmt::format("{}: subscriber {} of pool {} is refused: {}", cgn::word_of(a.reason), whom(a), a.pool,
                     kVerdicts[a.reason].meaning);
}

std::string sentence_of(const core::AlarmOver& a) {
  return fmt::format("{}: over for subscriber {} of pool {}, {} packets refused since {:%FT%TZ}",
                     cgn::word_of(a.reason), whom(a), a.pool, a.refused,
                     fmt::gmtime(std::chrono::system_clock::to_time_t(a.since)));
}

std::string sentence_of(const core::Threshold& t) {
  const auto whose = t.pool.empty() ? std::string{"mapping table"} : "pool " + t.pool;
  const auto what = t.resource == Resource::first_blocks       ? "first blocks"
                    : t.resource == Resource::extension_blocks ? "extension blocks"
                                                               : "mappings";
  return fmt::format("{}: {} of {} {} are out ({} %){}", whose, t.used, t.most, what,
                     t.most == 0 ? 0 : 100 * t.used / t.most, t.reached ? "" : ": room again");
}

// The unwritten are told of with the first line of a later second.
bool AlarmLog::room(const Now& now) {
  if (now.mono - second_began_ >= std::chrono::seconds{1}) {
    second_began_ = now.mono;
    written_ = 0;
    if (const auto more = std::exchange(unwritten_, 0); more > 0) {
      spdlog::warn("{} more alarms began or ended: cgnctl show alarms", more);
    }
  }
  if (written_ < kMostPerSecond) return ++written_, true;
  ++unwritten_;
  return false;
}

void AlarmLog::tell(const core::Alarm& alarm, const Now& now) {
  if (room(now)) spdlog::warn("{}", sentence_of(alarm));
}

void AlarmLog::tell(const core::AlarmOver& over, const Now& now) {
  if (room(now)) spdlog::info("{}", sentence_of(over));
}

// Few and worth reading: never left out.
void AlarmLog::tell(const core::Threshold& threshold, const Now&) {
  spdlog::log(threshold.reached ? spdlog::level::warn : spdlog::level::info, "{}", sentence_of(threshold));
}

}  // namespace cgn::daemon
