// SPDX-License-Identifier: Apache-2.0
// Translating a frame in place. Every changed word goes through replace16() or replace32(), which hand the change to
// the checksums that cover it, so that no field can be edited and its sum forgotten.
#include "packet/rewrite.hpp"

#include <algorithm>
#include <cassert>

#include "cgn/tunnel.hpp"
#include "packet/checksum.hpp"
#include "packet/identification.hpp"
#include "packet/tcp_options.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

// A checksum on its way: loaded once, updated by every change, stored once.
class Check {
 public:
  Check(std::span<std::byte> frame, std::size_t at, bool used) : frame_{frame}, at_{at}, used_{used} {
    if (used_) value_ = load16(frame_, at_);
  }
  void change16(std::uint16_t before, std::uint16_t after) { value_ = update(value_, before, after); }
  void change32(std::uint32_t before, std::uint32_t after) { value_ = update32(value_, before, after); }
  void store(std::uint16_t instead_of_zero = 0) {
    if (used_) store16(frame_, at_, value_ == 0 ? instead_of_zero : value_);
  }

 private:
  std::span<std::byte> frame_;
  std::size_t at_;
  bool used_;
  std::uint16_t value_ = 0;
};

std::size_t check_offset(const View& view) {
  switch (view.proto) {
    case Proto::tcp: return view.l4 + l4::kTcpCheck;
    case Proto::udp:
    case Proto::udplite:
    case Proto::dccp: return view.l4 + l4::kUdpCheck;
    case Proto::sctp: return view.l4;  // has no sum that a translation changes
    case Proto::icmp: return view.l4 + l4::kIcmpCheck;
  }
  return view.l4;
}

bool zero_says_none(Proto proto) { return proto == Proto::udp || proto == Proto::udplite; }

void replace16(std::span<std::byte> frame, std::size_t at, std::uint16_t after, Check& check) {
  check.change16(load16(frame, at), after);
  store16(frame, at, after);
}

struct Sums {
  Check ip;
  Check transport;
  bool transport_covers_addresses;  // the pseudo-header; ICMP and SCTP have none
};

// A later fragment has no transport header, and neither what is opaque nor a tunnel has ports. SCTP's checksum covers its
// ports, which therefore are never written: each is mapped to itself.
bool has_ports(const View& view) {
  return !view.fragment.is_later() && !view.opaque && !is_tunnel(view.proto) && view.proto != Proto::sctp;
}

Sums sums_of(std::span<std::byte> frame, const View& view) {
  const auto at = check_offset(view);
  const bool ported = has_ports(view);
  // RFC 768: a UDP checksum of zero says that the sender made none; there is nothing to keep right then. UDP-Lite knows
  // no such thing, and what came wrong stays wrong.
  const bool summed = ported && (!zero_says_none(view.proto) || load16(frame, at) != 0);
  return {.ip = Check{frame, view.l3 + ipv4::kCheck, true},
          .transport = Check{frame, at, summed},
          .transport_covers_addresses = ported && view.proto != Proto::icmp};
}

void replace_address(std::span<std::byte> frame, std::size_t at, Ipv4 after, Sums& sums) {
  const auto before = load32(frame, at);
  sums.ip.change32(before, after.host());
  if (sums.transport_covers_addresses) sums.transport.change32(before, after.host());
  store32(frame, at, after.host());
}

void decrement_ttl(std::span<std::byte> frame, const View& view, Check& ip) {
  const auto at = view.l3 + ipv4::kTtl;
  const auto before = load16(frame, at);  // with the protocol: the sum runs over whole words
  ip.change16(before, static_cast<std::uint16_t>(before - 0x100));
  store16(frame, at, static_cast<std::uint16_t>(before - 0x100));
}

// The sum runs over words from the TCP header's beginning on. An option may stand at an odd place, and its value then
// reaches into two of them; with the bytes exchanged it changes the sum as those two do.
void clamp_mss(std::span<std::byte> frame, const View& view, std::uint16_t most, Check& check) {
  if (most == 0 || view.proto != Proto::tcp || !view.syn) return;
  const auto options = tcp_options(frame, view);
  if (options.mss_at == 0 || options.mss <= most) return;
  const auto swapped = [](std::uint16_t v) { return static_cast<std::uint16_t>(v << 8 | v >> 8); };
  if ((options.mss_at - view.l4) % 2 == 0) {
    check.change16(options.mss, most);
  } else {
    check.change16(swapped(options.mss), swapped(most));
  }
  store16(frame, options.mss_at, most);
}

