// SPDX-License-Identifier: Apache-2.0
// UDP in IPv4 in Ethernet: how the bytes are laid and judged.
#include "frame.hpp"

#include <algorithm>

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::blast {
namespace {

using namespace packet;

constexpr std::size_t kL3 = kEthernetSize, kL4 = kL3 + kIpv4Size, kPayload = kL4 + kUdpSize;
constexpr std::size_t kUdpLength = 4;

// The pseudo-header of RFC 768: both addresses, the protocol, the UDP length.
std::uint32_t pseudo_sum(std::span<const std::byte> frame, std::size_t l3, std::uint32_t udp_size) {
  return sum(frame.subspan(l3 + ipv4::kSource, 8)) + IPPROTO_UDP + udp_size;
}

void put_mac(std::span<std::byte> at, Mac mac) {
  std::ranges::transform(mac.bytes, at.begin(), [](std::uint8_t b) { return std::byte{b}; });
}

}  // namespace

Frame::Frame(Mac source, Mac destination, std::size_t payload_size) : bytes_(kPayload + payload_size) {
  const std::span frame{bytes_};
  put_mac(frame.first(6), destination);
  put_mac(frame.subspan(6, 6), source);
  store16(frame, 12, kTypeIpv4);
  store8(frame, kL3, 0x45);
  store16(frame, kL3 + ipv4::kLength, static_cast<std::uint16_t>(kIpv4Size + kUdpSize + payload_size));
  store16(frame, kL3 + ipv4::kFragment, 0x4000);  // do not fragment
  store8(frame, kL3 + ipv4::kTtl, 64);
  store8(frame, kL3 + ipv4::kProtocol, IPPROTO_UDP);
  store16(frame, kL4 + kUdpLength, static_cast<std::uint16_t>(kUdpSize + payload_size));
}

void Frame::write(const Truth& truth, Endpoint remote) {
  const std::span frame{bytes_};
  store32(frame, kL3 + ipv4::kSource, truth.internal.address.host());
  store32(frame, kL3 + ipv4::kDestination, remote.address.host());
  store16(frame, kL4 + l4::kSourcePort, truth.internal.port.value());
  store16(frame, kL4 + l4::kDestinationPort, remote.port.value());
  write_truth(truth, frame.subspan(kPayload));

  store16(frame, kL3 + ipv4::kCheck, 0);
  store16(frame, kL3 + ipv4::kCheck, checksum(frame.subspan(kL3, kIpv4Size)));
  store16(frame, kL4 + l4::kUdpCheck, 0);
  const auto datagram = frame.subspan(kL4);
  const auto check = checksum(datagram, pseudo_sum(frame, kL3, static_cast<std::uint32_t>(datagram.size())));
  store16(frame, kL4 + l4::kUdpCheck, check == 0 ? 0xffff : check);
}

bool checksums_hold(std::span<const std::byte> frame, std::size_t l3, std::size_t l4) {
  if (sum(frame.subspan(l3, l4 - l3)) != 0xffff) return false;
  if (load16(frame, l4 + l4::kUdpCheck) == 0) return true;
  const std::size_t size = load16(frame, l4 + kUdpLength);
  if (size < kUdpSize || l4 + size > frame.size()) return false;
  return sum(frame.subspan(l4, size), pseudo_sum(frame, l3, static_cast<std::uint32_t>(size))) == 0xffff;
}

}  // namespace cgn::blast
