// SPDX-License-Identifier: Apache-2.0
// First packets, unresolved next hops and TCP control, served one by one.
#include "daemon/slow_path.hpp"

#include <algorithm>

#include "packet/icmp.hpp"

namespace cgn::daemon {
namespace {

// The core's flow of a punted frame, seen from inside.
core::Flow flow_of(const Punted& punted, Endpoint internal) {
  const auto& view = punted.view;
  const bool inbound = punted.header.direction == CGN_INBOUND;
  return core::Flow{.proto = view.proto,
                    .internal = internal,
                    .remote = inbound ? view.source : view.destination,
                    .tcp = {.syn = view.syn, .ack = view.ack, .fin = view.fin, .rst = view.rst}};
}

}  // namespace

void SlowPath::serve(std::span<const std::byte> bytes, unsigned queue, unsigned port, const Now& now) {
  const auto punted = open_punt(bytes, queue, port);
  if (!punted) return parts_.counters.count(punted.error());
  switch (punted->header.reason) {
    case CGN_PUNT_FIRST_PACKET: return first_packet(*punted, now);
    case CGN_PUNT_NEXT_HOP: return next_hop(*punted, now);
    case CGN_PUNT_TCP_CONTROL: return tcp_control(*punted, now);
    default: return parts_.counters.count(CGN_VERDICT_MALFORMED);
  }
}

void SlowPath::set_port_address(unsigned port, Ipv4 address) { port_addresses_[port] = address; }

void SlowPath::first_packet(const Punted& punted, const Now& now) {
  const auto decision = parts_.translator.outbound(flow_of(punted, punted.view.source), now, effects_);
  const bool known = effects_.empty();
  parts_.applier.apply(effects_, now);
  if (decision.verdict == CGN_VERDICT_TRANSLATED && known && !parts_.applier.read(*decision.mapping).outbound.present) {
    // Known to the core, unknown to the kernel: an earlier installation was refused. This packet is the next try.
    if (!parts_.applier.install(*decision.mapping, now.mono)) return parts_.counters.count(CGN_VERDICT_SLOW_PATH_ERROR);
  }
  conclude(punted, decision, now);
}

std::optional<core::MappingView> SlowPath::mapping_of(const Punted& punted) const {
  return punted.header.direction == CGN_INBOUND
             ? parts_.translator.find_external(punted.view.proto, punted.view.destination)
             : parts_.translator.find_internal(punted.view.proto, punted.view.source);
}

void SlowPath::next_hop(const Punted& punted, const Now& now) {
  // What is bypassed has no mapping and needs none: only its next hop was unknown.
  if (punted.header.direction == CGN_BYPASS) return parts_.outlet.emit(punted, {}, now);
  const auto mapping = mapping_of(punted);
  if (!mapping) return parts_.counters.count(CGN_VERDICT_NO_MAPPING);
  parts_.outlet.emit(punted, *mapping, now);
}

void SlowPath::tcp_control(const Punted& punted, const Now& now) {
  const auto mapping = mapping_of(punted);
  if (!mapping) return parts_.counters.count(CGN_VERDICT_NO_MAPPING);
  const auto direction = static_cast<cgn_direction>(punted.header.direction);
  const auto decision = parts_.translator.tcp_control(flow_of(punted, mapping->internal), direction,
                                                      parts_.applier.read(*mapping), now, effects_);
  parts_.applier.apply(effects_, now);
  conclude(punted, decision, now);
}

void SlowPath::conclude(const Punted& punted, const core::Decision& decision, const Now& now) {
  if (decision.verdict == CGN_VERDICT_TRANSLATED) return parts_.outlet.emit(punted, *decision.mapping, now);
  if (decision.verdict != CGN_VERDICT_HELD) return refuse(punted, decision.verdict, now);
  HeldFrame held{.mapping = *decision.mapping, .queue = punted.queue, .port = punted.port, .bytes = {}};
  const auto* begin = punted.frame.data() - sizeof(cgn_punt);
  held.bytes.assign(begin, punted.frame.data() + punted.frame.size());
  parts_.counters.count(parts_.held.hold(decision.ticket, std::move(held)) ? CGN_VERDICT_HELD : CGN_VERDICT_HOLD_FULL);
}

void SlowPath::refuse(const Punted& punted, Verdict verdict, const Now& now) {
  parts_.counters.count(verdict);
  if (config_.nat.refusal == config::Refusal::silent) return;
  const auto source = port_addresses_.find(punted.port);
  if (source == port_addresses_.end() || !packet::may_answer(punted.frame, punted.view) || !may_send_error(now)) return;
  const std::uint8_t code = config_.nat.refusal == config::Refusal::admin_prohibited ? 13 : 1;
  const auto error = packet::unreachable(punted.frame, punted.view, {.source = source->second, .code = code});
  // An error that finds no room on the ring is only a lost courtesy: the refusal itself is counted above.
  (void)parts_.outlet.send_back(punted.queue, punted.port, error);
}

bool SlowPath::may_send_error(const Now& now) {
  const double rate = config_.limits.icmp_errors_per_second;
  const std::chrono::duration<double> elapsed = now.mono - error_refilled_;
  error_refilled_ = now.mono;
  error_tokens_ = std::min(rate, error_tokens_ + elapsed.count() * rate);
  if (error_tokens_ < 1) return false;
  error_tokens_ -= 1;
  return true;
}

}  // namespace cgn::daemon
