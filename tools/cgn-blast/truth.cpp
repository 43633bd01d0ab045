// SPDX-License-Identifier: Apache-2.0
// The truth that a payload carries: its bytes.
#include "truth.hpp"

#include <cassert>

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::blast {
namespace {

constexpr std::uint32_t kMagic = 0x63676e54;  // "cgnT"
constexpr std::size_t kMagicAt = 0, kAddressAt = 4, kPortAt = 8, kCheckAt = 10, kSequenceAt = 12, kTimeAt = 20,
                      kPadAt = 28;

void store64(std::span<std::byte> bytes, std::size_t at, std::uint64_t value) {
  packet::store32(bytes, at, static_cast<std::uint32_t>(value >> 32));
  packet::store32(bytes, at + 4, static_cast<std::uint32_t>(value));
}

std::uint64_t load64(std::span<const std::byte> bytes, std::size_t at) {
  return std::uint64_t{packet::load32(bytes, at)} << 32 | packet::load32(bytes, at + 4);
}

// One step of splitmix64: neighbouring sequences give unrelated fillers.
std::byte filler(std::uint64_t sequence, std::size_t at) {
  std::uint64_t x = sequence * 0x9e3779b97f4a7c15u + at;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::byte>(x >> 56);
}

}  // namespace

void write_truth(const Truth& truth, std::span<std::byte> payload) {
  assert(payload.size() >= kTruthSize);
  const auto head = payload.first(kTruthSize);
  packet::store32(head, kMagicAt, kMagic);
  packet::store32(head, kAddressAt, truth.internal.address.host());
  packet::store16(head, kPortAt, truth.internal.port.value());
  packet::store16(head, kCheckAt, 0);
  store64(head, kSequenceAt, truth.sequence);
  store64(head, kTimeAt, truth.sent_ns);
  packet::store32(head, kPadAt, 0);
  packet::store16(head, kCheckAt, packet::checksum(head));
  for (std::size_t i = kTruthSize; i < payload.size(); ++i) payload[i] = filler(truth.sequence, i);
}

Reading read_truth(std::span<const std::byte> payload) {
  if (payload.size() < 4 || packet::load32(payload, kMagicAt) != kMagic) return {};
  if (payload.size() < kTruthSize || packet::sum(payload.first(kTruthSize)) != 0xffff) {
    return {.state = TruthState::damaged};
  }
  const Truth truth{
      .internal = {Ipv4::from_host(packet::load32(payload, kAddressAt)), Port{packet::load16(payload, kPortAt)}},
      .sequence = load64(payload, kSequenceAt),
      .sent_ns = load64(payload, kTimeAt)};
  for (std::size_t i = kTruthSize; i < payload.size(); ++i) {
    if (payload[i] != filler(truth.sequence, i)) return {.state = TruthState::damaged, .truth = truth};
  }
  return {.state = TruthState::whole, .truth = truth};
}

}  // namespace cgn::blast
