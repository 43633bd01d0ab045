// SPDX-License-Identifier: Apache-2.0
// Watch: the multicast groups of rtnetlink that can make a table of ours untrue.
//
// A router may learn a million routes from BGP, and each would be a notification. None of them concerns us (the program
// asks the kernel for every next hop), except the guard's own; so the socket carries a filter that lets only those
// pass.
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "io/guard.hpp"
#include "io/links.hpp"
#include "io/neighbour_message.hpp"
#include "io/netlink.hpp"

namespace cgn::io {
namespace {

constexpr std::array kGroups{RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_NEIGH,
                             RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,   RTNLGRP_IPV4_NETCONF};
// Thousands of subscribers may change their neighbour state together; a larger buffer makes ENOBUFS rare.
constexpr int kReceiveBuffer = 4 * 1024 * 1024;
constexpr int kMessagesPerRead = 4096;

Result<> join_groups(int fd) {
  for (const int group : kGroups) {
    if (::setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return fail_errno("subscribe to changes of the network");
    }
  }
  return {};
}

// A loaded half-word is big-endian, nlmsg_type is not: the constants are turned instead.
Result<> pass_only_own_routes(int fd) {
  constexpr auto kType = offsetof(nlmsghdr, nlmsg_type);
  constexpr auto kProtocol = sizeof(nlmsghdr) + offsetof(rtmsg, rtm_protocol);
  std::array<sock_filter, 7> filter{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kType),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kGuardProtocol, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return fail_errno("filter the notifications of routes");
  }
  return {};
}

void take(const nlmsghdr* message, Watch::Changes& changes) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
    case RTM_NEWADDR:
    case RTM_DELADDR: changes.links = true; break;
    case RTM_NEWRULE:
    case RTM_DELRULE:
    case RTM_NEWROUTE:
    case RTM_DELROUTE: changes.rules = true; break;
    case RTM_NEWNETCONF:
      if (Attributes{message, sizeof(netconfmsg)}.has(NETCONFA_FORWARDING)) changes.rules = true;
      break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      if (const auto neighbour = parse_neighbour(message)) changes.neighbours.push_back(*neighbour);
      break;
    default: break;
  }
}

}  // namespace

Result<Watch> Watch::open() {
  Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (!socket) return fail_errno("open a netlink socket");
  // Forced past rmem_max where we may; without the privilege the kernel's ceiling must do.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  // The filter before the groups: what arrives between would pass unfiltered.
  TRY_VOID(pass_only_own_routes(socket.get()));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind a netlink socket");
  }
  TRY_VOID(join_groups(socket.get()));
  return Watch{std::move(socket)};
}

Watch::Changes Watch::read() {
  Changes changes;
  std::array<std::byte, 32 * 1024> buffer;
  for (int n = 0; n < kMessagesPerRead; ++n) {
    const auto received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == ENOBUFS) {
      changes.links = changes.rules = changes.lost = true;
      continue;
    }
    if (received <= 0) break;
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) take(message, changes);
  }
  return changes;
}

}  // namespace cgn::io
