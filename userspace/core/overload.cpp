// SPDX-License-Identifier: Apache-2.0
// External ports that several TCP connections share, each towards a remote of its own.
#include "core/overload.hpp"

#include <cassert>

namespace cgn::core {

void Overloads::begin(MappingId id, const Mapping& m, PortBlock& block) {
  if (!shares(m.external())) ++shared_[m.block];
  ++towards_[{m.block, key_of(m.remote())}];
  live(id, m, block);
}

void Overloads::live(MappingId id, const Mapping& m, PortBlock& block) {
  auto& port = ports_[key_of(m.external())];
  if (port.living++ == 0 && port.resting > 0) block.resume(Proto::tcp, m.external_port);
  link(id, port);
  auto& own = favourites_[pair_of(m.internal())];
  // Its oldest connection may have ended, and the port gone with it.
  if (own.connections++ == 0 || !shares({own.address, own.port})) {
    own.address = m.external_address;
    own.port = m.external_port;
    own.block = m.block;
  }
}

// The connection lives no more; what becomes of its port is the caller's to say.
void Overloads::die(MappingId id, const Mapping& m) {
  auto& port = ports_[key_of(m.external())];
  assert(port.living > 0);
  --port.living;
  unlink(id, port);
  const auto own = favourites_.find(pair_of(m.internal()));
  assert(own != favourites_.end());
  if (--own.value().connections == 0) favourites_.erase(own);
}

void Overloads::rest(MappingId id, const Mapping& m, PortBlock& block) {
  die(id, m);
  auto& port = ports_[key_of(m.external())];
  ++port.resting;
  if (port.living == 0) block.rest(Proto::tcp, m.external_port);
}

void Overloads::resume(MappingId id, const Mapping& m, PortBlock& block) {
  live(id, m, block);
  --ports_[key_of(m.external())].resting;
}

void Overloads::end(MappingId id, const Mapping& m, PortBlock& block) {
  die(id, m);
  const auto& port = ports_[key_of(m.external())];
  if (port.living == 0 && port.resting > 0) block.rest(Proto::tcp, m.external_port);
  if (port.living == 0 && port.resting == 0) block.give_back(Proto::tcp, m.external_port);
  leave(m);
}

void Overloads::end_rest(const Mapping& m, PortBlock& block) {
  auto& port = ports_[key_of(m.external())];
  --port.resting;
  if (port.living == 0 && port.resting == 0) block.end_rest(Proto::tcp, m.external_port);
  leave(m);
}

// The remote is free again; an empty port leaves the book.
void Overloads::leave(const Mapping& m) {
  const auto towards = towards_.find({m.block, key_of(m.remote())});
  assert(towards != towards_.end());
  if (--towards.value() == 0) towards_.erase(towards);
  const auto port = ports_.find(key_of(m.external()));
  if (port->second.living > 0 || port->second.resting > 0) return;
  ports_.erase(port);
  const auto shared = shared_.find(m.block);
  if (--shared.value() == 0) shared_.erase(shared);
}

bool Overloads::full(BlockSlot block, Endpoint remote) const {
  const auto shared = shared_.find(block);
  if (shared == shared_.end()) return true;
  const auto towards = towards_.find({block, key_of(remote)});
  return towards != towards_.end() && towards->second >= shared->second;
}

std::optional<Overloads::Favourite> Overloads::favourite(InternalEndpoint internal) const {
  const auto own = favourites_.find(pair_of(internal));
  if (own == favourites_.end()) return std::nullopt;
  return own->second;
}

void Overloads::link(MappingId id, SharedPort& port) {
  const auto slot = MappingTable::slot_of(id);
  if (slot >= links_.size()) links_.resize(slot + 1);
  links_[slot] = {.previous = kNone, .next = port.first};
  if (port.first != kNone) links_[MappingTable::slot_of(port.first)].previous = id;
  port.first = id;
}

void Overloads::unlink(MappingId id, SharedPort& port) {
  const auto [previous, next] = links_[MappingTable::slot_of(id)];
  if (next != kNone) links_[MappingTable::slot_of(next)].previous = previous;
  if (previous == kNone) {
    port.first = next;
  } else {
    links_[MappingTable::slot_of(previous)].next = next;
  }
}

}  // namespace cgn::core
