// SPDX-License-Identifier: Apache-2.0
#include "daemon/carriers.hpp"

#include <algorithm>

namespace cgn::daemon {
namespace {

const io::InterfaceInfo* below(const io::InterfaceInfo& vlan, const std::vector<io::InterfaceInfo>& interfaces) {
  const auto parent = std::ranges::find(interfaces, vlan.parent, &io::InterfaceInfo::ifindex);
  return parent == interfaces.end() ? nullptr : &*parent;
}

bool is_bond(const io::InterfaceInfo& interface) { return interface.kind == "bond" || interface.kind == "team"; }

}  // namespace

std::optional<Carriers> carriers_of(const io::InterfaceInfo& logical,
                                    const std::vector<io::InterfaceInfo>& interfaces) {
  Carriers carriers;
  const auto* at = &logical;
  // A VLAN device whose parent is in another namespace (or just gone) is all that we can see: it carries itself.
  while (at->kind == "vlan") {
    const auto* parent = below(*at, interfaces);
    if (parent == nullptr) break;
    // What lies below writes its tag further out.
    carriers.tags.insert(carriers.tags.begin(), Tag{at->vlan_id, at->vlan_tpid});
    if (carriers.tags.size() > 2) return std::nullopt;
    at = parent;
  }
  if (!is_bond(*at)) {
    carriers.physical.push_back(at);
    return carriers;
  }
  for (const auto& interface : interfaces) {
    if (interface.master == at->ifindex) carriers.physical.push_back(&interface);
  }
  std::ranges::sort(carriers.physical, {}, &io::InterfaceInfo::ifindex);
  return carriers;
}

}  // namespace cgn::daemon