// The error's own header has addresses and TTL only; everything in its message is quote.cpp's.
void translate_error(std::span<std::byte> frame, const View& view, const Translation& to) {
  Sums sums{.ip = Check{frame, view.l3 + ipv4::kCheck, true},
            .transport = Check{frame, 0, false},
            .transport_covers_addresses = false};
  if (to.source) replace_address(frame, view.l3 + ipv4::kSource, to.source->address, sums);
  if (to.destination) replace_address(frame, view.l3 + ipv4::kDestination, to.destination->address, sums);
  decrement_ttl(frame, view, sums.ip);
  sums.ip.store();
  translate_quote(
      frame, view,
      {.source = to.destination, .destination = to.source, .identification_offset = to.identification_offset});
}

void store_mac(std::span<std::byte> frame, std::size_t at, const Mac& mac) {
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) store8(frame, at + i, mac.bytes[i]);
}

void store_tag(std::span<std::byte> frame, std::size_t at, std::uint16_t tpid, std::uint16_t vid) {
  store16(frame, at, tpid);
  store16(frame, at + 2, vid & 0x0fff);
}

}  // namespace

void translate(std::span<std::byte> frame, const View& view, const Translation& to) {
  assert(view.end <= frame.size() && view.ttl > 1 && load8(frame, view.l3 + ipv4::kTtl) == view.ttl);
  if (view.quote) return translate_error(frame, view, to);
  auto sums = sums_of(frame, view);
  const bool is_icmp = view.proto == Proto::icmp;
  const bool ported = has_ports(view);
  if (to.source) {
    replace_address(frame, view.l3 + ipv4::kSource, to.source->address, sums);
    const auto at = view.l4 + (is_icmp ? l4::kIcmpIdentifier : l4::kSourcePort);
    if (ported) replace16(frame, at, to.source->port.value(), sums.transport);
  }
  // After the source, so that of the two identifiers of a hairpinned echo the receiver's stays: it is the one that the
  // receiver's reply will show.
  if (to.destination) {
    replace_address(frame, view.l3 + ipv4::kDestination, to.destination->address, sums);
    const auto at = view.l4 + (is_icmp ? l4::kIcmpIdentifier : l4::kDestinationPort);
    if (ported) replace16(frame, at, to.destination->port.value(), sums.transport);
    if (view.call != 0 && to.destination->port != Port{})  // no sum covers it
      store16(frame, view.l4 + l4::kGreCall, to.destination->port.value());
  }
  clamp_mss(frame, view, to.mss_clamp, sums.transport);
  if (to.identification) replace16(frame, view.l3 + ipv4::kIdentification, *to.identification, sums.ip);
  decrement_ttl(frame, view, sums.ip);
  if (is_numbered(frame.subspan(view.l3))) {
    const auto at = view.l3 + ipv4::kIdentification;
    replace16(frame, at, static_cast<std::uint16_t>(load16(frame, at) + to.identification_offset), sums.ip);
  }
  sums.ip.store();
  // RFC 768: a computed zero is sent as all ones, the other zero of ones' complement.
  sums.transport.store(zero_says_none(view.proto) ? 0xffff : 0);
}

void pass(std::span<std::byte> frame, const View& view) {
  assert(view.end <= frame.size() && view.ttl > 1);
  Check ip{frame, view.l3 + ipv4::kCheck, true};
  decrement_ttl(frame, view, ip);
  ip.store();
}

std::vector<std::byte> with_link_header(std::span<const std::byte> frame, const View& view, const LinkHeader& link) {
  assert(view.end <= frame.size() && view.l3 < view.end && link.tag_count <= 2);
  const auto header = kEthernetSize + link.tag_count * kTagSize;
  const auto packet = frame.subspan(view.l3, view.end - view.l3);
  std::vector<std::byte> out(std::max(header + packet.size(), kMinimumFrameSize));
  store_mac(out, 0, link.destination);
  store_mac(out, 6, link.source);
  std::size_t at = 12;
  if (link.tag_count >= 1) {
    store_tag(out, at, link.outer_tpid, link.outer_vid);
    at += kTagSize;
  }
  if (link.tag_count == 2) {
    store_tag(out, at, kTypeTag, link.inner_vid);
    at += kTagSize;
  }
  store16(out, at, kTypeIpv4);
  std::copy(packet.begin(), packet.end(), out.begin() + static_cast<std::ptrdiff_t>(header));
  return out;
}

}  // namespace cgn::packet
