// SPDX-License-Identifier: Apache-2.0
// Fragments: from the table's word to frames that leave.
#include "daemon/fragments.hpp"

#include <algorithm>

namespace cgn::daemon {
namespace {

fragments::Piece piece_of(const packet::View& view) {
  const auto begin = std::uint32_t{view.fragment.offset};
  return {.begin = begin, .end = begin + static_cast<std::uint32_t>(view.end - view.l4), .last = !view.fragment.more};
}

fragments::Frame frame_of(const Punted& punted) {
  fragments::Frame frame{.queue = punted.queue, .port = punted.port};
  frame.bytes.assign(punted.frame.data() - sizeof(cgn_punt), punted.frame.data() + punted.frame.size());
  return frame;
}

fragments::Table::Arrival arrival_of(const Punted& punted) {
  const auto& view = punted.view;
  const bool inbound = punted.header.direction == CGN_INBOUND;
  return {.key = {.source = view.source.address,
                  .destination = view.destination.address,
                  .identification = view.fragment.identification,
                  .proto = view.proto,
                  .inbound = inbound,
                  .realm = inbound ? kNowhere : punted.realm()},
          .sender = inbound ? InternalAddress{view.destination.address, kNowhere} : punted.sender(),
          .piece = piece_of(view),
          .frame = frame_of(punted)};
}

// The next hop of the datagram, for a fragment that the kernel could not ask for.
void follow(Punted& punted, const cgn_punt& first) {
  auto& header = punted.header;
  if (header.next_hop_state != CGN_NEXT_HOP_NONE) return;
  header.next_hop_state = first.next_hop_state;
  header.egress_ifindex = first.egress_ifindex;
  header.next_hop = first.next_hop;
  header.mtu = first.mtu;
  std::ranges::copy(first.dmac, header.dmac);
}

}  // namespace

void Fragments::serve(const Punted& punted, const Now& now) {
  const auto told = table_.arrive(arrival_of(punted), now.mono, ends_);
  count_ends();
  switch (told.what) {
    case fragments::Table::What::ask: return first(punted, told.datagram, now);
    case fragments::Table::What::pass: return send(punted, told.passage, now);
    case fragments::Table::What::kept: return counters_.count(CGN_VERDICT_HELD);
    case fragments::Table::What::refused: return counters_.count(told.verdict);
  }
}

void Fragments::first(const Punted& punted, fragments::Table::Id id, const Now& now) {
  const auto decision = hooks_.decide(punted, now);
  if (decision.verdict == CGN_VERDICT_HELD) return hold(punted, id, decision);
  auto verdict = decision.verdict;
  if (verdict == CGN_VERDICT_TRANSLATED) {
    const auto passage = passage_of(punted, *decision.mapping);
    if (passage) {
      const auto kept = table_.open(id, *passage, decision.mapping->internal.host(), ends_);
      count_ends();
      if (!kept) return counters_.count(CGN_VERDICT_FRAGMENT_LIMIT);
      send(punted, *passage, now);
      return send_kept(*kept, *passage, now);
    }
    verdict = CGN_VERDICT_NO_MAPPING;
  }
  table_.refuse(id, verdict, ends_);
  count_ends();
  hooks_.refuse(punted, verdict, now);
}

void Fragments::hold(const Punted& punted, fragments::Table::Id id, const core::Decision& decision) {
  const auto passage = passage_of(punted, *decision.mapping);
  if (!passage) table_.refuse(id, CGN_VERDICT_NO_MAPPING, ends_);
  const bool kept = passage && table_.wait(id, decision.ticket, *passage, frame_of(punted), ends_);
  count_ends();
  counters_.count(kept ? CGN_VERDICT_HELD : passage ? CGN_VERDICT_FRAGMENT_LIMIT : CGN_VERDICT_NO_MAPPING);
}

std::optional<fragments::Passage> Fragments::passage_of(const Punted& punted, const core::MappingView& mapping) {
  auto to = hooks_.translation(punted, mapping);
  if (!to) return std::nullopt;
  if (to->source) {
    const auto destination = to->destination ? to->destination->address : punted.view.destination.address;
    to->identification = identifications_.next(to->source->address, destination, punted.view.proto);
  }
  return fragments::Passage{.to = *to, .first = punted.header};
}

void Fragments::send(const Punted& punted, const fragments::Passage& passage, const Now& now) {
  auto following = punted;
  follow(following, passage.first);
  hooks_.send(following, passage.to, now);
}

void Fragments::send_kept(const std::vector<fragments::Frame>& frames, const fragments::Passage& passage,
                          const Now& now) {
  for (const auto& frame : frames) {
    const auto punted = open_punt(frame.bytes, frame.queue, frame.port);
    if (punted) {
      send(*punted, passage, now);
    } else {
      counters_.count(punted.error());
    }
  }
}

void Fragments::released(const core::ReleaseHeld& release, const Now& now) {
  if (release.verdict != CGN_VERDICT_TRANSLATED) {
    table_.refused(release.ticket, release.verdict, ends_);
    return count_ends();
  }
  const auto all = table_.granted(release.ticket, ends_);
  count_ends();
  for (const auto& datagram : all) send_kept(datagram.frames, datagram.passage, now);
}

void Fragments::expire(const Now& now) {
  table_.expire(now.mono, ends_);
  count_ends();
}

void Fragments::end_customer(const SubscriberId& internal) {
  table_.end_customer(internal, CGN_VERDICT_NO_MAPPING, ends_);
  count_ends();
}

void Fragments::count_ends() {
  for (const auto verdict : ends_) counters_.count(verdict);
  ends_.clear();
}

}  // namespace cgn::daemon
