// SPDX-License-Identifier: Apache-2.0
// What the kernel hands up, served one by one.
#include "daemon/slow_path.hpp"

#include "packet/tcp_options.hpp"
#include "packet/wire.hpp"

namespace cgn::daemon {
namespace {

// The core's flow of a punted frame, seen from inside.
core::Flow flow_of(const Punted& punted, InternalEndpoint internal) {
  const auto& view = punted.view;
  const bool inbound = punted.header.direction == CGN_INBOUND;
  core::Flow flow{.proto = view.proto,
                  .internal = internal,
                  .remote = inbound ? view.source : view.destination,
                  .tcp = {.syn = view.syn, .ack = view.ack, .fin = view.fin, .rst = view.rst}};
  if (view.syn) flow.tcp.window_scale = packet::tcp_options(punted.frame, view).window_scale;
  return flow;
}

// Or an ICMP error about one.
bool is_of_tunnel(const packet::View& view) { return is_tunnel(view.quote ? view.quote->proto : view.proto); }

// Strangers learn nothing, and neither does a subscriber about another; what is our own trouble is no answer to a subscriber.
bool is_told(const Punted& punted, Verdict verdict) {
  if (punted.header.direction == CGN_INBOUND) return false;
  return verdict != CGN_VERDICT_NO_MAPPING && verdict != CGN_VERDICT_FILTERED && verdict != CGN_VERDICT_SLOW_PATH_ERROR;
}

}  // namespace

SlowPath::SlowPath(Parts parts, const config::Config& config, std::uint64_t seed)
    : parts_{parts},
      config_{config},
      fragments_{
          {.decide = [this](const Punted& p, const Now& now) { return filtered(p, first_fragment(p, now), now); },
           .translation = [this](const Punted& p,
                                 const core::MappingView& m) { return parts_.outlet.translation_of(p, m); },
           .send = [this](const Punted& p, const packet::Translation& to,
                          const Now& now) { send_fragment(p, to, now); },
           .refuse = [this](const Punted& p, Verdict v, const Now& now) { refuse(p, v, now); }},
          parts.counters,
          config.timeouts.fragment,
          seed} {}

void SlowPath::serve(std::span<const std::byte> bytes, unsigned queue, unsigned port, const Now& now) {
  const auto punted = open_punt(bytes, queue, port);
  if (!punted) return parts_.counters.count(punted.error());
  switch (punted->header.reason) {
    case CGN_PUNT_FIRST_PACKET: return begin(*punted, now);
    case CGN_PUNT_NEXT_HOP: return next_hop(*punted, now);
    case CGN_PUNT_TCP_CONTROL: return conclude(*punted, tcp_control(*punted, now), now);
    case CGN_PUNT_FRAGMENT: return fragments_.serve(*punted, now);
    case CGN_PUNT_TUNNEL: return conclude(*punted, tunnel(*punted, now), now);
    case CGN_PUNT_PERMISSION: return permission(*punted, now);
    case CGN_PUNT_ALG: return control_connection(*punted, now);
    case CGN_PUNT_TTL_EXCEEDED: return tell(*punted, CGN_VERDICT_TTL_EXCEEDED, packet::kTtlExceeded, now);
    case CGN_PUNT_TOO_BIG: return too_big(*punted, now);
    case CGN_PUNT_PROTOCOL: return tell(*punted, CGN_VERDICT_PROTOCOL, packet::kProtocolUnreachable, now);
    default: return parts_.counters.count(CGN_VERDICT_MALFORMED);
  }
}

core::Decision SlowPath::decide(const Punted& punted, const Now& now, core::Remedy tried) {
  const auto flow = flow_of(punted, punted.source());
  const auto decision = parts_.translator.outbound(flow, now, effects_, tried);
  if (decision.remedy != core::Remedy::reclaim) return decision;
  const auto look = [this](const core::MappingView& mapping) { return parts_.applier.read(mapping); };
  if (parts_.translator.reclaim(flow, look, now, effects_)) parts_.applier.apply(effects_, now);
  return parts_.translator.outbound(flow, now, effects_, core::Remedy::reclaim);
}

void SlowPath::begin(const Punted& punted, const Now& now) {
  if (is_of_tunnel(punted.view)) return conclude(punted, tunnel(punted, now), now);
  const auto decision = first_packet(punted, now);
  if (decision.remedy == core::Remedy::wait) return wait(punted, now.mono + config_.nat.wait_for_port);
  conclude(punted, decision, now);
}

core::Decision SlowPath::tunnel(const Punted& punted, const Now& now) {
  if (const auto call = parts_.calls.mapping_of(punted)) return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = call};
  if (punted.header.direction == CGN_INBOUND) return parts_.tunnels.inbound(punted, now);
  const auto decision = parts_.tunnels.outbound(punted, now, effects_);
  parts_.applier.apply(effects_, now);
  return decision;
}

