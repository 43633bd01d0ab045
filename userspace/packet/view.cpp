// SPDX-License-Identifier: Apache-2.0
// Reading a frame. The order of the checks is part of the contract, because the kernel program makes them in the same
// order and every frame must get one and the same verdict from both:
//
//   Ethernet and tags -> type -> IPv4 lengths -> header checksum -> options -> lengths of a fragment -> protocol
//     -> transport header and its lengths -> ICMP type -> quote of an ICMP error
//
// (Between lengths and checksum the program classifies by addresses and hands to the kernel what is the kernel's.)
#include "packet/view.hpp"

#include "cgn/tunnel.hpp"
#include "packet/header.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

using Checked = std::expected<void, Verdict>;

std::unexpected<Verdict> truncated() { return std::unexpected{CGN_VERDICT_TRUNCATED}; }

Checked read_link(std::span<const std::byte> frame, View& view) {
  if (frame.size() < kEthernetSize) return truncated();
  std::size_t type_at = kEthernetSize - 2;
  auto type = load16(frame, type_at);
  // Two tags at most: a third is somebody else's tunnel and goes to the kernel like any foreign type.
  while ((type == kTypeTag || type == kTypeServiceTag) && view.tag_count < 2) {
    type_at += kTagSize;
    if (frame.size() < type_at + 2) return truncated();
    type = load16(frame, type_at);
    ++view.tag_count;
  }
  if (type != kTypeIpv4) return std::unexpected{CGN_VERDICT_NOT_IPV4};
  view.l3 = type_at + 2;
  return {};
}

Checked read_ipv4(std::span<const std::byte> frame, View& view) {
  if (frame.size() < view.l3 + kIpv4Size) return truncated();
  const auto first = load8(frame, view.l3);
  const std::size_t header = (first & 0x0fu) * 4u;
  if (first >> 4 != 4 || header < kIpv4Size) return truncated();
  view.length = load16(frame, view.l3 + ipv4::kLength);
  if (view.length < header || frame.size() < view.l3 + view.length) return truncated();
  if (const auto fault = fault_of_header(frame.subspan(view.l3, header))) return std::unexpected{*fault};
  view.l4 = view.l3 + header;
  view.end = view.l3 + view.length;
  view.ttl = load8(frame, view.l3 + ipv4::kTtl);
  view.source.address = Ipv4::from_host(load32(frame, view.l3 + ipv4::kSource));
  view.destination.address = Ipv4::from_host(load32(frame, view.l3 + ipv4::kDestination));
  const auto fragment = load16(frame, view.l3 + ipv4::kFragment);
  view.fragment = {.offset = static_cast<std::uint16_t>((fragment & kFragmentOffset) * 8),
                   .more = (fragment & kMoreFragments) != 0,
                   .identification = load16(frame, view.l3 + ipv4::kIdentification)};
  return {};
}

// All but the last fragment end on a unit of 8 bytes, and none ends behind the longest packet (RFC 791).
bool fragment_fits(const View& view) {
  const auto data = view.end - view.l4;
  if (data == 0 || (view.fragment.more && data % 8 != 0)) return false;
  return view.l4 - view.l3 + view.fragment.offset + data <= kIpv4Longest;
}

Checked read_kind(std::span<const std::byte> frame, View& view) {
  if (view.fragment.is_fragment() && !fragment_fits(view)) return truncated();
  const auto number = load8(frame, view.l3 + ipv4::kProtocol);
  const auto proto = tunnel_of(number) ? tunnel_of(number) : proto_of(number);
  if (!proto) return std::unexpected{CGN_VERDICT_PROTOCOL};
  view.proto = *proto;
  return {};
}

void read_ports(std::span<const std::byte> frame, View& view) {
  view.source.port = Port{load16(frame, view.l4 + l4::kSourcePort)};
  view.destination.port = Port{load16(frame, view.l4 + l4::kDestinationPort)};
}

Checked read_tcp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kTcpSize) return truncated();
  const std::size_t header = (load8(frame, view.l4 + l4::kTcpOffset) >> 4) * 4u;
  if (header < kTcpSize || view.end < view.l4 + header) return truncated();
  read_ports(frame, view);
  const auto flags = load8(frame, view.l4 + l4::kTcpFlags);
  view.fin = (flags & 0x01) != 0;
  view.syn = (flags & 0x02) != 0;
  view.rst = (flags & 0x04) != 0;
  view.ack = (flags & 0x10) != 0;
  view.payload = view.end - view.l4 - header;
  return {};
}

Checked read_udp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kUdpSize) return truncated();
  // Shorter than the packet is the receiver's business (RFC 768 gives the difference no meaning).
  const std::size_t length = load16(frame, view.l4 + l4::kUdpLength);
  // A fragment's length is that of the whole datagram.
  if (length < kUdpSize || (!view.fragment.is_fragment() && view.end < view.l4 + length)) return truncated();
  read_ports(frame, view);
  return {};
}

// As UDP, with how many bytes its checksum covers in place of a length that IPv4 knows: none says all of them (RFC 3828).
Checked read_udplite(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kUdpSize) return truncated();
  const std::size_t covered = load16(frame, view.l4 + l4::kUdpLength);
  const bool beyond = !view.fragment.is_fragment() && view.end < view.l4 + covered;
  if (covered != 0 && (covered < kUdpSize || beyond)) return truncated();
  read_ports(frame, view);
  return {};
}

