// SPDX-License-Identifier: Apache-2.0
// Reading what an ICMP error quotes. The order of the checks is the contract with bpf/icmp.h:
//
//   checksum of the message -> length of the quote -> path MTU -> quoted header, its checksum -> ends
#include "packet/quote.hpp"

#include "cgn/abi.h"
#include "cgn/tunnel.hpp"
#include "packet/checksum.hpp"
#include "packet/identification.hpp"
#include "packet/view.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

using Checked = std::expected<void, Verdict>;

constexpr std::size_t kQuotedTransport = 8;  // RFC 792: what a quote has at least, beyond the header
constexpr std::uint16_t kSmallestPathMtu = 576;
constexpr std::uint8_t kFragmentationNeeded = 4;

std::unexpected<Verdict> truncated() { return std::unexpected{CGN_VERDICT_TRUNCATED}; }
std::unexpected<Verdict> unmatched() { return std::unexpected{CGN_VERDICT_ICMP_UNMATCHED}; }
std::unexpected<Verdict> damaged() { return std::unexpected{CGN_VERDICT_ICMP_CHECKSUM}; }

bool sum_holds(std::span<const std::byte> bytes) { return sum(bytes) == 0xffff; }

// RFC 1191 section 3 would have 68 bytes; what asks for less than the 576 that every host must take is an attack on the
// connection (RFC 5927). An old router that names no MTU says 0.
bool names_hostile_mtu(std::span<const std::byte> message) {
  if (load8(message, l4::kIcmpType) != kDestinationUnreachable ||
      load8(message, l4::kIcmpCode) != kFragmentationNeeded) {
    return false;
  }
  const auto mtu = load16(message, l4::kIcmpMtu);
  return mtu != 0 && mtu < kSmallestPathMtu;
}

// The bytes of the quote: up to the end of the message, or as many 32-bit words as RFC 4884 says.
std::expected<std::span<const std::byte>, Verdict> quote_of(std::span<const std::byte> message) {
  if (message.size() <= CGN_ICMP_SUMMED && !sum_holds(message)) return damaged();
  auto quote = message.subspan(kIcmpSize);
  const std::size_t told = load8(message, l4::kIcmpQuoteWords) * 4u;
  if (told > quote.size()) return truncated();
  if (told != 0) quote = quote.first(told);
  if (names_hostile_mtu(message)) return unmatched();
  return quote;
}

// Addresses and offset of the transport; the size of the quoted header.
std::expected<std::size_t, Verdict> read_header(std::span<const std::byte> bytes, const View& view, Quote& quote) {
  if (bytes.size() < kIpv4Size) return truncated();
  const auto first = load8(bytes, 0);
  const std::size_t header = (first & 0x0fu) * 4u;
  if (first >> 4 != 4 || header < kIpv4Size || bytes.size() < header) return truncated();
  if (!sum_holds(bytes.first(header))) return damaged();
  quote.source.address = Ipv4::from_host(load32(bytes, ipv4::kSource));
  quote.destination.address = Ipv4::from_host(load32(bytes, ipv4::kDestination));
  // An error goes to the sender of what it quotes; and a later fragment names no port.
  if (quote.source.address != view.destination.address) return unmatched();
  if ((load16(bytes, ipv4::kFragment) & kFragmentOffset) != 0) return unmatched();
  if (bytes.size() < header + kQuotedTransport) return truncated();
  quote.l4 = quote.l3 + header;
  return header;
}

// 0: beyond the quote, none, or none that a translation changes.
std::size_t check_of(std::span<const std::byte> transport, const Quote& quote) {
  switch (quote.proto) {
    case Proto::tcp: return transport.size() >= l4::kTcpCheck + 2 ? quote.l4 + l4::kTcpCheck : 0;
    case Proto::udp:
    case Proto::udplite: return load16(transport, l4::kUdpCheck) != 0 ? quote.l4 + l4::kUdpCheck : 0;
    case Proto::dccp: return quote.l4 + l4::kUdpCheck;
    case Proto::icmp: return quote.l4 + l4::kIcmpCheck;
    case Proto::sctp: return 0;
  }
  return 0;  // not reached: the enum is closed
}

Checked read_ends(std::span<const std::byte> transport, std::uint8_t protocol, Quote& quote) {
  if (const auto tunnel = tunnel_of(protocol)) {
    quote.proto = *tunnel;
    return {};
  }
  const auto proto = proto_of(protocol);
  if (!proto) {
    // Only an address that is translated whole can have sent or received it.
    quote.opaque = true;
    return {};
  }
  quote.proto = *proto;
  if (quote.proto == Proto::icmp) {
    if (!is_icmp_query(load8(transport, l4::kIcmpType))) return unmatched();
    quote.source.port = quote.destination.port = Port{load16(transport, l4::kIcmpIdentifier)};
    quote.check = check_of(transport, quote);
    return {};
  }
  quote.source.port = Port{load16(transport, l4::kSourcePort)};
  quote.destination.port = Port{load16(transport, l4::kDestinationPort)};
  quote.check = check_of(transport, quote);
  return {};
}

