// SPDX-License-Identifier: Apache-2.0
// The nouns of the wire as text.
#include "cgn/net.hpp"

#include <fmt/core.h>

#include <charconv>

namespace cgn {
namespace {

// A whole decimal number without sign, blanks or leading zeros ("007" is octal to some readers, so it is nobody's).
std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<Port> parse_port(std::string_view text) {
  const auto value = parse_number(text, 65535);
  if (!value) return std::nullopt;
  return Port{static_cast<std::uint16_t>(*value)};
}

}  // namespace

std::optional<Ipv4> Ipv4::parse(std::string_view text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto dot = text.find('.');
    if ((i < 3) != (dot != std::string_view::npos)) return std::nullopt;
    const auto octet = parse_number(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    value = value << 8 | *octet;
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  return from_host(value);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Ipv4::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return of(*address, 32);
  const auto length = parse_number(text.substr(slash + 1), 32);
  if (!length) return std::nullopt;
  const auto prefix = of(*address, *length);
  if (prefix.address() != *address) return std::nullopt;
  return prefix;
}

std::optional<Proto> proto_of(std::uint8_t number) {
  switch (number) {
    case IPPROTO_ICMP: return Proto::icmp;
    case IPPROTO_TCP: return Proto::tcp;
    case IPPROTO_UDP: return Proto::udp;
    case IPPROTO_DCCP: return Proto::dccp;
    case IPPROTO_SCTP: return Proto::sctp;
    case IPPROTO_UDPLITE: return Proto::udplite;
    default: return std::nullopt;
  }
}

std::optional<Proto> parse_proto(std::string_view text) {
  for (const auto proto : kProtos) {
    if (to_string(proto) == text) return proto;
  }
  return std::nullopt;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = Ipv4::parse(text.substr(0, colon));
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<PortRange> parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

std::string to_string(Ipv4 a) {
  const auto v = a.host();
  return fmt::format("{}.{}.{}.{}", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
}

std::string to_string(const Prefix& p) {
  return p.length() == 32 ? to_string(p.address()) : fmt::format("{}/{}", to_string(p.address()), p.length());
}

std::string to_string(Port p) { return fmt::format("{}", p.value()); }

std::string to_string(const PortRange& r) { return fmt::format("{}-{}", r.first.value(), r.last.value()); }

std::string to_string(Proto p) {
  switch (p) {
    case Proto::icmp: return "icmp";
    case Proto::tcp: return "tcp";
    case Proto::udp: return "udp";
    case Proto::dccp: return "dccp";
    case Proto::sctp: return "sctp";
    case Proto::udplite: return "udplite";
  }
  return "?";
}

std::string to_string(const Endpoint& e) { return fmt::format("{}:{}", to_string(e.address), e.port.value()); }

std::string to_string(const Mac& m) {
  const auto& b = m.bytes;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

}  // namespace cgn
