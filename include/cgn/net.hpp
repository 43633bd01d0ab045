// SPDX-License-Identifier: Apache-2.0
// The nouns of the wire as types: addresses, prefixes, ports, endpoints, MACs.
//
// What        Host order inside; .net() and from_net() are the only place where byte order is swapped (abi.h structs and
//             packet/ hold wire order). Values, ordered, hashable, printed by to_string().
// Failure     parse functions return nullopt on anything that is not exactly the noun; they accept no blanks.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cgn/abi.h"

namespace cgn {

class Ipv4 {
 public:
  constexpr Ipv4() = default;
  [[nodiscard]] static constexpr Ipv4 from_host(std::uint32_t value) { return Ipv4{value}; }
  [[nodiscard]] static Ipv4 from_net(__be32 value) { return Ipv4{ntohl(value)}; }
  [[nodiscard]] static std::optional<Ipv4> parse(std::string_view text);

  [[nodiscard]] constexpr std::uint32_t host() const { return value_; }
  [[nodiscard]] __be32 net() const { return htonl(value_); }
  [[nodiscard]] constexpr bool is_zero() const { return value_ == 0; }
  friend constexpr auto operator<=>(Ipv4, Ipv4) = default;

 private:
  explicit constexpr Ipv4(std::uint32_t value) : value_{value} {}
  std::uint32_t value_ = 0;
};

// Invariant: host bits are zero.
class Prefix {
 public:
  constexpr Prefix() = default;
  // Host bits are cleared.
  [[nodiscard]] static constexpr Prefix of(Ipv4 address, unsigned length) {
    return Prefix{Ipv4::from_host(address.host() & mask(length)), length};
  }
  // "203.0.113.0/24" or "203.0.113.7" (= /32). Host bits that are set are refused.
  [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);

  [[nodiscard]] constexpr Ipv4 address() const { return address_; }
  [[nodiscard]] constexpr unsigned length() const { return length_; }
  [[nodiscard]] constexpr std::uint64_t size() const { return std::uint64_t{1} << (32 - length_); }
  [[nodiscard]] constexpr Ipv4 first() const { return address_; }
  [[nodiscard]] constexpr Ipv4 last() const { return Ipv4::from_host(address_.host() | ~mask(length_)); }
  [[nodiscard]] constexpr bool contains(Ipv4 a) const { return (a.host() & mask(length_)) == address_.host(); }
  [[nodiscard]] constexpr bool contains(const Prefix& p) const { return p.length_ >= length_ && contains(p.address_); }
  [[nodiscard]] constexpr bool overlaps(const Prefix& p) const { return contains(p) || p.contains(*this); }
  friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  constexpr Prefix(Ipv4 address, unsigned length) : address_{address}, length_{length} {}
  [[nodiscard]] static constexpr std::uint32_t mask(unsigned length) {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  }
  Ipv4 address_{};
  unsigned length_ = 0;
};

// A transport port, or the identifier of an ICMP echo.
class Port {
 public:
  constexpr Port() = default;
  explicit constexpr Port(std::uint16_t value) : value_{value} {}
  [[nodiscard]] static Port from_net(__be16 value) { return Port{ntohs(value)}; }
  [[nodiscard]] constexpr std::uint16_t value() const { return value_; }
  [[nodiscard]] __be16 net() const { return htons(value_); }
  friend constexpr auto operator<=>(Port, Port) = default;

 private:
  std::uint16_t value_ = 0;
};

// Both ends included. Invariant: first <= last.
struct PortRange {
  Port first{};
  Port last{};
  [[nodiscard]] constexpr unsigned count() const { return unsigned{last.value()} - first.value() + 1u; }
  [[nodiscard]] constexpr bool contains(Port p) const { return first <= p && p <= last; }
  [[nodiscard]] constexpr bool overlaps(const PortRange& r) const { return first <= r.last && r.first <= last; }
  friend constexpr auto operator<=>(const PortRange&, const PortRange&) = default;
};

// What has ports, or an identifier that does what a port does.
enum class Proto : std::uint8_t {
  icmp = IPPROTO_ICMP,
  tcp = IPPROTO_TCP,
  udp = IPPROTO_UDP,
  dccp = IPPROTO_DCCP,
  sctp = IPPROTO_SCTP,
  udplite = IPPROTO_UDPLITE,
};

inline constexpr std::array kProtos{Proto::tcp, Proto::udp, Proto::icmp, Proto::udplite, Proto::dccp, Proto::sctp};
[[nodiscard]] std::optional<Proto> proto_of(std::uint8_t number);
// "tcp", "udp", "icmp", "udplite", "dccp", "sctp"
[[nodiscard]] std::optional<Proto> parse_proto(std::string_view text);

// Address and port of one end; which realm it is in, the context says.
struct Endpoint {
  Ipv4 address{};
  Port port{};
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  friend constexpr auto operator<=>(const Mac&, const Mac&) = default;
};

[[nodiscard]] std::string to_string(Ipv4);
[[nodiscard]] std::string to_string(const Prefix&);
[[nodiscard]] std::string to_string(Port);
[[nodiscard]] std::string to_string(const PortRange&);  // "12800-13311"
[[nodiscard]] std::string to_string(Proto);
[[nodiscard]] std::string to_string(const Endpoint&);  // "203.0.113.10:13000"
[[nodiscard]] std::string to_string(const Mac&);
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);     // "203.0.113.10:13000"
[[nodiscard]] std::optional<PortRange> parse_port_range(std::string_view text);  // "1024-65535" or "1024"

}  // namespace cgn

template <>
struct std::hash<cgn::Ipv4> {
  std::size_t operator()(cgn::Ipv4 a) const noexcept { return std::hash<std::uint32_t>{}(a.host()); }
};
