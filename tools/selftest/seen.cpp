// SPDX-License-Identifier: Apache-2.0
// Decoding, slow and plain.
#include "seen.hpp"

#include <fmt/format.h>

#include "checksum.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kLinkHeader = 14;

unsigned at8(const Bytes& b, std::size_t at) { return at < b.size() ? std::to_integer<unsigned>(b[at]) : 0; }
std::uint16_t at16(const Bytes& b, std::size_t at) {
  return static_cast<std::uint16_t>(at8(b, at) << 8 | at8(b, at + 1));
}
std::uint32_t at32(const Bytes& b, std::size_t at) { return std::uint32_t{at16(b, at)} << 16 | at16(b, at + 2); }
Bytes from(const Bytes& b, std::size_t at) {
  return at >= b.size() ? Bytes{} : Bytes{b.begin() + static_cast<std::ptrdiff_t>(at), b.end()};
}

bool is_request(std::uint8_t type) { return type == 8 || type == 13; }
bool is_reply(std::uint8_t type) { return type == 0 || type == 14; }

// Bytes; `offset` is DCCP's.
std::size_t header_of(std::uint8_t protocol, unsigned offset) {
  if (protocol == IPPROTO_DCCP) return std::size_t{offset} * 4;
  return protocol == IPPROTO_SCTP ? 12 : 8;
}

// Of UDP-Lite the pseudo-header counts all of the segment, and the sum goes as far as the header says.
Bytes covered(const Seen& s, const Bytes& segment) {
  auto bytes = with_pseudo_header(s.source, s.destination, s.protocol, segment);
  const std::size_t coverage = s.protocol == IPPROTO_UDPLITE ? at16(segment, 4) : 0;
  if (coverage != 0 && coverage < segment.size()) bytes.resize(bytes.size() - segment.size() + coverage);
  return bytes;
}

// Ports, flags and payload of the transport that begins at `at`.
void read_transport(Seen& s, std::size_t at) {
  const auto& p = s.packet;
  switch (s.protocol) {
    case IPPROTO_UDP:
      s.source_port = at16(p, at);
      s.destination_port = at16(p, at + 2);
      s.transport_checksum = at16(p, at + 6);
      s.payload = from(p, at + 8);
      break;
    case IPPROTO_TCP:
      s.source_port = at16(p, at);
      s.destination_port = at16(p, at + 2);
      s.sequence = at32(p, at + 4);
      s.acknowledgement = at32(p, at + 8);
      s.flags = static_cast<std::uint8_t>(at8(p, at + 13));
      s.transport_checksum = at16(p, at + 16);
      s.payload = from(p, at + (at8(p, at + 12) >> 4) * 4);
      break;
    case IPPROTO_UDPLITE:
    case IPPROTO_DCCP:
    case IPPROTO_SCTP:
      s.source_port = at16(p, at);
      s.destination_port = at16(p, at + 2);
      if (s.protocol != IPPROTO_SCTP) s.transport_checksum = at16(p, at + 6);
      s.payload = from(p, at + header_of(s.protocol, at8(p, at + 4)));
      break;
    case IPPROTO_ICMP:
      s.icmp_type = static_cast<std::uint8_t>(at8(p, at));
      s.icmp_code = static_cast<std::uint8_t>(at8(p, at + 1));
      s.transport_checksum = at16(p, at + 2);
      s.icmp_second_word = at32(p, at + 4);
      if (is_request(s.icmp_type)) s.source_port = at16(p, at + 4);
      if (is_reply(s.icmp_type)) s.destination_port = at16(p, at + 4);
      s.payload = from(p, at + 8);
      break;
    default: s.payload = from(p, at);
  }
}

void judge_checksums(Seen& s) {
  const Bytes header{s.packet.begin(), s.packet.begin() + static_cast<std::ptrdiff_t>(s.header_size)};
  s.header_checksum_right = sums_to_zero(header);
  const bool unsummed = s.protocol == IPPROTO_UDP && s.transport_checksum == 0;
  // Of SCTP's nothing may change at all, which translation.cpp sees.
  const bool judged = s.protocol == IPPROTO_UDP || s.protocol == IPPROTO_TCP || s.protocol == IPPROTO_ICMP ||
                      s.protocol == IPPROTO_UDPLITE || s.protocol == IPPROTO_DCCP;
  const auto segment = from(s.packet, s.header_size);
  s.transport_checksum_right = unsummed || !judged || s.is_fragment() || sums_to_zero(covered(s, segment));
}

