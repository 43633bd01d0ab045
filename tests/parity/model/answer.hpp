// SPDX-License-Identifier: Apache-2.0
// What is asked about one packet, and what must come of it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cgn/verdict.hpp"
#include "packets/builder.hpp"
#include "parity/scene.hpp"

namespace cgn::parity {

using test::Bytes;

// A frame on a physical port. The clock stood between `first_tick` and `last_tick` when it was judged.
struct Arrival {
  test::Link port = test::Link::internal;  // the untagged link of the port: int0 or ext0
  std::span<const std::byte> frame{};
  std::uint32_t first_tick = 0;
  std::uint32_t last_tick = 0;
};

// What the header in front of a punted frame says.
struct PuntHeader {
  cgn_punt_reason reason = CGN_PUNT_FIRST_PACKET;
  cgn_direction direction = CGN_OUTBOUND;
  bool routed = false;    // the next hop was asked for; egress and address are compared then
  bool resolved = false;  // and the MAC
  test::Link egress = test::Link::external;
  Ipv4 next_hop{};
  std::size_t l3 = 0, l4 = 0;
  unsigned mtu = 0;
  std::uint8_t view = CGN_REALM_EXTERNAL;
};

struct Answer {
  Verdict verdict = CGN_VERDICT_CONTINUE;
  Bytes frame{};  // as it must be afterwards: for a punted packet what stands behind the header
  bool is_icmp_error = false;
  bool frame_open = false;  // dropped after it was rewritten: nobody sees it
  std::optional<PuntHeader> punt{};
  std::string_view quarrel{};      // the twin read the frame otherwise than the model's own eyes
  std::vector<HalfKey> touched{};  // every other half stays as it was
};

}  // namespace cgn::parity
