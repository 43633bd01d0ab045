// SPDX-License-Identifier: Apache-2.0
// snapshot(): three questions (links, addresses, channels) joined by ifindex. An interface that comes or goes between
// them is seen without its addresses or not at all; the notification of that change is already on its way.
#include "io/links.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>

#include "io/ethtool.hpp"
#include "io/netlink.hpp"

namespace cgn::io {
namespace {

// <net/if.h> and <linux/if.h> cannot both be included; the former lacks this flag.
constexpr unsigned kLowerUp = 1u << 16;

void read_vlan(const Attributes& link, const Attributes& link_info, InterfaceInfo& info) {
  const auto data = link_info.nest(IFLA_INFO_DATA);
  if (!data) return;
  info.vlan_id = data->u16(IFLA_VLAN_ID).value_or(0);
  if (const auto tpid = data->u16(IFLA_VLAN_PROTOCOL)) info.vlan_tpid = ntohs(*tpid);
  // With this attribute, IFLA_LINK is an index of another namespace and would name an unrelated interface here.
  if (!link.has(IFLA_LINK_NETNSID)) info.parent = link.u32(IFLA_LINK).value_or(0);
}

// A member that its bond has put aside: LACP has not agreed on it, or another one is the active one. It may well have a
// carrier, and what is sent by it is lost.
bool is_put_aside(const Attributes& link_info) {
  constexpr std::uint8_t kBackup = 1;  // BOND_STATE_BACKUP of <linux/if_bonding.h>
  if (link_info.text(IFLA_INFO_SLAVE_KIND) != "bond") return false;
  const auto data = link_info.nest(IFLA_INFO_SLAVE_DATA);
  return data && data->u8(IFLA_BOND_SLAVE_STATE).value_or(0) == kBackup;
}

InterfaceInfo interface_of(const nlmsghdr* message) {
  const auto family = family_of<ifinfomsg>(message);
  const Attributes link{message, sizeof family};
  InterfaceInfo info;
  info.ifindex = static_cast<unsigned>(family.ifi_index);
  info.name = link.text(IFLA_IFNAME);
  info.master = link.u32(IFLA_MASTER).value_or(0);
  info.mac = link.mac(IFLA_ADDRESS).value_or(Mac{});
  info.mtu = link.u32(IFLA_MTU).value_or(0);
  info.up = (family.ifi_flags & IFF_UP) != 0 && (family.ifi_flags & kLowerUp) != 0;
  // The allocated number; the channels in use replace it where the driver tells them.
  info.rx_queues = std::max(1u, link.u32(IFLA_NUM_RX_QUEUES).value_or(1));
  if (const auto link_info = link.nest(IFLA_LINKINFO)) {
    info.kind = link_info->text(IFLA_INFO_KIND);
    if (info.kind == "vlan") read_vlan(link, *link_info, info);
    if (is_put_aside(*link_info)) info.up = false;
  }
  return info;
}

Result<std::vector<InterfaceInfo>> read_interfaces(Netlink& netlink) {
  NetlinkRequest request{RTM_GETLINK, 0};
  request.family(ifinfomsg{}).u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  TRY(messages, netlink.dump(request, "list the interfaces"));
  std::vector<InterfaceInfo> interfaces;
  for (const auto& message : messages) {
    if (header_of(message)->nlmsg_type == RTM_NEWLINK) interfaces.push_back(interface_of(header_of(message)));
  }
  std::ranges::sort(interfaces, {}, &InterfaceInfo::ifindex);
  return interfaces;
}

// IFA_LOCAL is ours; IFA_ADDRESS is the same, or the peer of a point-to-point link.
std::optional<InterfaceAddress> address_of(const nlmsghdr* message) {
  const auto family = family_of<ifaddrmsg>(message);
  const Attributes attributes{message, sizeof family};
  const auto local = attributes.ipv4(IFA_LOCAL);
  const auto address = attributes.ipv4(IFA_ADDRESS);
  if (!local && !address) return std::nullopt;
  InterfaceAddress result{.address = local ? *local : *address, .prefix_length = family.ifa_prefixlen};
  if (local && address && *local != *address) result.peer = address;
  return result;
}

Result<> add_addresses(Netlink& netlink, std::vector<InterfaceInfo>& interfaces) {
  NetlinkRequest request{RTM_GETADDR, 0};
  ifaddrmsg filter{};
  filter.ifa_family = AF_INET;
  TRY(messages, netlink.dump(request.family(filter), "list the addresses"));
  for (const auto& message : messages) {
    if (header_of(message)->nlmsg_type != RTM_NEWADDR) continue;
    const auto ifindex = family_of<ifaddrmsg>(header_of(message)).ifa_index;
    const auto owner = std::ranges::find(interfaces, ifindex, &InterfaceInfo::ifindex);
    const auto address = address_of(header_of(message));
    if (owner != interfaces.end() && address) owner->addresses.push_back(*address);
  }
  return {};
}

}  // namespace

Result<std::vector<InterfaceInfo>> snapshot() {
  TRY(netlink, Netlink::open());
  TRY(interfaces, read_interfaces(netlink));
  TRY_VOID(add_addresses(netlink, interfaces));
  TRY(ethtool, Ethtool::open());
  for (auto& interface : interfaces) {
    if (const auto channels = ethtool.receive_channels(interface.name)) interface.rx_queues = *channels;
  }
  return interfaces;
}

}  // namespace cgn::io
