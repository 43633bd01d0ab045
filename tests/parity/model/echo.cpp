// SPDX-License-Identifier: Apache-2.0
// Pings of pool addresses, answered by us if the operator wants it: a request becomes its own reply, in place, and leaves
// the way it came, within the budget of errors. Beyond the budget it is as any other packet.
// RFC 792
#include <algorithm>

#include "parity/model/visit.hpp"

namespace cgn::parity {

bool is_answered(Visit& v) {
  constexpr unsigned kRequest = 8;
  const auto icmp = v.ip.transport();
  if (!(v.state.scene.settings.switches & CGN_SWITCH_ECHO_ANSWER) || v.direction == CGN_OUTBOUND) return false;
  if (is_whole(v, v.ip.destination)) return false;  // a host has it, and answers for itself
  if (v.ip.is_fragment()) return false;             // its rest would be an answer without a beginning
  if (v.view.proto != Proto::icmp || byte_at(v.in.frame, icmp) != kRequest || byte_at(v.in.frame, icmp + 1) != 0) {
    return false;
  }
  return may_error(v);
}

Bytes echo_reply(const Visit& v) {
  const Bytes asked{v.in.frame.begin(), v.in.frame.end()};
  auto reply = asked;
  const auto ip = v.ip.at, icmp = v.ip.transport();
  const auto copy = [&](std::size_t from, std::size_t size, std::size_t to) {
    std::copy_n(asked.begin() + static_cast<std::ptrdiff_t>(from), size,
                reply.begin() + static_cast<std::ptrdiff_t>(to));
  };
  // A word that shrinks by `by` lets its checksum grow by as much; RFC 1624 writes the remainder, never all ones for these.
  const auto grow = [&](std::size_t at, unsigned by) {
    const auto check = (word_at(asked, at) + by) % 65535;
    reply[at] = static_cast<std::byte>(check / 256);
    reply[at + 1] = static_cast<std::byte>(check % 256);
  };
  copy(6, 6, 0);
  for (std::size_t i = 0; i < 6; ++i) reply[6 + i] = std::byte{v.link->mac.bytes[i]};
  copy(ip + 12, 4, ip + 16);
  copy(ip + 16, 4, ip + 12);
  reply[ip + 8] = std::byte{64};
  grow(ip + 10, (v.ip.ttl * 256 + 65535 - 64 * 256) % 65535);
  reply[icmp] = std::byte{0};
  grow(icmp + 2, 8 * 256);
  return reply;
}

}  // namespace cgn::parity
