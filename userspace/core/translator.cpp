// SPDX-License-Identifier: Apache-2.0
// Packets: from a flow to a mapping, or to the reason why not.
#include "core/translator.hpp"

#include <algorithm>
#include <cassert>

#include "config/deterministic.hpp"
#include "core/permissions.hpp"
#include "core/state.hpp"

namespace cgn::core {
namespace {

Duration longest_of(const config::Config& config) {
  const auto& t = config.timeouts;
  auto longest =
      std::max({t.udp, t.sctp(), t.udp_dns.value_or(t.udp), t.icmp, t.tcp_opening, t.tcp_established, t.tcp_closing});
  for (const auto& pool : config.pools) longest = std::max(longest, pool.port_hold_down);
  return longest;
}

Duration longest_rest_of(const config::Config& config) {
  Duration longest{};
  for (const auto& pool : config.pools) longest = std::max({longest, pool.block_linger, pool.block_hold_down});
  return longest;
}

// RFC 6888 REQ-4B: for each protocol by itself; the limit of TCP or UDP is that of its kin, too.
unsigned limit_of(const config::Limits& limits, Proto proto) {
  switch (proto) {
    case Proto::tcp:
    case Proto::dccp:
    case Proto::sctp: return limits.tcp_ports_per_subscriber;
    case Proto::udp:
    case Proto::udplite: return limits.udp_ports_per_subscriber;
    case Proto::icmp: return limits.icmp_ids_per_subscriber;
  }
  return 0;  // not reached: the enum is closed
}

// What the fast path would have noted of this outbound packet.
std::uint8_t bits_of(const TcpFlags& tcp) { return (tcp.syn ? CGN_SEEN_SYN : 0) | (tcp.ack ? CGN_SEEN_ACK : 0); }

// A static mapping is there whoever asks, as soon as its row is in the log.
Decision decision_of(const Statics::Found& given) {
  return {.verdict = given.durable ? CGN_VERDICT_TRANSLATED : CGN_VERDICT_HELD,
          .mapping = given.mapping,
          .ticket = given.ticket,
          .known = true};
}

}  // namespace

Translator::State::State(const config::Config& config, std::uint64_t seed)
    : nat{config.nat},
      timeouts{config.timeouts},
      limits{config.limits},
      random{seed},
      realms{config.realms},
      rules{config},
      pools(config.pools.begin(), config.pools.end()),
      pool_use(config.pools.size()),
      mappings{config.limits.mappings, random.next()},
      overloads{random.next()},
      statics{config},
      sessions{config.timeouts},
      mapping_deadlines{2, longest_of(config)},
      block_deadlines{2, longest_rest_of(config)} {
  mapping_deadlines.reserve(config.limits.mappings);
  for (const auto& pool : config.pools) {
    auto& plan = plans.emplace_back();
    if (pool.is_deterministic()) plan.emplace(config::parameters_of(pool, config));
  }
}

Translator::Translator(const config::Config& config, std::uint64_t seed)
    : state_{std::make_unique<State>(config, seed)} {}
Translator::~Translator() = default;
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;

void Translator::allow_midstream_until(Monotonic end) { state_->midstream_until = end; }

void Translator::follow(const config::Config& next) {
  auto& s = *state_;
  assert(next.pools.size() == s.pools.size());
  s.nat = next.nat;
  s.timeouts = next.timeouts;
  s.limits = next.limits;
  s.sessions.follow(next.timeouts);
  for (std::size_t i = 0; i < s.pools.size(); ++i) s.pools[i].follow(next.pools[i]);
  // Who waits may have got what it waits for.
  ++s.freed;
}

std::uint64_t Translator::freed() const { return state_->freed; }

Decision Translator::outbound(const Flow& flow, const Now& now, Effects& effects, Remedy tried) {
  auto& s = *state_;
  if (s.awaits_start && !s.find_live(flow)) return {.verdict = CGN_VERDICT_NO_JOURNAL};
  if (const auto given = s.statics.find_internal(flow.proto, flow.internal)) return decision_of(*given);
  if (const auto id = s.find_live(flow)) return s.known(*id, flow, now.mono);
  const auto match = s.rules.find(flow.internal.host());
  if (!match) return {.verdict = CGN_VERDICT_NO_RULE};
  if (flow.proto == Proto::tcp && !s.may_open(flow.tcp, now.mono)) return {.verdict = CGN_VERDICT_MIDSTREAM};
  return s.open({flow, *match, tried}, now, effects);
}

Decision Translator::expect(const Flow& flow, const Now& now, Effects& effects) {
  auto& s = *state_;
  if (s.awaits_start && !s.find_live(flow)) return {.verdict = CGN_VERDICT_NO_JOURNAL};
  if (const auto given = s.statics.find_internal(flow.proto, flow.internal)) return decision_of(*given);
  if (const auto id = s.find_live(flow)) {
    const auto state = s.mappings[*id].state;
    if (state != MappingState::pending && state != MappingState::live) return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
    return {.verdict = state == MappingState::pending ? CGN_VERDICT_HELD : CGN_VERDICT_TRANSLATED,
            .mapping = s.view(*id),
            .ticket = s.blocks[s.mappings[*id].block].ticket,
            .known = true};
  }
  const auto match = s.rules.find(flow.internal.host());
  if (!match) return {.verdict = CGN_VERDICT_NO_RULE};
  return s.open({flow, *match, Remedy::wait}, now, effects);
}

// A RST has nothing to open: it would hold a port for four minutes to say that nobody is there.
bool Translator::State::may_open(const TcpFlags& tcp, Monotonic now) const {
  return !tcp.rst && (tcp.opens() || nat.midstream || now < midstream_until);
}

MappingView Translator::State::view(MappingId id) const {
  const auto& m = mappings[id];
  return {.id = id,
          .proto = m.proto,
          .internal = m.internal(),
          .external = m.external(),
          .remote = m.remote(),
          .features = m.features,
          .seen = m.seen,
          .window_scale = m.window_scale,
          .session = m.session};
}

// A packet of a mapping that is there already: its block is pending, or it was punted before the entries were in.
Decision Translator::State::known(MappingId id, const Flow& flow, Monotonic now) {
  auto& m = mappings[id];
  const bool pending = m.state == MappingState::pending;
  // The hands answer RemoveMapping before they serve the next packet.
  assert(pending || m.state == MappingState::live);
  if (!pending && m.state != MappingState::live) return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
  if (flow.proto == Proto::tcp) m.seen |= bits_of(flow.tcp);
  if ((m.features & CGN_FEATURE_DNS) != 0 && flow.remote.port != Port{53}) m.seen |= CGN_SEEN_NOT_DNS;
  if (flow.tcp.syn && flow.remote != m.remote()) {
    sessions.begin(id, m.remote(), {});
    sessions.note(id, flow, true, stamp_of(now));
    // The kernel learns that the mapping is shared when it is installed; of an installed one it cannot be told.
    if (pending) m.seen |= CGN_SEEN_SHARED;
    if (!pending) sessions.begin_incomplete(id);
  }
  return {.verdict = pending ? CGN_VERDICT_HELD : CGN_VERDICT_TRANSLATED,
          .mapping = view(id),
          .ticket = blocks[m.block].ticket,
          .known = true};
}

Decision Translator::State::open(const Attempt& attempt, const Now& now, Effects& effects) {
  const auto& [flow, match, tried] = attempt;
  if (overloaded(match.pool, flow.proto)) return open_connection(attempt, now, effects);
  const auto subscriber = subscribers.find(match.subscriber);
  if (const auto verdict = limit(subscriber, flow.proto, now.mono); verdict != CGN_VERDICT_CONTINUE) {
    return fall_short(verdict, attempt, now, effects);
  }
  const auto rested = mappings.find_internal(flow.proto, flow.internal);
  if (rested && may_resume(*rested)) {
    resume_mapping(*rested, flow);
    return admit(*rested, now, effects);
  }
  const auto loan = block_for(attempt, now, effects);
  if (loan.verdict != CGN_VERDICT_CONTINUE) return fall_short(loan.verdict, attempt, now, effects);
  if (rested) mappings.forget_endpoint(*rested);
  return admit(add_mapping(loan.block, flow), now, effects);
}

// CONTINUE: within all limits (RFC 6888 REQ-4).
Verdict Translator::State::limit(std::optional<SubscriberSlot> slot, Proto proto, Monotonic now) const {
  if (slot) {
    const auto& s = subscribers[*slot];
    const auto over = [](std::size_t count, unsigned most) { return most > 0 && count >= most; };
    if (!overloaded(s.pool, proto)) {  // connections that share ports are no measure of them
      if (over(s.mappings[proto], limits.ports_per_subscriber)) return CGN_VERDICT_PORT_LIMIT;
      if (over(s.mappings[proto], limit_of(limits, proto))) return CGN_VERDICT_PORT_LIMIT;
    }
  }
  return limit(slot, now);
}

Verdict Translator::State::limit(std::optional<SubscriberSlot> slot, Monotonic now) const {
  if (slot) {
    const auto& s = subscribers[*slot];
    const auto most = limits.mappings_per_subscriber;
    if (most > 0 && s.mappings.sum() + s.anchors >= most) return CGN_VERDICT_MAPPING_LIMIT;
    if (!s.rate.allows(limits.new_mappings_per_second, now)) return CGN_VERDICT_RATE_LIMIT;
  }
  const auto in_use = mapping_counts.sum() + statics.size() + anchor_count;
  return in_use >= limits.mappings || mappings.full() ? CGN_VERDICT_TABLE_FULL : CGN_VERDICT_CONTINUE;
}

Decision Translator::State::refuse(Verdict verdict, const RuleBook::Match& match, const Now& now, Effects& effects) {
  if (const auto slot = subscribers.find(match.subscriber)) ++subscribers[*slot].refused;
  // A failing log is the node's trouble, and the daemon tells of it as such.
  if (verdict != CGN_VERDICT_NO_JOURNAL && episodes.refused(verdict, match.subscriber, match.pool, now)) {
    effects.emplace_back(Alarm{.reason = verdict,
                               .subscriber = match.subscriber,
                               .realm = config::log_name(realms, match.subscriber.realm),
                               .pool = pools[match.pool].policy().name});
  }
  return {.verdict = verdict};
}

// Its endpoint may have a resting port back if the port's block is still (or again) its subscriber's.
bool Translator::State::may_resume(MappingId id) const {
  const auto& block = blocks[mappings[id].block];
  return block.durable() || block.state == LoanState::pending;
}

void Translator::State::describe(Mapping& m, const Flow& flow) const {
  m.remote_address = flow.remote.address;
  m.remote_port = flow.remote.port;
  const bool dns = flow.proto == Proto::udp && flow.remote.port == Port{53} && timeouts.udp_dns.has_value();
  const auto& policy = pools[blocks[m.block].pool].policy();
  m.features = (dns ? CGN_FEATURE_DNS : 0) | features_of(policy.behaviour(m.proto), m.proto);
  m.seen = flow.proto == Proto::tcp ? bits_of(flow.tcp) : 0;
  m.window_scale = flow.tcp.window_scale & 0xfU;
}

MappingId Translator::State::add_mapping(BlockSlot slot, const Flow& flow) {
  auto& block = blocks[slot];
  auto port = std::optional{flow.internal.port};
  const bool kept = keeps_port(flow.proto) && block.ports.take(flow.proto, *port);
  assert(kept == keeps_port(flow.proto));
  if (!kept) port = block.ports.take(flow.proto, random);
  assert(port.has_value());
  Mapping m{.internal_address = flow.internal.address,
            .external_address = block.external,
            .block = slot,
            .internal_port = flow.internal.port,
            .external_port = *port,
            .proto = flow.proto,
            .realm = flow.internal.realm,
            .state = MappingState::pending};
  describe(m, flow);
  return mappings.add(m);
}

void Translator::State::resume_mapping(MappingId id, const Flow& flow) {
  mapping_deadlines.cancel(MappingTable::slot_of(id));
  mappings.resume(id, MappingState::pending);
  resume_port(id);
  describe(mappings[id], flow);
}

// The mapping is made; it lives at once if its block's row is synced.
Decision Translator::State::admit(MappingId id, const Now& now, Effects& effects) {
  const auto& m = mappings[id];
  auto& block = blocks[m.block];
  auto& subscriber = subscribers[block.subscriber];
  ++subscriber.mappings[m.proto];
  ++mapping_counts[m.proto];
  subscriber.rate.spend(limits.new_mappings_per_second, now.mono);
  if (!block.durable()) return {.verdict = CGN_VERDICT_HELD, .mapping = view(id), .ticket = block.ticket};
  keep(m.block);
  install(id, now.mono, effects);
  return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = view(id), .ticket = block.ticket};
}

