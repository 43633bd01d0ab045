// SPDX-License-Identifier: Apache-2.0
// The way out of the slow path.
#include "daemon/outlet.hpp"

#include <algorithm>

#include "daemon/turning_point.hpp"
#include "packet/fragmenting.hpp"
#include "packet/wire.hpp"

#include "packet/identification.hpp"

namespace cgn::daemon {
namespace {

Mac mac_of(const __u8 (&bytes)[6]) {
  Mac mac;
  std::copy(std::begin(bytes), std::end(bytes), mac.bytes.begin());
  return mac;
}

Verdict verdict_of(const Punted& punted) {
  switch (punted.header.direction) {
    case CGN_HAIRPIN: return CGN_VERDICT_HAIRPINNED;
    case CGN_BYPASS: return CGN_VERDICT_BYPASSED;
    default: return CGN_VERDICT_TRANSLATED;
  }
}

}  // namespace

void Outlet::use(std::vector<std::unique_ptr<io::Hand>>& hands, std::unordered_map<unsigned, Egress> egress) {
  hands_.clear();
  for (const auto& hand : hands) hands_.push_back(hand.get());
  egress_ = std::move(egress);
}

// Behind a whole address is one host, whose numbers collide with nobody's.
std::uint16_t Outlet::identification_offset(const core::MappingView& mapping) const {
  if ((mapping.features & CGN_FEATURE_WHOLE) != 0) return 0;
  return packet::identification_offset(mapping.external, mapping.proto, finish_.seed);
}

std::optional<packet::Translation> Outlet::translation_of(const Punted& punted,
                                                          const core::MappingView& mapping) const {
  const auto offset = identification_offset(mapping);
  packet::Translation to{.mss_clamp = finish_.mss_clamp};
  if (punted.header.direction == CGN_OUTBOUND || punted.header.direction == CGN_HAIRPIN) {
    to.source = mapping.external;
    to.identification_offset = offset;
  }
  if (punted.header.direction == CGN_INBOUND) {
    to.destination = mapping.internal;
    if (punted.view.quote) to.identification_offset = offset;  // what an error quotes has left under the external end
  }
  if (punted.header.direction == CGN_HAIRPIN) {
    const auto peer = translator_.find_external(mapping.proto, turning_point(punted.view, mapping), mapping.external);
    if (!peer) return std::nullopt;
    to.destination = peer->internal;
    if (punted.view.quote) {
      to.identification_offset = identification_offset(*peer);
    }
  }
  return to.source || to.destination ? std::optional{to} : std::nullopt;
}

void Outlet::emit(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  const auto verdict = filter_.judge(punted, mapping, now);
  if (verdict != CGN_VERDICT_CONTINUE) return counters_.count(verdict);
  const auto translation = translation_of(punted, mapping);
  if (!translation) return counters_.count(CGN_VERDICT_NO_MAPPING);
  emit(punted, *translation, now);
}

void Outlet::pass(const Punted& punted, const Now& now) {
  std::vector<std::byte> frame(punted.frame.begin(), punted.frame.end());
  packet::pass(frame, punted.view);
  leave(punted, std::move(frame), now);
}

void Outlet::emit(const Punted& punted, const packet::Translation& translation, const Now& now) {
  std::vector<std::byte> frame(punted.frame.begin(), punted.frame.end());
  packet::translate(frame, punted.view, translation);
  leave(punted, std::move(frame), now);
}

void Outlet::leave(const Punted& punted, std::vector<std::byte> translated, const Now& now) {
  WaitingFrame ready{.queue = punted.queue,
                     .verdict = verdict_of(punted),
                     .bytes = std::move(translated),
                     .view = punted.view,
                     .mtu = punted.header.mtu};
  switch (punted.header.next_hop_state) {
    case CGN_NEXT_HOP_UNRESOLVED: return wait(punted, std::move(ready), now);
    case CGN_NEXT_HOP_KNOWN: break;
    default: return counters_.count(CGN_VERDICT_NO_ROUTE);
  }
  const auto egress = egress_.find(punted.header.egress_ifindex);
  if (egress == egress_.end()) return counters_.count(CGN_VERDICT_NO_PORT);
  send(ready, egress->second, mac_of(punted.header.dmac));
}

void Outlet::wait(const Punted& punted, WaitingFrame ready, const Now& now) {
  const NextHop hop{punted.header.egress_ifindex, Ipv4::from_net(punted.header.next_hop)};
  const auto egress = egress_.find(hop.ifindex);
  if (egress == egress_.end()) return counters_.count(CGN_VERDICT_NO_PORT);
  if (const auto known = macs_.find(hop); known != macs_.end()) return send(ready, egress->second, known->second);
  const auto held = next_hops_.hold(hop, std::move(ready), now.mono);
  counters_.count(held.kept ? CGN_VERDICT_HELD : CGN_VERDICT_NEXT_HOP_UNRESOLVED);
  // A probe that the kernel refuses shows as a next hop that stays unresolved; the frame's patience bounds it.
  if (held.probe) (void)io::probe(hop.ifindex, hop.address);
}

void Outlet::send(const WaitingFrame& ready, const Egress& egress, const Mac& next_hop) {
  const packet::LinkHeader link{.destination = next_hop,
                                .source = egress.mac,
                                .tag_count = egress.where.tag_count,
                                .outer_tpid = ntohs(egress.where.outer_tpid),
                                .outer_vid = egress.where.outer_vid,
                                .inner_vid = egress.where.inner_vid};
  const auto frame = packet::with_link_header(ready.bytes, ready.view, link);
  if (ready.mtu == 0) {
    const bool sent = send_whole(ready.queue, egress.where.port, frame);
    return counters_.count(sent ? ready.verdict : CGN_VERDICT_SLOW_PATH_ERROR);
  }
  const auto l3 = packet::kEthernetSize + egress.where.tag_count * packet::kTagSize;
  const auto pieces = packet::fragments(frame, l3, ready.mtu);
  if (pieces.empty()) return counters_.count(CGN_VERDICT_TOO_BIG);
  // In order, and after a fragment that finds no room none more: what misses one is of no use to its receiver.
  const bool sent =
      std::ranges::all_of(pieces, [&](const auto& piece) { return send_whole(ready.queue, egress.where.port, piece); });
  counters_.count(sent ? ready.verdict : CGN_VERDICT_SLOW_PATH_ERROR);
}

bool Outlet::send_whole(unsigned queue, unsigned port, std::span<const std::byte> frame) {
  auto* const sender = hand(queue);
  return sender != nullptr && sender->send(port, frame);
}

void Outlet::neighbour_changed(const io::Neighbour& neighbour) {
  const auto egress = egress_.find(neighbour.ifindex);
  if (egress == egress_.end()) return;
  // A stale neighbour still works, and asking keeps it from decaying while only the kernel program uses it.
  if (neighbour.state == io::NeighbourState::stale) (void)io::probe(neighbour.ifindex, neighbour.address);
  const NextHop hop{neighbour.ifindex, neighbour.address};
  if (neighbour.state != io::NeighbourState::usable && neighbour.state != io::NeighbourState::stale) {
    macs_.erase(hop);
    return;
  }
  macs_.insert_or_assign(hop, neighbour.mac);
  for (const auto& frame : next_hops_.resolved(hop)) {
    send(frame, egress->second, neighbour.mac);
  }
}

void Outlet::expire(const Now& now) {
  for (auto n = next_hops_.expire(now.mono); n > 0; --n) counters_.count(CGN_VERDICT_NEXT_HOP_UNRESOLVED);
}

void Outlet::end_customer(const SubscriberId& internal) {
  for (auto n = next_hops_.forget(internal); n > 0; --n) counters_.count(CGN_VERDICT_NO_MAPPING);
}

void Outlet::flush() {
  for (auto* hand : hands_) hand->flush();
}

io::Hand* Outlet::hand(unsigned queue) const {
  const auto place = std::ranges::find_if(hands_, [&](const io::Hand* h) { return h->queue() == queue; });
  return place == hands_.end() ? nullptr : *place;
}

}  // namespace cgn::daemon