// RFC 4340 section 5.1: sequence numbers are short, or four bytes longer.
Checked read_dccp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kDccpSize) return truncated();
  const std::size_t header = load8(frame, view.l4 + l4::kDccpOffset) * 4u;
  const bool is_long = (load8(frame, view.l4 + l4::kDccpType) & 1) != 0;
  if (header < kDccpSize + (is_long ? 4 : 0) || view.end < view.l4 + header) return truncated();
  read_ports(frame, view);
  return {};
}

Checked read_sctp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kSctpSize) return truncated();
  read_ports(frame, view);
  return {};
}

Checked read_icmp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kIcmpSize) return truncated();
  const auto type = load8(frame, view.l4 + l4::kIcmpType);
  if (is_icmp_error(type)) {
    // The sum over an error in pieces cannot be judged, and no router sends one.
    if (view.fragment.is_fragment()) return std::unexpected{CGN_VERDICT_ICMP_UNMATCHED};
    const auto quote = read_quote(frame, view);
    if (!quote) return std::unexpected{quote.error()};
    view.quote = *quote;
    return {};
  }
  if (!is_icmp_query(type)) return std::unexpected{CGN_VERDICT_ICMP_TYPE};
  view.icmp_request = type == kEchoRequest || type == kTimestampRequest;
  const auto identifier = Port{load16(frame, view.l4 + l4::kIcmpIdentifier)};
  view.source.port = identifier;
  view.destination.port = identifier;
  return {};
}

// RFC 4303: 0 is no SPI that goes over a wire.
Checked read_esp(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kEspSize) return truncated();
  view.spi = load32(frame, view.l4 + l4::kEspSpi);
  if (view.spi == 0) return std::unexpected{CGN_VERDICT_PROTOCOL};
  return {};
}

// RFC 2784; version 1 is that of PPTP (RFC 2637), whose header has eight bytes at least.
Checked read_gre(std::span<const std::byte> frame, View& view) {
  if (view.end < view.l4 + kGreSize) return truncated();
  const auto version = load8(frame, view.l4 + l4::kGreVersion) & 7u;
  if (version > 1) return std::unexpected{CGN_VERDICT_PROTOCOL};
  if (version != 1) return {};
  if (view.end < view.l4 + 2 * kGreSize) return truncated();
  if (load16(frame, view.l4 + l4::kGreType) == kTypePpp) view.call = load16(frame, view.l4 + l4::kGreCall);
  return {};
}

Checked read_transport(std::span<const std::byte> frame, View& view) {
  if (view.proto == kEsp) return read_esp(frame, view);
  if (view.proto == kGre) return read_gre(frame, view);
  switch (view.proto) {
    case Proto::tcp: return read_tcp(frame, view);
    case Proto::udp: return read_udp(frame, view);
    case Proto::icmp: return read_icmp(frame, view);
    case Proto::udplite: return read_udplite(frame, view);
    case Proto::dccp: return read_dccp(frame, view);
    case Proto::sctp: return read_sctp(frame, view);
  }
  return std::unexpected{CGN_VERDICT_PROTOCOL};
}

// What a transport header has at least. A tunnel's is one unit.
std::size_t least_of(Proto proto) {
  switch (proto) {
    case Proto::tcp: return kTcpSize;
    case Proto::dccp: return kDccpSize;
    case Proto::sctp: return kSctpSize;
    case Proto::udp:
    case Proto::udplite: return kUdpSize;
    case Proto::icmp: return kIcmpSize;
  }
  return 0;
}

// RFC 1858, 3128: the cut must not go through the transport header. Those of 8 bytes are one unit.
Checked read_fragment(std::span<const std::byte> frame, View& view) {
  const std::unexpected<Verdict> tiny{CGN_VERDICT_FRAGMENT_TINY};
  if (view.fragment.is_later()) {
    if (view.fragment.offset < least_of(view.proto)) return tiny;
    return {};
  }
  const auto transport = read_transport(frame, view);
  if (!transport && transport.error() == CGN_VERDICT_TRUNCATED) return tiny;
  return transport;
}

}  // namespace

std::expected<View, Verdict> read_header(std::span<const std::byte> frame) {
  View view;
  if (auto link = read_link(frame, view); !link) return std::unexpected{link.error()};
  if (auto ipv4 = read_ipv4(frame, view); !ipv4) return std::unexpected{ipv4.error()};
  return view;
}

std::expected<View, Verdict> read(std::span<const std::byte> frame) {
  auto header = read_header(frame);
  if (!header) return header;
  View view = *header;
  if (auto kind = read_kind(frame, view); !kind) return std::unexpected{kind.error()};
  const auto transport = view.fragment.is_fragment() ? read_fragment(frame, view) : read_transport(frame, view);
  if (!transport) return std::unexpected{transport.error()};
  return view;
}

std::expected<View, Verdict> read_whole(std::span<const std::byte> frame) {
  const auto as_ours = read(frame);
  auto view = read_header(frame);
  if (!view) return view;
  const bool tunnel = tunnel_of(load8(frame, view->l3 + ipv4::kProtocol)).has_value();
  if (!tunnel && (as_ours || as_ours.error() != CGN_VERDICT_PROTOCOL)) return as_ours;
  if (view->fragment.is_fragment() && !fragment_fits(*view)) return truncated();
  if (as_ours) view = as_ours;
  view->opaque = true;
  return view;
}

}  // namespace cgn::packet