// packet: from the IPv4 header on; whole unless it is a quote.
std::optional<Seen> read_packet(Bytes packet) {
  if (packet.size() < 20 || at8(packet, 0) >> 4 != 4) return std::nullopt;
  Seen s;
  s.header_size = (at8(packet, 0) & 0xf) * 4;
  if (s.header_size < 20 || s.header_size > packet.size()) return std::nullopt;
  s.packet = std::move(packet);
  const auto& p = s.packet;
  s.tos = static_cast<std::uint8_t>(at8(p, 1));
  s.identification = at16(p, 4);
  s.dont_fragment = (at8(p, 6) & 0x40) != 0;
  s.more_fragments = (at8(p, 6) & 0x20) != 0;
  s.fragment_offset = (at16(p, 6) & 0x1fffu) * 8;
  s.ttl = static_cast<std::uint8_t>(at8(p, 8));
  s.protocol = static_cast<std::uint8_t>(at8(p, 9));
  s.source = Ipv4::from_host(at32(p, 12));
  s.destination = Ipv4::from_host(at32(p, 16));
  if (s.fragment_offset == 0) {
    read_transport(s, s.header_size);
  } else {
    s.payload = from(p, s.header_size);
  }
  judge_checksums(s);
  return s;
}

Mac mac_at(const Bytes& frame, std::size_t at) {
  Mac mac;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) mac.bytes[i] = static_cast<std::uint8_t>(at8(frame, at + i));
  return mac;
}

std::string kind_of(const Seen& s) {
  switch (s.protocol) {
    case IPPROTO_UDP: return "udp";
    case IPPROTO_UDPLITE: return "udplite";
    case IPPROTO_DCCP: return "dccp";
    case IPPROTO_SCTP: return "sctp";
    case IPPROTO_TCP: return fmt::format("tcp(flags {:#04x}, seq {})", s.flags, s.sequence);
    case IPPROTO_ICMP: return fmt::format("icmp({}/{})", s.icmp_type, s.icmp_code);
    default: return fmt::format("protocol {}", s.protocol);
  }
}

}  // namespace

bool Seen::is_icmp_error() const {
  return protocol == IPPROTO_ICMP && fragment_offset == 0 &&
         (icmp_type == 3 || icmp_type == 4 || icmp_type == 5 || icmp_type == 11 || icmp_type == 12);
}

std::optional<Seen> decode(const Bytes& frame, Side side) {
  if (frame.size() < kLinkHeader + 20 || at16(frame, 12) != 0x0800) return std::nullopt;
  auto packet = from(frame, kLinkHeader);
  const std::size_t length = at16(packet, 2);
  if (length < 20 || length > packet.size()) return std::nullopt;
  packet.resize(length);  // what follows is Ethernet's padding
  auto seen = read_packet(std::move(packet));
  if (!seen) return std::nullopt;
  seen->frame = frame;
  seen->side = side;
  seen->destination_mac = mac_at(frame, 0);
  seen->source_mac = mac_at(frame, 6);
  return seen;
}

std::optional<Seen> quoted(const Seen& icmp_error) {
  if (!icmp_error.is_icmp_error()) return std::nullopt;
  return read_packet(icmp_error.payload);
}

std::string fingerprint(const Seen& s) {
  std::string print = fmt::format("{}/{}/", s.protocol, s.fragment_offset);
  if (s.protocol == IPPROTO_TCP) print += fmt::format("{}/{}/", s.flags, s.sequence);
  if (s.protocol == IPPROTO_ICMP) print += fmt::format("{}/{}/", s.icmp_type, s.icmp_code);
  if (s.is_icmp_error()) return print;  // its payload is a quote, which translation changes
  return print + std::string{reinterpret_cast<const char*>(s.payload.data()), s.payload.size()};
}

std::string describe(const Seen& s) {
  auto text = fmt::format("{} {} > {}, ttl {}", kind_of(s), to_string(s.from()), to_string(s.to()), s.ttl);
  if (s.is_fragment()) text += fmt::format(", fragment {}+{}", s.fragment_offset, s.payload.size());
  if (!s.header_checksum_right) text += ", wrong header checksum";
  if (!s.transport_checksum_right) text += ", wrong transport checksum";
  if (const auto quote = quoted(s)) text += " [" + describe(*quote) + "]";
  return text;
}

}  // namespace cgn::selftest
