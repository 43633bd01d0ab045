// SPDX-License-Identifier: Apache-2.0
// Which physical interfaces carry a logical one, and under which tags. Pure.
//
// What        Follows VLAN devices down to what they stand on, and a bond to its members. An interface that is neither
//             carries itself without a tag.
#pragma once

#include <optional>
#include <vector>

#include "cgn/abi.h"
#include "io/links.hpp"

namespace cgn::daemon {

struct Tag {
  std::uint16_t id = 0;
  std::uint16_t tpid = 0x8100;
};

struct Carriers {
  std::vector<Tag> tags;  // outermost first, at most two
  std::vector<const io::InterfaceInfo*>
      physical{};  // by ifindex; more than one under a bond; empty: a bond without members
};

// nullopt under more than two tags. The pointers go into `interfaces`.
[[nodiscard]] std::optional<Carriers> carriers_of(const io::InterfaceInfo&,
                                                  const std::vector<io::InterfaceInfo>& interfaces);

}  // namespace cgn::daemon
