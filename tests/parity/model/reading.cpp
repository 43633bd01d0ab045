// SPDX-License-Identifier: Apache-2.0
#include "parity/model/reading.hpp"

namespace cgn::parity {

Mac mac_at(Frame frame, std::size_t at) {
  Mac mac;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) mac.bytes[i] = static_cast<std::uint8_t>(byte_at(frame, at + i));
  return mac;
}

std::optional<LinkHeader> read_link_header(Frame frame) {
  if (frame.size() < 14) return std::nullopt;
  LinkHeader header{.destination = mac_at(frame, 0), .source = mac_at(frame, 6), .size = 14};
  header.type = word_at(frame, 12);
  while ((header.type == 0x8100 || header.type == 0x88a8) && header.tag_count < 2) {
    if (frame.size() < header.size + 4) return std::nullopt;
    header.vids[header.tag_count++] = word_at(frame, header.size) % 4096;  // priority and DEI stand above
    header.type = word_at(frame, header.size + 2);
    header.size += 4;
  }
  return header;
}

std::optional<Ipv4Header> read_ipv4_header(Frame frame, std::size_t at) {
  if (frame.size() < at + 20) return std::nullopt;
  Ipv4Header ip{.at = at, .size = byte_at(frame, at) % 16 * 4};
  ip.length = word_at(frame, at + 2);
  if (byte_at(frame, at) / 16 != 4 || ip.size < 20 || ip.length < ip.size) return std::nullopt;
  if (frame.size() < ip.end()) return std::nullopt;
  const auto fragment = word_at(frame, at + 6);
  ip.dont_fragment = (fragment & 0x4000) != 0;
  ip.more_fragments = (fragment & 0x2000) != 0;
  ip.fragment_offset = fragment % 8192;
  ip.ttl = byte_at(frame, at + 8);
  ip.protocol = byte_at(frame, at + 9);
  ip.source = address_at(frame, at + 12);
  ip.destination = address_at(frame, at + 16);
  return ip;
}

}  // namespace cgn::parity
