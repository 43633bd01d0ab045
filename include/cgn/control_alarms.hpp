// SPDX-License-Identifier: Apache-2.0
// GET /v1/alarms: what runs short now, and who is refused because of it.
//
// What        An alarm is there from its first refusal, or from the upper mark, until a minute without a refusal, or the lower
//             mark. `event` and `nat_event` are the words and numbers of RFC 8158.
#pragma once

#include "cgn/control.hpp"

namespace cgn::control {

namespace path {
inline constexpr std::string_view kAlarms = "/v1/alarms";
}  // namespace path

struct Alarm {
  std::string event{};  // "ports_exhausted", "quota_exceeded", "threshold_reached", "log_unwritable"
  unsigned nat_event = 0;
  std::string reason{};      // the verdict's word, or "first_blocks", "extension_blocks", "mappings"
  std::string subscriber{};  // empty for a threshold
  std::string realm{};       // of the subscriber
  std::string pool{};        // empty for the mapping table
  std::string since{};
  std::uint64_t refused = 0;  // packets of this episode so far
  std::uint64_t used = 0;     // of a threshold
  std::uint64_t most = 0;
  std::string text{};  // a sentence
};
CGN_JSON_FIELDS(Alarm, event, nat_event, reason, subscriber, realm, pool, since, refused, used, most, text)

struct Alarms {
  std::string schema = "cgn/alarms/1";
  std::uint64_t total = 0;  // the list has 1000 of the refused at most
  std::vector<Alarm> alarms{};
};
CGN_JSON_FIELDS(Alarms, schema, total, alarms)

}  // namespace cgn::control
