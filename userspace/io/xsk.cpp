// SPDX-License-Identifier: Apache-2.0
// A Hand: one UMEM, one socket per port, the ports served in turn. Sockets are xsk_socket, frames are xsk_port.
#include "io/xsk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "cgn/abi.h"
#include "io/xsk_port.hpp"

namespace cgn::io {

struct Hand::State {
  unsigned queue = 0;
  bool zerocopy = false;
  MappedMemory frames;  // outlives the sockets: declared before them
  std::vector<XskPort> ports;
  std::array<XskPort*, CGN_MAX_PORTS> by_index{};
  std::vector<ReceivedFrame> received;  // reserved once: receive() allocates nothing
  std::size_t turn = 0;                 // the port that receive() asks first

  Result<> start(XskPort& port, const HandPort& wanted);
  Result<> start_all(bool with_zerocopy);
  void stop_all();
};

// Opens the socket of one port: beside a bound sibling if there is one, else with the memory registered anew. A sibling
// whose interface is gone is no longer bound, which the kernel tells by EBADF.
Result<> Hand::State::start(XskPort& port, const HandPort& wanted) {
  const XskSocket::Place place{
      .interface = wanted.interface, .ifindex = wanted.ifindex, .queue = queue, .zerocopy = zerocopy};
  for (const XskPort& sibling : ports) {
    if (&sibling == &port || !sibling.socket()) continue;
    auto socket = XskSocket::open(place, frames, sibling.socket()->fd());
    if (!socket && socket.error().code == EBADF) continue;
    if (!socket) return Unexpected{std::move(socket).error()};
    port.start(wanted, std::move(*socket));
    return {};
  }
  TRY(socket, XskSocket::open(place, frames, std::nullopt));
  port.start(wanted, std::move(socket));
  return {};
}

Result<> Hand::State::start_all(bool with_zerocopy) {
  zerocopy = with_zerocopy;
  for (XskPort& port : ports) {
    auto started = start(port, HandPort{port.port()});
    if (started) continue;
    stop_all();
    return started;
  }
  return {};
}

void Hand::State::stop_all() {
  for (XskPort& port : ports) port.stop();
}

Result<Hand> Hand::open(unsigned queue, std::span<const HandPort> ports, CopyMode mode) {
  if (ports.empty()) return fail(fmt::format("AF_XDP on queue {}: no port is given", queue));
  auto state = std::make_unique<State>();
  state->queue = queue;
  state->frames = MappedMemory::anonymous(ports.size() * kPortShare);
  if (!state->frames) return fail_errno(fmt::format("take {} MiB for packets", ports.size() * kPortShare >> 20));
  state->ports.reserve(ports.size());
  for (const HandPort& port : ports) {
    if (port.port >= CGN_MAX_PORTS || state->by_index[port.port]) {
      return fail(fmt::format("AF_XDP on {}: port index {} is taken or out of range", port.interface, port.port));
    }
    const std::span bytes{state->frames.data(), state->frames.size()};
    state->by_index[port.port] = &state->ports.emplace_back(port, bytes, state->ports.size() * kPortShare);
  }
  state->received.reserve(ports.size() * kXskRingSize);

  // One UMEM has one mode for all its ports, so a single port that cannot do zero-copy means copy for the hand.
  const bool all_native = std::ranges::all_of(ports, &HandPort::native);
  if (mode == CopyMode::zerocopy && !all_native) {
    return fail("AF_XDP in zero-copy mode: a port runs in generic mode", "ask for copy mode, or for native mode");
  }
  if (mode == CopyMode::automatic && all_native && state->start_all(true)) return Hand{std::move(state)};
  TRY_VOID(state->start_all(mode == CopyMode::zerocopy));
  return Hand{std::move(state)};
}

Hand::Hand(std::unique_ptr<State> state) : state_{std::move(state)} {}
Hand::~Hand() = default;
Hand::Hand(Hand&&) noexcept = default;
Hand& Hand::operator=(Hand&&) noexcept = default;

unsigned Hand::queue() const { return state_->queue; }

std::vector<Hand::Descriptor> Hand::descriptors() const {
  std::vector<Descriptor> all;
  for (const XskPort& port : state_->ports) {
    if (!port.socket()) continue;
    all.push_back({.port = port.port().port, .fd = port.socket()->fd(), .zerocopy = port.socket()->zerocopy()});
  }
  return all;
}

std::span<const ReceivedFrame> Hand::receive(std::size_t most) {
  auto& received = state_->received;
  received.clear();
  auto& ports = state_->ports;
  for (XskPort& port : ports) port.give_back();
  most = std::min(most, received.capacity());
  // Each port in turn gets an equal part of what is left, and the first turn wanders, so that none waits for another.
  for (std::size_t i = 0; i < ports.size() && received.size() < most; ++i) {
    const std::size_t others = ports.size() - i;
    const std::size_t part = (most - received.size() + others - 1) / others;
    ports[(state_->turn + i) % ports.size()].receive(part, received);
  }
  state_->turn = (state_->turn + 1) % ports.size();
  return received;
}

bool Hand::send(unsigned port, std::span<const std::byte> frame) {
  XskPort* end = port < CGN_MAX_PORTS ? state_->by_index[port] : nullptr;
  return end && end->send(frame);
}

void Hand::flush() {
  for (XskPort& port : state_->ports) port.flush();
}

Result<> Hand::reopen(const HandPort& port) {
  XskPort* end = port.port < CGN_MAX_PORTS ? state_->by_index[port.port] : nullptr;
  if (!end) return fail(fmt::format("AF_XDP on {}: the hand has no port index {}", port.interface, port.port));
  // Frames still borrowed from this port go with its socket; the others' stay valid, but the caller's span ends.
  state_->received.clear();
  end->stop();
  return state_->start(*end, port);
}

XskStatistics Hand::statistics() const {
  XskStatistics total{};
  for (const XskPort& port : state_->ports) {
    const XskStatistics one = port.statistics();
    total.rx_dropped += one.rx_dropped;
    total.rx_ring_full += one.rx_ring_full;
    total.fill_ring_empty += one.fill_ring_empty;
    total.tx_invalid += one.tx_invalid;
  }
  return total;
}

}  // namespace cgn::io
