// SPDX-License-Identifier: Apache-2.0
// The PPTP gateway.
#include "daemon/pptp.hpp"

#include <array>

#include "packet/segment.hpp"

namespace cgn::daemon {
namespace {

using alg::pptp::kControl;
using alg::pptp::Message;
using alg::pptp::Whose;

// The payload of the segment that leaves, behind the punt header that it came with.
void write(AlgOutcome& outcome, const Punted& punted, std::size_t at, Call::Id id) {
  const auto& view = punted.view;
  if (outcome.bytes.empty()) {
    const auto* const begin = punted.frame.data() - sizeof(cgn_punt);
    outcome.bytes.assign(begin, punted.frame.data() + view.end);
  }
  const std::array text{static_cast<char>(id >> 8), static_cast<char>(id & 255)};
  const auto frame = packet::with_payload(std::span{outcome.bytes}.subspan(sizeof(cgn_punt)), view, {at, at + 2},
                                          {text.data(), text.size()});
  outcome.bytes.resize(sizeof(cgn_punt));
  outcome.bytes.insert(outcome.bytes.end(), frame.begin(), frame.end());
}

}  // namespace

bool Pptp::follows(const Punted& punted, const core::MappingView& mapping) const {
  const auto& view = punted.view;
  if (!on_ || view.proto != Proto::tcp || view.quote || punted.header.direction == CGN_HAIRPIN) return false;
  if ((mapping.features & CGN_FEATURE_WHOLE) != 0) return false;  // all ids of its external address are its own
  return view.source.port == kControl || view.destination.port == kControl || mapping.internal.port == kControl ||
         mapping.external.port == kControl;
}

AlgOutcome Pptp::pass(const Punted& punted, const core::MappingView& mapping, Monotonic now) {
  const auto& view = punted.view;
  const bool inbound = punted.header.direction == CGN_INBOUND;
  const Segment segment{.control = {mapping.internal, inbound ? view.source : view.destination},
                        .external = mapping.external.address,
                        .inbound = inbound,
                        .now = now};
  if (view.syn && !view.ack) calls_.connection_ended(segment.control, segment.external, now);
  if (view.payload == 0 || view.fragment.is_fragment() || !packet::has_right_checksum(punted.frame, view)) return {};
  const auto ids = alg::pptp::ids_in(packet::payload_of(punted.frame, view));
  AlgOutcome outcome;
  for (const auto& id : ids) {
    const auto instead = inbound ? inward(segment, id) : outward(segment, id);
    if (!instead) return {.verdict = CGN_VERDICT_MAPPING_LIMIT};
    if (*instead != 0 && *instead != id.value) write(outcome, punted, id.at, *instead);
  }
  for (const auto& id : ids) conclude(segment, id);
  return outcome;
}

std::optional<Call::Id> Pptp::outward(const Segment& s, const alg::pptp::Id& id) {
  if (id.whose == Whose::peer) return Call::Id{0};
  const auto* call = calls_.find_own(s.control, s.external, id.value);
  if (call == nullptr && alg::pptp::begins_call(id.message)) {
    call = calls_.open(s.control, s.external, id.value, s.now);
    if (call == nullptr) return std::nullopt;
  }
  if (call == nullptr) return Call::Id{0};
  const auto shown = call->shown;
  if (id.beside != 0 && !calls_.learn(*call, id.beside, s.now)) return std::nullopt;
  return shown;
}

std::optional<Call::Id> Pptp::inward(const Segment& s, const alg::pptp::Id& id) {
  if (id.whose == Whose::peer) {
    const auto* const call = calls_.find_shown(s.control, s.external, id.value);
    return call == nullptr ? Call::Id{0} : call->own;
  }
  const auto* const call = id.beside == 0 ? nullptr : calls_.find_shown(s.control, s.external, id.beside);
  if (call != nullptr && !calls_.learn(*call, id.value, s.now)) return std::nullopt;
  return Call::Id{0};
}

// The called end says that a call is over; whoever asked for that waits for it.
void Pptp::conclude(const Segment& s, const alg::pptp::Id& id) {
  if (id.message != Message::disconnect_notify) return;
  const auto* const call =
      s.inbound ? calls_.find_peer(s.control, s.external, id.value) : calls_.find_own(s.control, s.external, id.value);
  if (call != nullptr) calls_.end(*call, s.now);
}

}  // namespace cgn::daemon