core::Decision SlowPath::first_packet(const Punted& punted, const Now& now) {
  const auto decision = decide(punted, now, core::Remedy::none);
  parts_.applier.apply(effects_, now);
  if (decision.verdict == CGN_VERDICT_TRANSLATED && decision.known &&
      !parts_.applier.read(*decision.mapping).outbound.present) {
    // Known to the core, unknown to the kernel: an earlier installation was refused. This packet is the next try.
    if (!parts_.applier.install(*decision.mapping, now.mono)) return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
  }
  return decision;
}

// What may not leave is refused with its whole datagram.
core::Decision SlowPath::filtered(const Punted& punted, const core::Decision& decision, const Now& now) {
  if (decision.verdict != CGN_VERDICT_TRANSLATED) return decision;
  const auto verdict = parts_.filter.judge(punted, *decision.mapping, now);
  return verdict == CGN_VERDICT_CONTINUE ? decision : core::Decision{.verdict = verdict};
}

// As of a whole packet, whatever that would have been punted for.
core::Decision SlowPath::first_fragment(const Punted& punted, const Now& now) {
  if (is_of_tunnel(punted.view)) return tunnel(punted, now);
  const auto mapping = mapping_of(punted, now);
  const auto& view = punted.view;
  if (mapping && view.proto == Proto::tcp && (view.syn || view.fin || view.rst)) return tcp_control(punted, now);
  if (punted.header.direction != CGN_INBOUND) {
    auto decision = first_packet(punted, now);
    // The rest of its datagram is on its way: it does not wait for a port.
    if (decision.remedy == core::Remedy::wait) {
      decision = parts_.translator.outbound(flow_of(punted, punted.source()), now, effects_, core::Remedy::wait);
      parts_.applier.apply(effects_, now);
    }
    return decision;
  }
  if (!mapping) return {.verdict = CGN_VERDICT_NO_MAPPING};
  return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = mapping};
}

// The first fragment shows the ports by which filtering learns and judges, as a whole packet does; the others follow it.
void SlowPath::send_fragment(const Punted& punted, const packet::Translation& to, const Now& now) {
  const auto mapping = punted.view.fragment.offset == 0 ? mapping_of(punted, now) : std::nullopt;
  const auto verdict = mapping ? parts_.filter.judge(punted, *mapping, now) : CGN_VERDICT_CONTINUE;
  if (verdict != CGN_VERDICT_CONTINUE) return parts_.counters.count(verdict);
  const auto moved = mapping ? pass_alg(punted, *mapping, now) : Alg::Outcome{};
  if (!moved) return;
  if (moved->bytes.empty()) return parts_.outlet.emit(punted, to, now);
  if (const auto again = open_punt(moved->bytes, punted.queue, punted.port)) parts_.outlet.emit(*again, to, now);
}

// What an ALG has to say of it; nullopt: it ended there, or waits.
std::optional<Alg::Outcome> SlowPath::pass_alg(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  auto outcome = parts_.pptp.follows(punted, mapping) ? parts_.pptp.pass(punted, mapping, now.mono)
                                                      : parts_.alg.pass(punted, mapping, now);
  if (outcome.verdict == CGN_VERDICT_CONTINUE) return outcome;
  if (outcome.verdict != CGN_VERDICT_HELD) {
    parts_.counters.count(outcome.verdict);
    return std::nullopt;
  }
  HeldFrame held{.mapping = mapping, .queue = punted.queue, .port = punted.port, .bytes = {}};
  held.bytes.assign(punted.frame.data() - sizeof(cgn_punt), punted.frame.data() + punted.frame.size());
  const bool waits = held_lines_.hold(outcome.ticket, std::move(held));
  parts_.counters.count(waits ? CGN_VERDICT_HELD : CGN_VERDICT_HOLD_FULL);
  return std::nullopt;
}

