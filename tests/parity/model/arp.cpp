// SPDX-License-Identifier: Apache-2.0
// Decision 0004: a request on an external link for a pool address on a connected subnet is answered with our MAC; all
// other ARP is the kernel's.
// RFC 826, 5227
#include <algorithm>

#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

// Where the fields stand in ARP for IPv4 over Ethernet.
constexpr std::size_t kOperation = 6, kSenderMac = 8, kSender = 14, kTargetMac = 18, kTarget = 24, kSize = 28;

bool asks_us(const Visit& v) {
  const bool group = v.link_header.destination.bytes[0] % 2 == 1;
  return (v.role & CGN_ROLE_EXTERNAL) && (group || v.link_header.destination == v.link->mac);
}

bool is_request(Frame frame, std::size_t at) {
  return word_at(frame, at) == 1 && word_at(frame, at + 2) == 0x0800 && byte_at(frame, at + 4) == 6 &&
         byte_at(frame, at + 5) == 4 && word_at(frame, at + kOperation) == 1;
}

void put_mac(Bytes& frame, std::size_t at, const Mac& mac) {
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) frame[at + i] = std::byte{mac.bytes[i]};
}

}  // namespace

Step answer_arp(const Visit& v) {
  const auto at = v.link_header.size;
  if (!asks_us(v) || v.in.frame.size() < at + kSize || !is_request(v.in.frame, at)) return CGN_VERDICT_NOT_IPV4;
  const auto* target = class_of(v, address_at(v.in.frame, at + kTarget));
  if (target == nullptr || !(target->flags & CGN_CLASS_ARP)) return CGN_VERDICT_NOT_IPV4;
  return CGN_VERDICT_ARP_ANSWERED;
}

Bytes arp_reply(const Visit& v) {
  const Bytes asked{v.in.frame.begin(), v.in.frame.end()};
  auto reply = asked;
  const auto at = v.link_header.size;
  reply[at + kOperation + 1] = std::byte{2};
  const auto put = [&](std::size_t from, std::size_t size, std::size_t to) {
    std::copy_n(asked.begin() + static_cast<std::ptrdiff_t>(from), size,
                reply.begin() + static_cast<std::ptrdiff_t>(to));
  };
  put(at + kSenderMac, 10, at + kTargetMac);  // MAC and address of who asked
  put(at + kTarget, 4, at + kSender);
  put_mac(reply, at + kSenderMac, v.link->mac);
  put(6, 6, 0);
  put_mac(reply, 6, v.link->mac);
  return reply;
}

}  // namespace cgn::parity
