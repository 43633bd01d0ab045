// SPDX-License-Identifier: Apache-2.0
// Whom a mapping with dependent filtering hears, and whom it has spoken to.
//
// What        Outbound to a remote not spoken to: the slow path learns it. Inbound from one: refused. A hairpinned packet is
//             judged at both ends, as if it had gone around outside; while its sender's end is not settled, the slow path
//             judges the receiver's. An error is heard when it is about a packet to a remote that was spoken to.
// RFC         4787 REQ-8, 5382 REQ-3; 5508 section 3 (a query's remote has no port)
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

bool filters(const Half& half) { return half.features & (CGN_FEATURE_ADF | CGN_FEATURE_APDF); }

// The stamp of that permission, if there is one.
Stamp* permission(Visit& v, const Half& half, const Heard& heard) {
  auto key = heard;
  if (!(half.features & CGN_FEATURE_APDF)) key.remote.port = Port{0};
  auto& all = v.state.scene.heard;
  const auto found = all.find(key);
  return found == all.end() ? nullptr : &found->second;
}

bool has_spoken(Visit& v) {
  const auto& half = v.half(*v.sender);
  if (!filters(half)) return true;
  auto* stamp = permission(v, half, {v.view.proto, half.to, v.view.destination});
  if (stamp != nullptr) stamp->advance(v.in.first_tick, v.in.last_tick);
  return stamp != nullptr;
}

bool hears(Visit& v) {
  const auto& half = v.half(*v.receiver);
  if (!filters(half)) return true;
  auto* stamp = permission(v, half, {v.view.proto, v.receiver->end, v.sent_source()});
  if (stamp != nullptr && (half.features & CGN_FEATURE_REFRESH_BOTH)) stamp->advance(v.in.first_tick, v.in.last_tick);
  return stamp != nullptr;
}

}  // namespace

bool is_heard_of(Visit& v, const Half& sender, const Heard& said) {
  return !filters(sender) || permission(v, sender, said) != nullptr;
}

Step filter(Visit& v) {
  if (v.sender && !has_spoken(v)) v.reason = CGN_PUNT_PERMISSION;
  if (!v.receiver || hears(v)) return kGoOn;
  if (!v.reason) return CGN_VERDICT_FILTERED;
  v.receiver.reset();  // nothing of it is touched yet
  return kGoOn;
}

}  // namespace cgn::parity