void SlowPath::send(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  const auto outcome = pass_alg(punted, mapping, now);
  if (!outcome) return;
  if (outcome->bytes.empty()) return parts_.outlet.emit(punted, mapping, now);
  const auto changed = open_punt(outcome->bytes, punted.queue, punted.port);
  if (!changed) return parts_.counters.count(changed.error());
  parts_.outlet.emit(*changed, mapping, now);
}

// Of a control connection of FTP or PPTP, whatever the packet holds. A remote that filtering must know is learned here, as of others.
void SlowPath::control_connection(const Punted& punted, const Now& now) {
  const auto mapping = mapping_of(punted, now);
  if (!mapping && punted.header.direction == CGN_INBOUND) return parts_.counters.count(CGN_VERDICT_NO_MAPPING);
  if (!mapping) return begin(punted, now);  // it ended a moment ago
  const auto verdict = parts_.filter.judge(punted, *mapping, now);
  if (verdict != CGN_VERDICT_CONTINUE) return refuse(punted, verdict, now);
  send(punted, *mapping, now);
}

void SlowPath::released(const core::ReleaseHeld& effect, const Now& now) {
  fragments_.released(effect, now);
  parts_.alg.released(effect.ticket);
  for (const auto& held : held_lines_.take(effect.ticket)) {
    if (effect.verdict != CGN_VERDICT_TRANSLATED) {
      parts_.counters.count(effect.verdict);
    } else {
      serve(held.bytes, held.queue, held.port, now);
    }
  }
}

void SlowPath::end_customer(const SubscriberId& internal) {
  fragments_.end_customer(internal);
  for (auto n = waiting_.forget(internal); n > 0; --n) parts_.counters.count(CGN_VERDICT_NO_MAPPING);
}

void SlowPath::wait(const Punted& punted, Monotonic until) {
  PortWaiter frame{.proto = punted.view.proto,
                   .internal = punted.source(),
                   .until = until,
                   .queue = punted.queue,
                   .port = punted.port};
  frame.bytes.assign(punted.frame.data() - sizeof(cgn_punt), punted.frame.data() + punted.frame.size());
  parts_.counters.count(waiting_.wait(std::move(frame)) ? CGN_VERDICT_HELD : CGN_VERDICT_HOLD_FULL);
}

void SlowPath::retry(const Now& now) {
  const auto freed = parts_.translator.freed();
  if (!anyone_waits() || (std::exchange(freed_, freed) == freed && !waiting_.due(now.mono))) return;
  for (auto& frame : waiting_.take_all()) {
    const auto punted = open_punt(frame.bytes, frame.queue, frame.port);
    if (!punted) {
      parts_.counters.count(punted.error());
      continue;
    }
    const bool last = frame.until <= now.mono;
    const auto decision = decide(*punted, now, last ? core::Remedy::wait : core::Remedy::none);
    parts_.applier.apply(effects_, now);
    if (decision.remedy != core::Remedy::wait) {
      conclude(*punted, decision, now);
    } else if (!waiting_.wait(std::move(frame))) {
      parts_.counters.count(CGN_VERDICT_HOLD_FULL);
    }
  }
}

std::optional<core::MappingView> SlowPath::mapping_of(const Punted& punted, const Now& now) const {
  const auto mapping = mapping_by_ends(punted);
  const auto& view = punted.view;
  if (mapping && (mapping->features & CGN_FEATURE_WHOLE) != 0) return mapping;
  if (const auto call = parts_.calls.mapping_of(punted)) return call;
  if (is_of_tunnel(view)) return parts_.tunnels.mapping_of(punted, now);
  // Without ports that anybody could read, or without any (a later fragment), a whole address alone has a mapping.
  const bool portless = view.quote ? view.quote->opaque : view.opaque || view.fragment.is_later();
  return portless ? std::nullopt : mapping;
}