// The ICMP message while it is edited: every word that put16() stores is also a change of the message's checksum.
class Message {
 public:
  Message(std::span<std::byte> frame, const View& view)
      : frame_{frame}, at_{view.l4 + l4::kIcmpCheck}, check_{load16(frame, at_)} {}
  void put16(std::size_t at, std::uint16_t value) {
    check_ = update(check_, load16(frame_, at), value);
    store16(frame_, at, value);
  }
  void put32(std::size_t at, std::uint32_t value) {
    put16(at, static_cast<std::uint16_t>(value >> 16));
    put16(at + 2, static_cast<std::uint16_t>(value));
  }
  [[nodiscard]] std::uint16_t get16(std::size_t at) const { return load16(frame_, at); }
  void finish() { store16(frame_, at_, check_); }

 private:
  std::span<std::byte> frame_;
  std::size_t at_;
  std::uint16_t check_;
};

// The two sums inside the quote that an address or a port of it changes.
struct QuotedSums {
  std::uint16_t header;
  std::uint16_t transport;
  bool pseudo_header;  // TCP and UDP sum the addresses too
};

void put_end(Message& message, const Quote& quote, bool source, const Endpoint& before, const Endpoint& after,
             QuotedSums& sums) {
  message.put32(quote.l3 + (source ? ipv4::kSource : ipv4::kDestination), after.address.host());
  sums.header = update32(sums.header, before.address.host(), after.address.host());
  if (sums.pseudo_header) sums.transport = update32(sums.transport, before.address.host(), after.address.host());
  if (quote.opaque || is_tunnel(quote.proto)) return;
  auto at = quote.l4 + (source ? l4::kSourcePort : l4::kDestinationPort);
  if (quote.proto == Proto::icmp) at = quote.l4 + l4::kIcmpIdentifier;
  sums.transport = update(sums.transport, message.get16(at), after.port.value());
  message.put16(at, after.port.value());
}

}  // namespace

bool is_icmp_error(std::uint8_t type) {
  return type == kDestinationUnreachable || type == kTimeExceeded || type == kParameterProblem;
}

bool is_icmp_query(std::uint8_t type) {
  return type == kEchoRequest || type == kEchoReply || type == kTimestampRequest || type == kTimestampReply;
}

std::expected<Quote, Verdict> read_quote(std::span<const std::byte> frame, const View& view) {
  const auto bytes = quote_of(frame.subspan(view.l4, view.end - view.l4));
  if (!bytes) return std::unexpected{bytes.error()};
  Quote quote{.l3 = view.l4 + kIcmpSize};
  const auto header = read_header(*bytes, view, quote);
  if (!header) return std::unexpected{header.error()};
  const auto ends = read_ends(bytes->subspan(*header), load8(*bytes, ipv4::kProtocol), quote);
  if (!ends) return std::unexpected{ends.error()};
  return quote;
}

void translate_quote(std::span<std::byte> frame, const View& view, const QuotedEnds& to) {
  assert(view.quote && view.end <= frame.size());
  const auto& quote = *view.quote;
  const auto header_check = quote.l3 + ipv4::kCheck;
  Message message{frame, view};
  QuotedSums sums{.header = message.get16(header_check),
                  .transport = quote.check != 0 ? message.get16(quote.check) : std::uint16_t{0},
                  .pseudo_header = quote.proto != Proto::icmp};
  // The receiver of the quoted packet first: of the two identifiers of a hairpinned query the sender's must stay,
  // because the error goes to the sender.
  if (to.destination) put_end(message, quote, false, quote.destination, *to.destination, sums);
  if (to.source) put_end(message, quote, true, quote.source, *to.source, sums);
  if (to.source && is_numbered(frame.subspan(quote.l3))) {
    const auto at = quote.l3 + ipv4::kIdentification;
    const auto moved = message.get16(at);
    const auto sent = static_cast<std::uint16_t>(moved - to.identification_offset);
    sums.header = update(sums.header, moved, sent);
    message.put16(at, sent);
  }
  message.put16(header_check, sums.header);
  if (quote.check != 0) {
    // RFC 768: a computed zero was sent as all ones.
    const bool zero_says_none = quote.proto == Proto::udp || quote.proto == Proto::udplite;
    const bool all_ones = zero_says_none && sums.transport == 0;
    message.put16(quote.check, all_ones ? std::uint16_t{0xffff} : sums.transport);
  }
  message.finish();
}

}  // namespace cgn::packet
