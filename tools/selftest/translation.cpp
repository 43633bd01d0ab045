// SPDX-License-Identifier: Apache-2.0
// Comparing two packets with the fields of the translation blanked out.
#include "translation.hpp"

#include <fmt/format.h>

#include <array>

#include "cast.hpp"
#include "failure.hpp"

namespace cgn::selftest {
namespace {

struct Field {
  std::size_t at, size;
};

void blank(Bytes& packet, const Field& field) {
  for (std::size_t i = field.at; i < field.at + field.size && i < packet.size(); ++i) packet[i] = std::byte{0};
}

// Identification, TTL, checksum and addresses; ports, or the identifier of a query; the checksum of the transport.
Bytes without_translation(const Seen& seen) {
  auto packet = seen.packet;
  for (const auto& field : std::array<Field, 4>{{{4, 2}, {8, 1}, {10, 2}, {12, 8}}}) blank(packet, field);
  if (seen.fragment_offset != 0) return packet;
  const auto transport = seen.header_size;
  switch (seen.protocol) {
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_DCCP:
      blank(packet, {transport, 4});
      blank(packet, {transport + 6, 2});
      break;
    case IPPROTO_TCP:
      blank(packet, {transport, 4});
      blank(packet, {transport + 16, 2});
      break;
    case IPPROTO_ICMP: blank(packet, {transport + 2, 4}); break;
    default: break;
  }
  return packet;
}

void require(bool so, std::string_view what, const Seen& sent, const Seen& seen) {
  if (!so) throw Failed{fmt::format("expected {}: sent {}, saw {}", what, describe(sent), describe(seen))};
}

// The next hop's, and the device's.
std::pair<Mac, Mac> macs_at(Side side) {
  switch (side) {
    case Side::inside: return {kAccessMac, kDeviceInsideMac};
    case Side::outside: return {kBorderMac, kDeviceOutsideMac};
    case Side::east: return {kEastMac, kDeviceEastMac};
  }
  return {};
}

}  // namespace

void check_only_translated(const Seen& sent, const Seen& seen) {
  require(seen.header_checksum_right, "a right header checksum", sent, seen);
  require(seen.transport_checksum_right == sent.transport_checksum_right,
          "a transport checksum as right as it was sent", sent, seen);
  require((seen.transport_checksum == 0) == (sent.transport_checksum == 0) || sent.protocol != IPPROTO_UDP,
          "a UDP checksum of zero to stay zero", sent, seen);
  require(seen.ttl + 1 == sent.ttl, "a TTL less by one", sent, seen);
  const auto [next_hop, own] = macs_at(seen.side);
  require(seen.destination_mac == next_hop, "the next hop's MAC", sent, seen);
  require(seen.source_mac == own, "the device's own MAC", sent, seen);
  const auto before = without_translation(sent), after = without_translation(seen);
  if (before == after) return;
  std::size_t at = 0;
  while (at < before.size() && at < after.size() && before[at] == after[at]) ++at;
  throw Failed{fmt::format("byte {} of {} changed, which translation does not touch", at, describe(sent))};
}

}  // namespace cgn::selftest
