// SPDX-License-Identifier: Apache-2.0
// Cutting, by the example procedure of RFC 791 section 3.2.
#include "packet/fragmenting.hpp"

#include <algorithm>
#include <cassert>

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

constexpr std::size_t kUnit = 8;
constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kCopied = 0x80;

// The length of the option at `at`; 0 = the list ends here, also where a length lies.
std::size_t option_length(std::span<const std::byte> options, std::size_t at) {
  const auto type = load8(options, at);
  if (type == kEndOfOptions) return 0;
  if (type == kNoOperation) return 1;
  if (at + 1 >= options.size()) return 0;
  const std::size_t length = load8(options, at + 1);
  return length >= 2 && at + length <= options.size() ? length : 0;
}

// The header for every fragment but the first: the same, with those options alone that say so.
std::vector<std::byte> header_of_later(std::span<const std::byte> header) {
  std::vector<std::byte> later(header.begin(), header.begin() + kIpv4Size);
  const auto options = header.subspan(kIpv4Size);
  for (std::size_t at = 0; at < options.size();) {
    const auto length = option_length(options, at);
    if (length == 0) break;
    const auto option = options.subspan(at, length);
    if ((load8(options, at) & kCopied) != 0) later.insert(later.end(), option.begin(), option.end());
    at += length;
  }
  later.resize((later.size() + 3) / 4 * 4);  // end-of-options, which is zero
  store8(later, 0, static_cast<std::uint8_t>(0x40 | later.size() / 4));
  return later;
}

// What one fragment is, apart from the packet it is cut from.
struct Piece {
  std::span<const std::byte> link;
  std::span<const std::byte> header;
  std::span<const std::byte> data;
  std::uint16_t flags_and_offset = 0;
};

std::vector<std::byte> build(const Piece& piece) {
  const auto length = piece.header.size() + piece.data.size();
  std::vector<std::byte> out;
  out.reserve(std::max(piece.link.size() + length, kMinimumFrameSize));
  for (const auto part : {piece.link, piece.header, piece.data}) out.insert(out.end(), part.begin(), part.end());
  const auto header = std::span{out}.subspan(piece.link.size(), piece.header.size());
  store16(header, ipv4::kLength, static_cast<std::uint16_t>(length));
  store16(header, ipv4::kFragment, piece.flags_and_offset);
  store16(header, ipv4::kCheck, 0);
  store16(header, ipv4::kCheck, checksum(header));
  out.resize(std::max(out.size(), kMinimumFrameSize));
  return out;
}

}  // namespace

std::vector<std::vector<std::byte>> fragments(std::span<const std::byte> frame, std::size_t l3, std::size_t mtu) {
  const std::size_t header_size = (load8(frame, l3) & 0x0fu) * 4u;
  const std::size_t length = load16(frame, l3 + ipv4::kLength);
  assert(header_size >= kIpv4Size && header_size <= length && l3 + length <= frame.size());
  const auto word = load16(frame, l3 + ipv4::kFragment);
  assert((word & kDontFragment) == 0);
  const auto first = frame.subspan(l3, header_size);
  const auto data = frame.subspan(l3 + header_size, length - header_size);
  const auto later = header_of_later(first);
  if (mtu < header_size + kUnit) return {};

  std::vector<std::vector<std::byte>> cut;
  for (std::size_t at = 0; at < data.size();) {
    const auto header = at == 0 ? first : std::span<const std::byte>{later};
    const auto room = (mtu - header.size()) / kUnit * kUnit;
    const bool last = data.size() - at <= mtu - header.size();
    const auto size = last ? data.size() - at : room;
    const auto offset = (word & kFragmentOffset) + at / kUnit;
    const auto more = last ? word & kMoreFragments : kMoreFragments;
    cut.push_back(build({.link = frame.first(l3),
                         .header = header,
                         .data = data.subspan(at, size),
                         .flags_and_offset = static_cast<std::uint16_t>(offset | more)}));
    at += size;
  }
  return cut;
}

}  // namespace cgn::packet
