// SPDX-License-Identifier: Apache-2.0
// The protocols without ports that are translated all the same: ESP and GRE.
//
// What        Values of Proto, so that a tunnel's packets, entries and records have the shape of all others, with ports of 0.
//             They are none of kProtos: nothing that gives or counts ports knows them, and no switch over Proto has them.
#pragma once

#include "cgn/net.hpp"

namespace cgn {

inline constexpr auto kEsp = static_cast<Proto>(IPPROTO_ESP);
inline constexpr auto kGre = static_cast<Proto>(IPPROTO_GRE);

[[nodiscard]] constexpr bool is_tunnel(Proto p) { return p == kEsp || p == kGre; }
[[nodiscard]] constexpr std::string_view tunnel_word(Proto p) { return p == kEsp ? "esp" : "gre"; }

// IPPROTO_*, or "esp", "gre".
[[nodiscard]] constexpr std::optional<Proto> tunnel_of(std::uint8_t number) {
  const auto p = static_cast<Proto>(number);
  return is_tunnel(p) ? std::optional{p} : std::nullopt;
}
[[nodiscard]] constexpr std::optional<Proto> parse_tunnel(std::string_view word) {
  if (word == "esp") return kEsp;
  if (word == "gre") return kGre;
  return std::nullopt;
}

}  // namespace cgn
