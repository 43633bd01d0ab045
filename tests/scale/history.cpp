// SPDX-License-Identifier: Apache-2.0
// A synthetic history of port blocks, from a seed.
#include "scale/history.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace cgn::scale {
namespace {

// Five loans a day and block; a released block rests for 120 s.
constexpr double kHeldMs = 4.0 * 3'600'000;
constexpr double kFreeMs = 0.8 * 3'600'000 - 120'000;
constexpr std::int64_t kRestMs = 120'000;
// Two rows a loan, and one for each open block when a file begins; a twentieth of the days is lost.
constexpr double kRowsPerBlockAndDay = 10.25;

}  // namespace

// SplitMix64.
std::uint64_t mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  auto z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Shape Shape::of(std::uint64_t rows, unsigned days, std::uint64_t seed) {
  Shape shape{.seed = seed, .days = days};
  shape.blocks = std::max(2U, static_cast<unsigned>(static_cast<double>(rows) / (kRowsPerBlockAndDay * days)));
  shape.blocks = std::min(shape.blocks, 3 * 256 * kBlocksPerAddress);
  auto state = seed ^ 0x10571057;
  const auto losses = days / 20;
  while (shape.lost.size() < losses) shape.lost.insert(1 + static_cast<unsigned>(mix(state) % (days - 1)));
  return shape;
}

Loans::Loans(const Shape& shape, unsigned block) : state_{shape.seed} {
  state_ = mix(state_) ^ (std::uint64_t{block} * 0xd1342543de82ef95);
  (void)draw();
  // The first free time is cut short, so that not all blocks are free at the beginning.
  loan_.to = kBeginMs - wait(kHeldMs);
  do next();
  while (loan_.from < kBeginMs);
}

std::uint64_t Loans::draw() { return mix(state_); }

std::int64_t Loans::wait(double mean_ms) {
  const auto uniform = (static_cast<double>(draw() >> 11) + 1) * 0x1p-53;  // (0, 1]
  return 1 + static_cast<std::int64_t>(-std::log(uniform) * mean_ms);
}

void Loans::next() {
  loan_.from = loan_.to + kRestMs + wait(kFreeMs);
  loan_.to = loan_.from + wait(kHeldMs);
  loan_.who = static_cast<unsigned>(draw() % kSubscribers);
}

std::vector<Loan> all_loans(const Shape& shape, unsigned block) {
  std::vector<Loan> loans;
  for (Loans of{shape, block}; of.now().from < shape.end_ms(); of.next()) loans.push_back(of.now());
  return loans;
}

// 203.0.113.0/24, 198.51.100.0/24 and 192.0.2.0/24, one after the other.
Ipv4 address_of(unsigned block) {
  constexpr std::array<std::uint32_t, 3> kNetworks{0xcb007100, 0xc6336400, 0xc0000200};
  const auto number = block / kBlocksPerAddress;
  return Ipv4::from_host(kNetworks[number / 256 % kNetworks.size()] + number % 256);
}

PortRange ports_of(unsigned block) {
  const auto first = 1024 + block % kBlocksPerAddress * kBlockSize;
  return {Port{static_cast<std::uint16_t>(first)}, Port{static_cast<std::uint16_t>(first + kBlockSize - 1)}};
}

Prefix subscriber_of(unsigned who) { return Prefix::of(Ipv4::from_host(0x64400000 + who), 32); }

}  // namespace cgn::scale
