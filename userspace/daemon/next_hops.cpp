// SPDX-License-Identifier: Apache-2.0
// Frames that wait for their next hop's MAC.
#include "daemon/next_hops.hpp"

#include <utility>

#include "packet/wire.hpp"

namespace cgn::daemon {
namespace {

// The view still has the source from before the translation, the bytes have the destination from after it.
bool concerns(const WaitingFrame& frame, const Prefix& internal) {
  const auto destination = packet::load32(frame.bytes, frame.view.l3 + packet::ipv4::kDestination);
  return internal.contains(frame.view.source.address) || internal.contains(Ipv4::from_host(destination));
}

}  // namespace

NextHops::Held NextHops::hold(const NextHop& hop, WaitingFrame frame, Monotonic now) {
  auto [place, fresh] = rooms_.try_emplace(hop);
  auto& room = place->second;
  if (fresh) room.since = now;
  const bool probe = fresh || now - room.probed >= kProbeEvery;
  if (probe) room.probed = now;
  if (total_ >= kTotal || room.frames.size() >= kPerHop) return {.kept = false, .probe = probe};
  room.frames.push_back(std::move(frame));
  ++total_;
  return {.kept = true, .probe = probe};
}

std::vector<WaitingFrame> NextHops::resolved(const NextHop& hop) {
  auto node = rooms_.extract(hop);
  if (node.empty()) return {};
  total_ -= node.mapped().frames.size();
  return std::move(node.mapped().frames);
}

std::size_t NextHops::expire(Monotonic now) {
  std::size_t expired = 0;
  for (auto place = rooms_.begin(); place != rooms_.end();) {
    if (now - place->second.since < kPatience) {
      ++place;
      continue;
    }
    expired += place->second.frames.size();
    place = rooms_.erase(place);
  }
  total_ -= expired;
  return expired;
}

std::size_t NextHops::forget(const Prefix& internal) {
  std::size_t gone = 0;
  for (auto& [hop, room] : rooms_) {
    gone += std::erase_if(room.frames, [&](const WaitingFrame& frame) { return concerns(frame, internal); });
  }
  total_ -= gone;
  return gone;
}

}  // namespace cgn::daemon
