// SPDX-License-Identifier: Apache-2.0
// Cutting and joining.
#include "fragments.hpp"

#include <map>

#include "craft.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kIp = 14, kHeader = 20;

void put16(Bytes& frame, std::size_t at, std::size_t value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value & 0xff);
}

// Total length, fragment word and checksum for `data` at `offset`.
Bytes piece(const Bytes& link_and_header, const Bytes& data, std::size_t offset, bool more) {
  auto frame = joined(link_and_header, data);
  put16(frame, kIp + 2, kHeader + data.size());
  put16(frame, kIp + 6, offset / 8 | (more ? 0x2000u : 0u));
  return header_checksum(std::move(frame));
}

}  // namespace

std::vector<Bytes> cut(const Bytes& frame, std::size_t size) {
  const auto head = slice(frame, 0, kIp + kHeader);
  const auto data = slice(frame, kIp + kHeader, frame.size());
  std::vector<Bytes> pieces;
  for (std::size_t offset = 0; offset < data.size(); offset += size) {
    pieces.push_back(piece(head, slice(data, offset, size), offset, offset + size < data.size()));
  }
  return pieces;
}

Seen reassembled(Wire& wire, Side side, const Wire::Match& mine) {
  std::map<std::size_t, Bytes> pieces;
  std::optional<std::size_t> end;
  Bytes data, head;
  const auto complete = [&] {
    data.clear();
    for (const auto& [offset, bytes] : pieces) {
      if (offset != data.size()) return false;
      data = joined(std::move(data), bytes);
    }
    return end && data.size() == *end;
  };
  while (!complete()) {
    const auto seen =
        wire.expect(side, "the next fragment of a datagram", [&](const Seen& s) { return s.is_fragment() && mine(s); });
    const auto bytes = slice(seen.packet, seen.header_size, seen.packet.size());
    Wire::check(pieces.emplace(seen.fragment_offset, bytes).second, "no fragment twice, saw " + describe(seen));
    Wire::check(seen.header_checksum_right, "a right header checksum, saw " + describe(seen));
    if (!seen.more_fragments) end = seen.fragment_offset + bytes.size();
    head = slice(seen.frame, 0, kIp + kHeader);
  }
  const auto whole = decode(piece(head, data, 0, false), side);
  Wire::check(whole.has_value(), "a datagram that can be read");
  return *whole;
}

Bytes distinct(Wire& wire, Frame frame) {
  return frame.identification(static_cast<std::uint16_t>(wire.stage().token() * 7919u));
}

}  // namespace cgn::selftest
