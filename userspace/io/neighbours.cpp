// SPDX-License-Identifier: Apache-2.0
// The kernel's ARP table: read whole, read one message, and asked to look again.
#include <fmt/core.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "io/links.hpp"
#include "io/neighbour_message.hpp"
#include "io/netlink.hpp"

namespace cgn::io {
namespace {

NeighbourState state_of(unsigned nud) {
  if ((nud & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP | NUD_DELAY | NUD_PROBE)) != 0) return NeighbourState::usable;
  if ((nud & NUD_STALE) != 0) return NeighbourState::stale;
  if ((nud & NUD_FAILED) != 0) return NeighbourState::failed;
  return NeighbourState::unresolved;
}

}  // namespace

std::optional<Neighbour> parse_neighbour(const nlmsghdr* message) {
  const auto family = family_of<ndmsg>(message);
  if (family.ndm_family != AF_INET || (family.ndm_flags & NTF_PROXY) != 0) return std::nullopt;
  const Attributes attributes{message, sizeof family};
  const auto address = attributes.ipv4(NDA_DST);
  if (!address) return std::nullopt;
  const bool deleted = message->nlmsg_type == RTM_DELNEIGH;
  const auto state = deleted ? NeighbourState::unresolved : state_of(family.ndm_state);
  return Neighbour{.ifindex = static_cast<unsigned>(family.ndm_ifindex),
                   .address = *address,
                   .mac = attributes.mac(NDA_LLADDR).value_or(Mac{}),
                   .state = state};
}

Result<> probe(unsigned ifindex, Ipv4 address) {
  TRY(netlink, Netlink::open());
  // NTF_USE does what a packet to this neighbour would: an unknown one is asked for by broadcast, a stale one is
  // confirmed. Without NLM_F_REPLACE a known MAC stays as it is.
  ndmsg neighbour{};
  neighbour.ndm_family = AF_INET;
  neighbour.ndm_ifindex = static_cast<int>(ifindex);
  neighbour.ndm_state = NUD_NONE;
  neighbour.ndm_flags = NTF_USE;
  NetlinkRequest request{RTM_NEWNEIGH, NLM_F_CREATE};
  request.family(neighbour).ipv4(NDA_DST, address);
  return netlink.order(request, fmt::format("probe {} on interface {}", to_string(address), ifindex));
}

Result<std::vector<Neighbour>> neighbours() {
  TRY(netlink, Netlink::open());
  ndmsg filter{};
  filter.ndm_family = AF_INET;
  NetlinkRequest request{RTM_GETNEIGH, 0};
  TRY(messages, netlink.dump(request.family(filter), "list the neighbours"));
  std::vector<Neighbour> found;
  for (const auto& message : messages) {
    if (const auto neighbour = parse_neighbour(header_of(message))) found.push_back(*neighbour);
  }
  return found;
}

}  // namespace cgn::io
