// SPDX-License-Identifier: Apache-2.0
// Building the errors that we originate.
#include "packet/icmp.hpp"

#include <algorithm>
#include <cassert>

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

constexpr std::size_t kLongestError = 576;  // RFC 1812 s. 4.3.2.3: the whole datagram, IPv4 header included

// RFC 1122 s. 3.2.2: never to a source that does not define a single host.
bool names_one_host(Ipv4 address) {
  const auto first_octet = address.host() >> 24;
  const bool link_local = address.host() >> 16 == 0xa9fe;  // its error would have to be routed
  return first_octet != 0 && first_octet != 127 && first_octet < 224 && !link_local;
}

// RFC 1122 s. 3.2.2: every other message is an error, or a type that we do not know and that may be one.
bool is_query(std::uint8_t type) { return type == kEchoReply || type == kEchoRequest || (type >= 13 && type <= 18); }

bool is_group(std::span<const std::byte> frame) { return (load8(frame, 0) & 1) != 0; }

// Everything but addresses of a link header is the same on the way back.
void turn_link_header(std::span<const std::byte> frame, std::size_t size, std::span<std::byte> out) {
  std::copy_n(frame.begin() + 6, 6, out.begin());
  std::copy_n(frame.begin(), 6, out.begin() + 6);
  std::copy_n(frame.begin() + 12, size - 12, out.begin() + 12);
}

// RFC 1812 s. 4.3.2.5: the precedence of internetwork control, with the type of service of the packet it is about. Not
// with its ECN bits: an error is no transport that could answer to them (RFC 3168).
std::uint8_t tos_about(std::uint8_t tos) { return static_cast<std::uint8_t>(0xc0 | (tos & 0x1c)); }

void write_ipv4(std::span<std::byte> header, std::uint8_t tos, Ipv4 source, Ipv4 destination) {
  const auto length = header.size();
  store8(header, 0, 0x45);
  store8(header, ipv4::kTos, tos);
  store16(header, ipv4::kLength, static_cast<std::uint16_t>(length));
  store16(header, ipv4::kFragment, 0x4000);  // RFC 6864: with DF set the identification, 0, need not be unique
  store8(header, ipv4::kTtl, 64);
  store8(header, ipv4::kProtocol, IPPROTO_ICMP);
  store32(header, ipv4::kSource, source.host());
  store32(header, ipv4::kDestination, destination.host());
  store16(header, ipv4::kCheck, checksum(header.first(kIpv4Size)));
}

}  // namespace

bool may_answer(std::span<const std::byte> frame, const View& view) {
  if (is_group(frame) || !names_one_host(view.source.address) || !names_one_host(view.destination.address)) {
    return false;
  }
  if ((load16(frame, view.l3 + ipv4::kFragment) & kFragmentOffset) != 0) return false;
  if (load8(frame, view.l3 + ipv4::kProtocol) != IPPROTO_ICMP) return true;
  if (view.l4 >= view.end) return false;
  return is_query(load8(frame, view.l4 + l4::kIcmpType));
}

std::vector<std::byte> error_about(std::span<const std::byte> frame, const View& view, const IcmpError& error,
                                   Ipv4 source) {
  assert(view.end <= frame.size());
  const auto quote_size = std::min(view.end - view.l3, kLongestError - kIpv4Size - kIcmpSize);
  const auto quote = frame.subspan(view.l3, quote_size);
  const auto length = kIpv4Size + kIcmpSize + quote_size;
  std::vector<std::byte> out(std::max(view.l3 + length, kMinimumFrameSize));
  turn_link_header(frame, view.l3, out);

  const auto datagram = std::span{out}.subspan(view.l3, length);
  write_ipv4(datagram, tos_about(load8(frame, view.l3 + ipv4::kTos)), source, view.source.address);
  const auto icmp = datagram.subspan(kIpv4Size);
  store8(icmp, l4::kIcmpType, error.type);
  store8(icmp, l4::kIcmpCode, error.code);
  store16(icmp, l4::kIcmpMtu, error.mtu);
  std::copy(quote.begin(), quote.end(), icmp.begin() + kIcmpSize);
  store16(icmp, l4::kIcmpCheck, checksum(icmp));
  return out;
}

}  // namespace cgn::packet
