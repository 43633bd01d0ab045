// SPDX-License-Identifier: Apache-2.0
// Editing frames: find the header, write the bytes, sum anew.
#include "craft.hpp"

#include "checksum.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kIp = 14;  // the IPv4 header in an untagged frame

unsigned at8(const Bytes& b, std::size_t at) { return std::to_integer<unsigned>(b.at(at)); }
std::size_t transport_of(const Bytes& frame) { return kIp + (at8(frame, kIp) & 0xf) * 4; }

void put(Bytes& frame, std::size_t at, std::uint32_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) frame.at(at + i) = static_cast<std::byte>(value >> (8 * (size - 1 - i)) & 0xff);
}
void put(Bytes& frame, std::size_t at, const Bytes& bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) frame.at(at + i) = bytes[i];
}
Ipv4 address_at(const Bytes& frame, std::size_t at) {
  return Ipv4::from_host(at8(frame, at) << 24 | at8(frame, at + 1) << 16 | at8(frame, at + 2) << 8 |
                         at8(frame, at + 3));
}

}  // namespace

Bytes header_checksum(Bytes frame) {
  put(frame, kIp + 10, 0, 2);
  put(frame, kIp + 10, internet_checksum(slice(frame, kIp, transport_of(frame) - kIp)), 2);
  return frame;
}

Bytes checksums(Bytes frame) {
  frame = header_checksum(std::move(frame));
  const auto transport = transport_of(frame);
  const auto protocol = static_cast<std::uint8_t>(at8(frame, kIp + 9));
  const std::size_t field = protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
  put(frame, transport + field, 0, 2);
  const std::size_t end = kIp + (at8(frame, kIp + 2) << 8 | at8(frame, kIp + 3));
  const auto segment = slice(frame, transport, end - transport);
  const auto covered = with_pseudo_header(address_at(frame, kIp + 12), address_at(frame, kIp + 16), protocol, segment);
  put(frame, transport + field, internet_checksum(covered), 2);
  return frame;
}

Bytes with_numbers(Bytes frame, const Numbers& numbers) {
  const auto tcp = transport_of(frame);
  put(frame, tcp + 4, numbers.sequence, 4);
  put(frame, tcp + 8, numbers.acknowledgement, 4);
  put(frame, tcp + 14, numbers.window, 2);
  return checksums(std::move(frame));
}

Bytes with_tcp_options(Bytes frame, const Bytes& options) {
  put(frame, transport_of(frame) + 20, options);
  return checksums(std::move(frame));
}

Bytes with_ip_options(Bytes frame, const Bytes& options) {
  put(frame, kIp + 20, options);
  return checksums(std::move(frame));
}

Bytes with_icmp_second_word(Bytes frame, std::uint32_t word) {
  put(frame, transport_of(frame) + 4, word, 4);
  return checksums(std::move(frame));
}

Bytes bytes_of(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const auto value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

Bytes text(std::string_view characters) {
  Bytes out;
  for (const char c : characters) out.push_back(static_cast<std::byte>(c));
  return out;
}

Bytes pattern(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::byte>(i * 7 + 3));
  return out;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t size) {
  from = std::min(from, bytes.size());
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(size, bytes.size() - from))};
}

}  // namespace cgn::selftest
