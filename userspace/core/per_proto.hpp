// SPDX-License-Identifier: Apache-2.0
// One value for each protocol that we translate, indexed by the protocol itself.
#pragma once

#include <array>
#include <cstddef>

#include "cgn/net.hpp"

namespace cgn::core {

[[nodiscard]] constexpr std::size_t index_of(Proto p) {
  switch (p) {
    case Proto::tcp: return 0;
    case Proto::udp: return 1;
    case Proto::icmp: return 2;
    case Proto::udplite: return 3;
    case Proto::dccp: return 4;
    case Proto::sctp: return 5;
  }
  return 0;  // not reached: the enum is closed
}

template <class T>
struct PerProto {
  std::array<T, kProtos.size()> values{};
  [[nodiscard]] constexpr T& operator[](Proto p) { return values[index_of(p)]; }
  [[nodiscard]] constexpr const T& operator[](Proto p) const { return values[index_of(p)]; }
  [[nodiscard]] constexpr T sum() const {
    T total{};
    for (const auto& v : values) total += v;
    return total;
  }
};

}  // namespace cgn::core