void Translator::State::install(MappingId id, Monotonic now, Effects& effects) {
  auto& m = mappings[id];
  m.state = MappingState::live;
  const auto stamp = stamp_of(now);
  const SeenBoth fresh{.outbound = {.present = true, .bits = m.seen, .last_seen = stamp}};
  look_again(id, lifetime(id, fresh), stamp);
  effects.emplace_back(InstallMapping{.mapping = view(id), .seen_at = now});
}

std::optional<MappingView> Translator::find_external(Proto proto, Endpoint external, Endpoint remote) const {
  if (const auto given = state_->statics.find_external(proto, external)) {
    return given->durable && !state_->awaits_start ? std::optional{given->mapping} : std::nullopt;
  }
  auto id = proto == Proto::tcp ? state_->mappings.find_session_outside(external, remote) : std::nullopt;
  if (!id) id = state_->mappings.find_external(proto, external);
  if (!id || state_->mappings[*id].state != MappingState::live) return std::nullopt;
  return state_->view(*id);
}

std::optional<MappingView> Translator::find_internal(Proto proto, InternalEndpoint internal, Endpoint remote) const {
  if (const auto given = state_->statics.find_internal(proto, internal)) {
    return given->durable && !state_->awaits_start ? std::optional{given->mapping} : std::nullopt;
  }
  const auto id = state_->find_live({.proto = proto, .internal = internal, .remote = remote});
  if (!id || state_->mappings[*id].state != MappingState::live) return std::nullopt;
  return state_->view(*id);
}

