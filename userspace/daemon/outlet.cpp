// SPDX-License-Identifier: Apache-2.0
// The way out of the slow path.
#include "daemon/outlet.hpp"

#include <algorithm>
#include <cstring>

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

std::expected<Punted, Verdict> open_punt(std::span<const std::byte> bytes, unsigned queue, unsigned port) {
  Punted punted{.queue = queue, .port = port};
  if (bytes.size() < sizeof punted.header) return std::unexpected{CGN_VERDICT_MALFORMED};
  std::memcpy(&punted.header, bytes.data(), sizeof punted.header);
  if (punted.header.magic != CGN_PUNT_MAGIC || punted.header.version != CGN_ABI_VERSION) {
    return std::unexpected{CGN_VERDICT_MALFORMED};
  }
  punted.frame = bytes.subspan(sizeof punted.header);
  const auto view = packet::read(punted.frame);
  if (!view || view->l3 != punted.header.l3_offset || view->l4 != punted.header.l4_offset || view->ttl <= 1) {
    return std::unexpected{CGN_VERDICT_MALFORMED};
  }
  punted.view = *view;
  return punted;
}

void Outlet::use(std::vector<std::unique_ptr<io::Hand>>& hands, std::unordered_map<unsigned, Egress> egress) {
  hands_.clear();
  for (const auto& hand : hands) hands_.push_back(hand.get());
  egress_ = std::move(egress);
}

std::optional<packet::Translation> Outlet::translation_of(const Punted& punted,
                                                          const core::MappingView& mapping) const {
  switch (punted.header.direction) {
    case CGN_OUTBOUND: return packet::Translation{.source = mapping.external, .destination = {}};
    case CGN_INBOUND: return packet::Translation{.source = {}, .destination = mapping.internal};
    case CGN_HAIRPIN: {
      const auto peer = translator_.find_external(mapping.proto, punted.view.destination);
      if (!peer) return std::nullopt;
      return packet::Translation{.source = mapping.external, .destination = peer->internal};
    }
    case CGN_BYPASS: return packet::Translation{};
    default: return std::nullopt;
  }
}

void Outlet::emit(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  const auto translation = translation_of(punted, mapping);
  if (!translation) return counters_.count(CGN_VERDICT_NO_MAPPING);
  std::vector<std::byte> frame(punted.frame.begin(), punted.frame.end());
  packet::translate(frame, punted.view, *translation);

  const auto verdict = verdict_of(punted);
  switch (punted.header.next_hop_state) {
    case CGN_NEXT_HOP_UNRESOLVED: return wait(punted, std::move(frame), verdict, now);
    case CGN_NEXT_HOP_KNOWN: break;
    default: return counters_.count(CGN_VERDICT_NO_ROUTE);
  }
  const auto egress = egress_.find(punted.header.egress_ifindex);
  if (egress == egress_.end()) return counters_.count(CGN_VERDICT_NO_PORT);
  send(punted.queue, egress->second, mac_of(punted.header.dmac), frame, verdict);
}

void Outlet::wait(const Punted& punted, std::vector<std::byte> translated, Verdict verdict, const Now& now) {
  const NextHop hop{punted.header.egress_ifindex, Ipv4::from_net(punted.header.next_hop)};
  if (!egress_.contains(hop.ifindex)) return counters_.count(CGN_VERDICT_NO_PORT);
  const auto held = next_hops_.hold(hop, {punted.queue, verdict, std::move(translated)}, now.mono);
  counters_.count(held.kept ? CGN_VERDICT_HELD : CGN_VERDICT_NEXT_HOP_UNRESOLVED);
  // A probe that the kernel refuses shows as a next hop that stays unresolved; the frame's patience bounds it.
  if (held.probe) (void)io::probe(hop.ifindex, hop.address);
}

void Outlet::send(unsigned queue, const Egress& egress, const Mac& next_hop, std::span<const std::byte> translated,
                  Verdict verdict) {
  const auto view = packet::read(translated);
  auto* const sender = hand(queue);
  if (!view || sender == nullptr) return counters_.count(CGN_VERDICT_SLOW_PATH_ERROR);
  const packet::LinkHeader link{.destination = next_hop,
                                .source = egress.mac,
                                .tag_count = egress.where.tag_count,
                                .outer_tpid = ntohs(egress.where.outer_tpid),
                                .outer_vid = egress.where.outer_vid,
                                .inner_vid = egress.where.inner_vid};
  const auto frame = packet::with_link_header(translated, *view, link);
  counters_.count(sender->send(egress.where.port, frame) ? verdict : CGN_VERDICT_SLOW_PATH_ERROR);
}

bool Outlet::send_back(unsigned queue, unsigned port, std::span<const std::byte> frame) {
  auto* const sender = hand(queue);
  return sender != nullptr && sender->send(port, frame);
}

void Outlet::neighbour_changed(const io::Neighbour& neighbour) {
  const auto egress = egress_.find(neighbour.ifindex);
  if (egress == egress_.end()) return;
  // A stale neighbour still works, and asking keeps it from decaying while only the kernel program uses it.
  if (neighbour.state == io::NeighbourState::stale) (void)io::probe(neighbour.ifindex, neighbour.address);
  if (neighbour.state != io::NeighbourState::usable && neighbour.state != io::NeighbourState::stale) return;
  for (const auto& frame : next_hops_.resolved({neighbour.ifindex, neighbour.address})) {
    send(frame.queue, egress->second, neighbour.mac, frame.bytes, frame.verdict);
  }
}

void Outlet::expire(const Now& now) {
  for (auto n = next_hops_.expire(now.mono); n > 0; --n) counters_.count(CGN_VERDICT_NEXT_HOP_UNRESOLVED);
}

void Outlet::flush() {
  for (auto* hand : hands_) hand->flush();
}

io::Hand* Outlet::hand(unsigned queue) const {
  const auto place = std::ranges::find_if(hands_, [&](const io::Hand* h) { return h->queue() == queue; });
  return place == hands_.end() ? nullptr : *place;
}

}  // namespace cgn::daemon
