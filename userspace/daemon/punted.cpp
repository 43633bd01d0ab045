// SPDX-License-Identifier: Apache-2.0
// Opening a punted frame.
#include "daemon/punted.hpp"

#include <cstring>

namespace cgn::daemon {
namespace {

bool is_dying(const cgn_punt& header) { return header.reason == CGN_PUNT_TTL_EXCEEDED; }

// Their transport is not ours to read, or does not matter any more.
bool is_of_any_transport(const cgn_punt& header) {
  return is_dying(header) || header.reason == CGN_PUNT_PROTOCOL || header.direction == CGN_BYPASS;
}

// The kernel knew its mapping, and that may be of whole addresses: they need neither ports nor all of a datagram.
bool may_be_whole(const cgn_punt& header) {
  return header.reason == CGN_PUNT_NEXT_HOP || header.reason == CGN_PUNT_TOO_BIG;
}

// What is handed up for its ports must have them; what is handed up as a fragment must be one.
bool is_as_announced(const cgn_punt& header, const packet::View& view) {
  switch (header.reason) {
    case CGN_PUNT_FRAGMENT: return view.fragment.is_fragment();
    case CGN_PUNT_FIRST_PACKET:
    case CGN_PUNT_ALG:
    case CGN_PUNT_TCP_CONTROL: return !view.fragment.is_fragment() || header.direction == CGN_BYPASS;
    default: return true;
  }
}

std::expected<packet::View, Verdict> read(const cgn_punt& header, std::span<const std::byte> frame) {
  if (is_of_any_transport(header)) return packet::read_header(frame);
  return may_be_whole(header) ? packet::read_whole(frame) : packet::read(frame);
}

}  // namespace

std::expected<Punted, Verdict> open_punt(std::span<const std::byte> bytes, unsigned queue, unsigned port) {
  Punted punted{.queue = queue, .port = port};
  if (bytes.size() < sizeof punted.header) return std::unexpected{CGN_VERDICT_MALFORMED};
  std::memcpy(&punted.header, bytes.data(), sizeof punted.header);
  if (punted.header.magic != CGN_PUNT_MAGIC || punted.header.version != CGN_ABI_VERSION) {
    return std::unexpected{CGN_VERDICT_MALFORMED};
  }
  punted.frame = bytes.subspan(sizeof punted.header);
  const auto view = read(punted.header, punted.frame);
  if (!view || view->l3 != punted.header.l3_offset || view->l4 != punted.header.l4_offset) {
    return std::unexpected{CGN_VERDICT_MALFORMED};
  }
  if (!is_as_announced(punted.header, *view)) return std::unexpected{CGN_VERDICT_MALFORMED};
  if (!is_dying(punted.header) && view->ttl <= 1) return std::unexpected{CGN_VERDICT_MALFORMED};
  punted.view = *view;
  return punted;
}

}  // namespace cgn::daemon