std::optional<core::MappingView> SlowPath::mapping_by_ends(const Punted& punted) const {
  if (const auto& quote = punted.view.quote) {
    // An error is about a packet that went the other way: its mapping is the quoted sender's or receiver's.
    return punted.header.direction == CGN_INBOUND
               ? parts_.translator.find_external(quote->proto, quote->source, quote->destination)
               : parts_.translator.find_internal(quote->proto, {quote->destination, punted.realm()}, quote->source);
  }
  return punted.header.direction == CGN_INBOUND
             ? parts_.translator.find_external(punted.view.proto, punted.view.destination, punted.view.source)
             : parts_.translator.find_internal(punted.view.proto, punted.source(), punted.view.destination);
}

void SlowPath::next_hop(const Punted& punted, const Now& now) {
  // What is bypassed has no mapping and needs none: only its next hop was unknown.
  if (punted.header.direction == CGN_BYPASS) return parts_.outlet.pass(punted, now);
  const auto mapping = mapping_of(punted, now);
  if (!mapping) return parts_.counters.count(CGN_VERDICT_NO_MAPPING);
  send(punted, *mapping, now);
}

// Whatever leaves is learned on its way out; here too much of it is refused, and told.
void SlowPath::permission(const Punted& punted, const Now& now) {
  const auto mapping = mapping_of(punted, now);
  if (!mapping) return begin(punted, now);  // it ended a moment ago
  const auto verdict = parts_.filter.judge(punted, *mapping, now);
  if (verdict == CGN_VERDICT_PERMISSION_LIMIT) return refuse(punted, verdict, now);
  send(punted, *mapping, now);
}

core::Decision SlowPath::tcp_control(const Punted& punted, const Now& now) {
  const auto mapping = mapping_of(punted, now);
  if (!mapping) return {.verdict = CGN_VERDICT_NO_MAPPING};
  const auto direction = static_cast<cgn_direction>(punted.header.direction);
  const auto decision = parts_.translator.tcp_control(flow_of(punted, mapping->internal), direction,
                                                      parts_.applier.read(*mapping), now, effects_);
  parts_.applier.apply(effects_, now);
  return decision;
}

void SlowPath::conclude(const Punted& punted, const core::Decision& decision, const Now& now) {
  if (decision.verdict == CGN_VERDICT_TRANSLATED) return send(punted, *decision.mapping, now);
  if (decision.verdict != CGN_VERDICT_HELD) return refuse(punted, decision.verdict, now);
  HeldFrame held{.mapping = *decision.mapping, .queue = punted.queue, .port = punted.port, .bytes = {}};
  const auto* begin = punted.frame.data() - sizeof(cgn_punt);
  held.bytes.assign(begin, punted.frame.data() + punted.frame.size());
  parts_.counters.count(parts_.held.hold(decision.ticket, std::move(held)) ? CGN_VERDICT_HELD : CGN_VERDICT_HOLD_FULL);
}

// What may be fragmented goes on like a packet whose next hop had to be waited for: the outlet knows the MTU.
void SlowPath::too_big(const Punted& punted, const Now& now) {
  const auto flags = packet::load16(punted.frame, punted.view.l3 + packet::ipv4::kFragment);
  if ((flags & packet::kDontFragment) == 0) return next_hop(punted, now);
  tell(punted, CGN_VERDICT_TOO_BIG, packet::fragmentation_needed(punted.header.mtu), now);
}

void SlowPath::refuse(const Punted& punted, Verdict verdict, const Now& now) {
  if (!is_told(punted, verdict)) return parts_.counters.count(verdict);
  if (verdict == CGN_VERDICT_PROTOCOL) return tell(punted, verdict, packet::kProtocolUnreachable, now);
  switch (config_.nat.refusal) {
    case config::Refusal::host_unreachable: return tell(punted, verdict, packet::kHostUnreachable, now);
    case config::Refusal::admin_prohibited: return tell(punted, verdict, packet::kAdminProhibited, now);
    case config::Refusal::silent: return parts_.counters.count(verdict);
  }
}

void SlowPath::tell(const Punted& punted, Verdict verdict, const packet::IcmpError& error, const Now& now) {
  parts_.counters.count(verdict);
  const auto answer = parts_.errors.answer(punted, error, now);
  // An error that finds no room on the ring is only a lost courtesy: the verdict is counted above.
  if (answer) (void)parts_.outlet.send_whole(punted.queue, punted.port, *answer);
}

}  // namespace cgn::daemon
