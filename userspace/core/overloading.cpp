// SPDX-License-Identifier: Apache-2.0
// TCP connections of pools whose ports are overloaded: which external port each gets, and how it is given back.
//
// What        A connection gets the port that its internal endpoint already has, so that most applications see one port for
//             all they do; else a port that nobody uses; else one that no connection uses towards this remote; and only
//             when there is none of all these, another block. So N ports carry N connections to each remote, and a block
//             is full for one remote alone. Blocks, and with them the legal log, are as everywhere: one owner each.
// Failure     A subscriber at its limit of ports goes on with those that it has; PORT_LIMIT when they, too, are in use
//             towards the remote.
// RFC         7857 s.3 · 6888 REQ-4, REQ-8
#include <algorithm>
#include <cassert>

#include "core/state.hpp"

namespace cgn::core {

bool Translator::State::overloaded(std::uint32_t pool, Proto proto) const {
  return proto == Proto::tcp && pools[pool].policy().overloads();
}

// Whoever this packet is of: the connection with its remote before what serves all remotes. Of any state but resting.
std::optional<MappingId> Translator::State::find_live(const Flow& flow) const {
  const auto lives = [&](const std::optional<MappingId>& id) {
    return id && mappings[*id].state != MappingState::resting;
  };
  if (flow.proto == Proto::tcp) {
    if (const auto id = mappings.find_session(flow.internal, flow.remote); lives(id)) return id;
  }
  const auto id = mappings.find_internal(flow.proto, flow.internal);
  return lives(id) ? id : std::nullopt;
}

Decision Translator::State::open_connection(const Attempt& attempt, const Now& now, Effects& effects) {
  const auto& [flow, match, tried] = attempt;
  const auto subscriber = subscribers.find(match.subscriber);
  if (const auto verdict = limit(subscriber, flow.proto, now.mono); verdict != CGN_VERDICT_CONTINUE) {
    return fall_short(verdict, attempt, now, effects);
  }
  const auto rested = mappings.find_session(flow.internal, flow.remote);
  if (rested && may_resume(*rested)) {
    resume_mapping(*rested, flow);
    return admit(*rested, now, effects);
  }
  auto seat = subscriber ? seat_for(subscribers[*subscriber], flow) : std::nullopt;
  if (!seat) {
    if (subscriber && holds_all_ports(subscribers[*subscriber])) {
      return fall_short(CGN_VERDICT_PORT_LIMIT, attempt, now, effects);
    }
    const auto loan = lend(match, flow.proto, now, effects);
    if (loan.verdict != CGN_VERDICT_CONTINUE) return fall_short(loan.verdict, attempt, now, effects);
    seat = Seat{.block = loan.block};
  }
  if (rested) mappings.forget_endpoint(*rested);
  return admit(add_connection(*seat, flow), now, effects);
}

std::optional<Translator::State::Seat> Translator::State::seat_for(const Subscriber& subscriber, const Flow& flow) {
  if (const auto own = overloads.favourite(flow.internal); own && is_seat(subscriber, *own, flow.remote)) {
    return Seat{.block = own->block, .port = own->port};
  }
  if (!holds_all_ports(subscriber)) {
    if (const auto block = block_with_free_port(subscriber, Proto::tcp)) return Seat{.block = *block};
  }
  for (const bool durable : {true, false}) {
    for (const auto slot : subscriber.blocks) {
      const auto& block = blocks[slot];
      if (durable ? !block.durable() : block.state != LoanState::pending) continue;
      if (const auto port = shared_port(slot, flow.remote)) return Seat{.block = slot, .port = *port};
    }
  }
  return std::nullopt;
}

// The port is still one that the subscriber's connections share, and nobody uses it towards this remote.
bool Translator::State::is_seat(const Subscriber& subscriber, const Overloads::Favourite& own, Endpoint remote) const {
  const Endpoint external{own.address, own.port};
  if (!overloads.shares(external) || mappings.find_session_outside(external, remote)) return false;
  if (std::ranges::find(subscriber.blocks, own.block) == subscriber.blocks.end()) return false;
  const auto& block = blocks[own.block];
  const bool usable = block.durable() || block.state == LoanState::pending;
  return usable && block.external == own.address && block.ports.ports().contains(own.port);
}

// Limits of ports count a port once, however many connections share it.
bool Translator::State::holds_all_ports(const Subscriber& subscriber) const {
  unsigned used = 0;
  for (const auto slot : subscriber.blocks) used += blocks[slot].ports.used(Proto::tcp);
  const auto over = [&](unsigned most) { return most > 0 && used >= most; };
  return over(limits.ports_per_subscriber) || over(limits.tcp_ports_per_subscriber);
}

// Begins anywhere and takes the first that fits: hard to guess, and never longer than one turn through the block.
std::optional<Port> Translator::State::shared_port(BlockSlot slot, Endpoint remote) {
  if (overloads.full(slot, remote)) return std::nullopt;
  const auto& block = blocks[slot];
  const auto ports = block.ports.ports();
  const auto begin = random.below(ports.count());
  for (unsigned i = 0; i < ports.count(); ++i) {
    const Port port{static_cast<std::uint16_t>(ports.first.value() + (begin + i) % ports.count())};
    const Endpoint external{block.external, port};
    if (overloads.shares(external) && !mappings.find_session_outside(external, remote)) return port;
  }
  return std::nullopt;
}

MappingId Translator::State::add_connection(const Seat& seat, const Flow& flow) {
  auto& block = blocks[seat.block];
  const auto port = seat.port ? seat.port : block.ports.take(Proto::tcp, random);
  assert(port.has_value());
  Mapping m{.internal_address = flow.internal.address,
            .external_address = block.external,
            .block = seat.block,
            .internal_port = flow.internal.port,
            .external_port = *port,
            .proto = Proto::tcp,
            .realm = flow.internal.realm,
            .state = MappingState::pending,
            .session = true};
  describe(m, flow);
  const auto id = mappings.add(m);
  overloads.begin(id, mappings[id], block.ports);
  return id;
}

// --- a mapping's port, its own or shared -----------------------------------------------------------------------------

void Translator::State::free_port(MappingId id) {
  const auto& m = mappings[id];
  auto& ports = blocks[m.block].ports;
  m.session ? overloads.end(id, m, ports) : ports.give_back(m.proto, m.external_port);
}

void Translator::State::lay_port_to_rest(MappingId id) {
  const auto& m = mappings[id];
  auto& ports = blocks[m.block].ports;
  m.session ? overloads.rest(id, m, ports) : ports.rest(m.proto, m.external_port);
}

void Translator::State::resume_port(MappingId id) {
  const auto& m = mappings[id];
  auto& ports = blocks[m.block].ports;
  m.session ? overloads.resume(id, m, ports) : ports.resume(m.proto, m.external_port);
}

void Translator::State::end_port_rest(MappingId id) {
  const auto& m = mappings[id];
  auto& ports = blocks[m.block].ports;
  m.session ? overloads.end_rest(m, ports) : ports.end_rest(m.proto, m.external_port);
}

std::vector<MappingId> Translator::State::mappings_at(const Block& block, Proto proto, Port port) const {
  const Endpoint external{block.external, port};
  std::vector<MappingId> found;
  if (const auto id = mappings.find_external(proto, external)) found.push_back(*id);
  if (proto == Proto::tcp) overloads.each(external, [&](MappingId id) { found.push_back(id); });
  return found;
}

}  // namespace cgn::core
