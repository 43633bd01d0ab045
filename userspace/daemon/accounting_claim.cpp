// SPDX-License-Identifier: Apache-2.0
// From an accounting request to a claim.
#include "daemon/accounting_claim.hpp"

#include <span>

namespace cgn::daemon {
namespace {

using std::chrono::seconds;

Claim::Kind kind_of(radius::Status status) {
  switch (status) {
    case radius::Status::start: return Claim::Kind::begins;
    case radius::Status::stop: return Claim::Kind::ends;
    default: return Claim::Kind::lasts;
  }
}

}  // namespace

journal::Span moment_of(const radius::Accounting& accounting, WallTime arrival) {
  if (accounting.delay) {
    const auto latest = arrival - *accounting.delay;
    return {accounting.delay->count() == 0 ? latest : latest - seconds{1}, latest};
  }
  if (accounting.event_time && WallTime{*accounting.event_time} + seconds{1} < arrival) {
    return {*accounting.event_time, *accounting.event_time + seconds{1}};
  }
  return journal::Span::at(arrival);
}

IdentityReport report_of(const radius::Accounting& accounting, const Sender& sender, WallTime arrival,
                         bool use_netmask) {
  IdentityReport report{.address = Prefix::of(*accounting.address, use_netmask ? accounting.prefix_length : 32)};
  auto& claim = report.claim;
  claim.kind = kind_of(accounting.status);
  claim.who.first = sender.realm;
  // A session without a name is somebody's all the same.
  const auto unnamed = "session " + accounting.session;
  claim.id = accounting.identity.empty() ? radius::printable(std::as_bytes(std::span{unnamed})) : accounting.identity;
  claim.session = accounting.session;
  claim.source = sender.source;
  claim.by = sender.by;
  claim.when = moment_of(accounting, arrival);
  if (accounting.session_time && claim.kind != Claim::Kind::begins) {
    const auto& length = *accounting.session_time;
    claim.began = journal::Span{claim.when.earliest - length - seconds{1}, claim.when.latest - length};
  }
  return report;
}

}  // namespace cgn::daemon