Decision Translator::tcp_control(const Flow& flow, cgn_direction direction, const SeenBoth& seen, const Now& now,
                                 Effects& effects) {
  auto& s = *state_;
  // The other end of a hairpin may need control; a static mapping has no sessions to keep.
  if (const auto given = find_internal(Proto::tcp, flow.internal);
      given && (given->features & CGN_FEATURE_STATIC) != 0) {
    return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = given};
  }
  const auto id = s.find_live(flow);
  if (!id) return {.verdict = CGN_VERDICT_NO_MAPPING};
  if (s.mappings[*id].state != MappingState::live) return s.known(*id, flow, now.mono);
  const bool outbound = direction != CGN_INBOUND;
  const auto& m = s.mappings[*id];
  const bool nothing_left = m.seen == 0 && (seen.outbound.bits & ~CGN_SEEN_SHARED) == 0;
  if (!outbound && flow.tcp.opens() && nothing_left) {
    s.meet(*id, flow.remote, time_of(seen.outbound.last_seen), effects);
  } else if (outbound && flow.tcp.opens() && s.lifetime(*id, seen).state == SessionState::closing) {
    s.begin_anew(*id, flow, now.mono, effects);
  } else {
    const auto first_remote = s.mappings[*id].remote();
    const bool second_remote = flow.tcp.syn && flow.remote != first_remote;
    if (second_remote || (seen.either() & CGN_SEEN_SHARED) != 0) s.sessions.begin(*id, first_remote, seen);
    s.sessions.note(*id, flow, outbound, stamp_of(now.mono));
  }
  return {.verdict = CGN_VERDICT_TRANSLATED, .mapping = s.view(*id)};
}

// An expected mapping was made before anybody knew by which endpoint its remote would call. Whoever calls is its first
// remote, until something was answered: else the mapping would be shared with one who never was. It grows no younger.
void Translator::State::meet(MappingId id, Endpoint remote, Monotonic seen_at, Effects& effects) {
  sessions.end(id);
  auto& m = mappings[id];
  m.remote_address = remote.address;
  m.remote_port = remote.port;
  install(id, seen_at, effects);
}

// RFC 7857 s.2: the external port stays, all else is as with a first packet.
void Translator::State::begin_anew(MappingId id, const Flow& flow, Monotonic now, Effects& effects) {
  sessions.end(id);
  describe(mappings[id], flow);
  install(id, now, effects);
}

}  // namespace cgn::core
