// SPDX-License-Identifier: Apache-2.0
#include "core/port_block.hpp"

#include <bit>
#include <cassert>

namespace cgn::core {
namespace {

constexpr unsigned kBits = 64;
// TCP, UDP and ICMP stand first in the order of index_of(), and every subscriber uses them. The others are for few.
constexpr std::size_t kCommonProtos = 3;

// Position of the set bit with this rank. rank < popcount(word).
unsigned select(std::uint64_t word, unsigned rank) {
  for (; rank > 0; --rank) word &= word - 1;
  return static_cast<unsigned>(std::countr_zero(word));
}

struct Bit {
  std::size_t word;
  std::uint64_t mask;
};

Bit bit_of(unsigned offset) { return {offset / kBits, std::uint64_t{1} << (offset % kBits)}; }

unsigned offset_of(PortRange range, Port port) {
  assert(range.contains(port));
  return static_cast<unsigned>(port.value() - range.first.value());
}

}  // namespace

PortBlock::PortBlock(PortRange ports) : ports_{ports}, words_per_proto_{(ports.count() + kBits - 1) / kBits} {
  for (const auto p : kProtos) free_[p] = ports.count();
  make_words(kCommonProtos);
}

void PortBlock::make_words(std::size_t protocols) {
  const auto odd = ports_.count() % kBits;
  auto protocol = taken_.size() / words_per_proto_;
  taken_.reserve(protocols * words_per_proto_);
  taken_.resize(protocols * words_per_proto_, 0);
  for (; odd != 0 && protocol < protocols; ++protocol) {
    taken_[(protocol + 1) * words_per_proto_ - 1] = ~std::uint64_t{0} << odd;
  }
}

std::optional<Port> PortBlock::take(Proto p, Random& random) {
  if (free_[p] == 0) return std::nullopt;
  if (!has_words(p)) make_words(index_of(p) + 1);
  auto rank = random.below(free_[p]);
  auto* word = words(p);
  for (std::size_t i = 0;; ++i) {
    assert(i < words_per_proto_);
    const auto here = static_cast<unsigned>(std::popcount(~word[i]));
    if (rank >= here) {
      rank -= here;
      continue;
    }
    const auto bit = select(~word[i], rank);
    word[i] |= std::uint64_t{1} << bit;
    --free_[p];
    ++used_[p];
    return Port{static_cast<std::uint16_t>(ports_.first.value() + i * kBits + bit)};
  }
}

bool PortBlock::take(Proto p, Port port) {
  if (taken(p, port)) return false;
  if (!has_words(p)) make_words(index_of(p) + 1);
  const auto bit = bit_of(offset_of(ports_, port));
  words(p)[bit.word] |= bit.mask;
  --free_[p];
  ++used_[p];
  return true;
}

bool PortBlock::taken(Proto p, Port port) const {
  if (!has_words(p)) return without_words_rest_;
  const auto bit = bit_of(offset_of(ports_, port));
  return (taken_[index_of(p) * words_per_proto_ + bit.word] & bit.mask) != 0;
}

void PortBlock::set_free(Proto p, Port port) {
  assert(taken(p, port));
  const auto bit = bit_of(offset_of(ports_, port));
  words(p)[bit.word] &= ~bit.mask;
  ++free_[p];
}

void PortBlock::give_back(Proto p, Port port) {
  set_free(p, port);
  --used_[p];
}

void PortBlock::rest(Proto p, Port port) {
  assert(taken(p, port) && used_[p] > 0);
  static_cast<void>(port);
  --used_[p];
}

void PortBlock::resume(Proto p, Port port) {
  assert(taken(p, port) && resting(p) > 0);
  static_cast<void>(port);
  ++used_[p];
}

void PortBlock::end_rest(Proto p, Port port) {
  assert(resting(p) > 0);
  set_free(p, port);
}

void PortBlock::rest_free_ports() {
  resting_anew_.resize(taken_.size());
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    resting_anew_[i] |= ~taken_[i];
    taken_[i] = ~std::uint64_t{0};
  }
  without_words_rest_ = true;
  free_ = {};
}

void PortBlock::end_rest_of_free_ports() {
  for (std::size_t i = 0; i < resting_anew_.size(); ++i) {
    taken_[i] &= ~resting_anew_[i];
    free_.values[i / words_per_proto_] += static_cast<unsigned>(std::popcount(resting_anew_[i]));
  }
  resting_anew_ = {};
  // While all rest, none is taken: no protocol got words meanwhile.
  for (const auto p : kProtos) {
    if (without_words_rest_ && !has_words(p)) free_[p] = ports_.count();
  }
  without_words_rest_ = false;
}

}  // namespace cgn::core
