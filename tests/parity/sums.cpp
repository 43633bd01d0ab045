// SPDX-License-Identifier: Apache-2.0
#include "parity/sums.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cgn::parity {
namespace {

constexpr std::uint32_t kModulus = 65535;
constexpr unsigned kIcmp = 1, kTcp = 6, kUdp = 17, kDccp = 33, kUdpLite = 136;  // SCTP has no sum that may change

bool knows_two_zeros(unsigned protocol) { return protocol == kUdp || protocol == kUdpLite; }

struct Packet {
  Ipv4Header ip;
  Frame frame;
  [[nodiscard]] Frame header() const { return frame.subspan(ip.at, ip.size); }
  [[nodiscard]] Frame segment() const { return frame.subspan(ip.transport(), ip.transport_length()); }
};

std::optional<Packet> packet_of(Frame frame) {
  const auto link = read_link_header(frame);
  if (!link) return std::nullopt;
  const auto ip = read_ipv4_header(frame, link->size);
  if (!ip) return std::nullopt;
  return Packet{*ip, frame};
}

std::optional<std::size_t> check_of(unsigned protocol) {
  switch (protocol) {
    case kIcmp: return 2;
    case kTcp: return 16;
    case kUdp:
    case kDccp:
    case kUdpLite: return 6;
    default: return std::nullopt;
  }
}

std::uint32_t transport_remainder(const Packet& p) {
  std::uint32_t pseudo = 0;
  if (p.ip.protocol != kIcmp) {
    pseudo = p.ip.protocol + static_cast<std::uint32_t>(p.ip.transport_length());
    pseudo = remainder_of(p.frame.subspan(p.ip.at + 12, 8), pseudo);
  }
  return remainder_of(p.segment(), pseudo);
}

std::optional<std::string> fault_of_transport(const Packet& before, const Packet& after) {
  if (after.ip.fragment_offset != 0) {  // of a whole address: no header in it, and nothing of it changes
    if (std::ranges::equal(before.segment(), after.segment())) return std::nullopt;
    return "the data of a later fragment have changed";
  }
  const auto at = check_of(after.ip.protocol);
  if (!at || after.ip.transport_length() < *at + 2) return std::nullopt;
  const auto was = word_at(before.segment(), *at), is = word_at(after.segment(), *at);
  if (knows_two_zeros(after.ip.protocol) && was == 0) {
    if (is != 0) return fmt::format("a UDP checksum of none became {:#06x}", is);
    return std::nullopt;
  }
  if (knows_two_zeros(after.ip.protocol) && is == 0) return "a UDP checksum became none";
  const auto from = transport_remainder(before), to = transport_remainder(after);
  if (from == to) return std::nullopt;
  return fmt::format("the transport's sum moved from {} to {} (modulo 65535)", from, to);
}

// The packet that an ICMP error quotes, as far as it is quoted.
struct Quoted {
  std::size_t header = 0, transport = 0, end = 0;  // offsets in the message
  unsigned protocol = 0;
};

std::optional<Quoted> quoted_in(const Packet& p) {
  const auto message = p.segment();
  if (p.ip.protocol != kIcmp || message.size() < 28) return std::nullopt;
  const auto type = byte_at(message, 0);
  if (type != 3 && type != 11 && type != 12) return std::nullopt;
  Quoted q{.header = 8, .transport = 8 + byte_at(message, 8) % 16 * 4, .end = message.size()};
  if (const auto words = byte_at(message, 5); words != 0) q.end = std::min<std::size_t>(q.end, 8 + 4 * words);
  q.protocol = byte_at(message, q.header + 9);
  if (q.end < q.transport + 8) return std::nullopt;
  return q;
}

std::optional<std::string> fault_of_quoted_transport(Frame before, Frame after, const Quoted& q) {
  const auto at = check_of(q.protocol);
  const auto check = q.transport + at.value_or(0);
  if (!at || check + 2 > q.end) return std::nullopt;
  const auto was = word_at(before, check), is = word_at(after, check);
  if (knows_two_zeros(q.protocol) && (was == 0 || is == 0)) {
    if (was == is) return std::nullopt;
    return fmt::format("a quoted UDP checksum of {:#06x} became {:#06x}", was, is);
  }
  const auto sum = [&](Frame message) {
    const auto pseudo = q.protocol == kIcmp ? 0 : remainder_of(message.subspan(q.header + 12, 8));
    return remainder_of(message.subspan(q.transport, q.end - q.transport), pseudo);
  };
  if (sum(before) == sum(after)) return std::nullopt;
  return fmt::format("the quoted transport's sum moved from {} to {} (modulo 65535)", sum(before), sum(after));
}

// The quote's own sums, and that nothing behind it changed.
std::optional<std::string> fault_of_quote(const Packet& before, const Packet& after) {
  const auto q = quoted_in(before);
  if (!q) return std::nullopt;
  const auto in = before.segment(), out = after.segment();
  const auto size = q->transport - q->header;
  if (remainder_of(in.subspan(q->header, size)) != remainder_of(out.subspan(q->header, size))) {
    return "the quoted header's sum has moved";
  }
  if (!std::ranges::equal(in.subspan(q->end), out.subspan(q->end))) return "what follows the quote has changed";
  return fault_of_quoted_transport(in, out, *q);
}

}  // namespace

std::uint32_t remainder_of(Frame bytes, std::uint32_t start) {
  std::uint64_t total = start;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) total += word_at(bytes, i);
  if (i < bytes.size()) total += byte_at(bytes, i) * 256;  // RFC 1071: padded with a zero byte
  return static_cast<std::uint32_t>(total % kModulus);
}

std::optional<std::string> fault_of_sums(Frame before, Frame after) {
  const auto in = packet_of(before), out = packet_of(after);
  if (!in || !out) return "a translated frame is no IPv4 packet";
  const auto from = remainder_of(in->header()), to = remainder_of(out->header());
  if (from != to) return fmt::format("the IPv4 header's sum moved from {} to {} (modulo 65535)", from, to);
  if (const auto fault = fault_of_transport(*in, *out)) return fault;
  return out->ip.is_fragment() ? std::nullopt : fault_of_quote(*in, *out);
}

void set_ipv4_check(std::span<std::byte> frame, std::size_t at) {
  const auto size = byte_at(frame, at) % 16 * 4;
  if (frame.size() < at + 20 || frame.size() < at + size) return;
  frame[at + 10] = frame[at + 11] = std::byte{0};
  const auto check = kModulus - remainder_of(frame.subspan(at, size));  // 65535 for a remainder of 0: also right
  frame[at + 10] = static_cast<std::byte>(check / 256);
  frame[at + 11] = static_cast<std::byte>(check % 256);
}

}  // namespace cgn::parity
