// SPDX-License-Identifier: Apache-2.0
// One interface, spoken to in whole Ethernet frames: the system calls.
#include "packet_socket.hpp"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway.hpp"

namespace cgn::blast {

struct PacketSocket::Buffers {
  std::array<std::array<std::byte, kFrameRoom>, kBatch> bytes;
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};
  std::array<std::span<const std::byte>, kBatch> frames{};
};

PacketSocket::PacketSocket(int fd, std::string interface, Mac mac)
    : fd_{fd}, interface_{std::move(interface)}, mac_{mac}, buffers_{std::make_unique<Buffers>()} {}

PacketSocket::PacketSocket(PacketSocket&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)},
      interface_{std::move(other.interface_)},
      mac_{other.mac_},
      buffers_{std::move(other.buffers_)} {}

PacketSocket::~PacketSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<PacketSocket> PacketSocket::open(const std::string& interface) {
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP));
  if (fd < 0) return fail_errno("open a packet socket", errno, "cgn-blast needs root (CAP_NET_RAW)");
  PacketSocket socket{fd, interface, {}};
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(fd, SIOCGIFHWADDR, &request) != 0) return fail_errno("ask for the MAC of " + interface);
  std::copy_n(request.ifr_hwaddr.sa_data, socket.mac_.bytes.size(), socket.mac_.bytes.begin());

  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind a packet socket to " + interface);
  }
  const int room = 64 << 20, on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (::setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
    return fail_errno("keep our own frames out of the packet socket of " + interface);
  }
  return socket;
}

Result<Mac> PacketSocket::gateway_mac() const { return resolve_gateway(interface_); }

Result<> PacketSocket::send(std::span<const std::span<const std::byte>> frames) {
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};
  const auto count = std::min(frames.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<std::byte*>(frames[i].data()), frames[i].size()};  // sendmmsg only reads
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  for (std::size_t done = 0; done < count;) {
    const int sent = ::sendmmsg(fd_, &messages[done], static_cast<unsigned>(count - done), 0);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) {
      pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, 1);
    } else {
      return fail_errno("send on " + interface_);
    }
  }
  return {};
}

std::span<const std::span<const std::byte>> PacketSocket::receive(std::chrono::milliseconds patience) {
  auto& b = *buffers_;
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, static_cast<int>(patience.count())) <= 0) return {};
  for (std::size_t i = 0; i < kBatch; ++i) {
    b.vectors[i] = {b.bytes[i].data(), kFrameRoom};
    b.messages[i].msg_hdr = {};
    b.messages[i].msg_hdr.msg_iov = &b.vectors[i];
    b.messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int got = ::recvmmsg(fd_, b.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (got <= 0) return {};
  const auto count = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < count; ++i) {
    b.frames[i] = std::span{b.bytes[i]}.first(std::min<std::size_t>(b.messages[i].msg_len, kFrameRoom));
  }
  return std::span{b.frames}.first(count);
}

std::uint64_t PacketSocket::overrun() {
  tpacket_stats stats{};
  socklen_t size = sizeof stats;
  return ::getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0 ? stats.tp_drops : 0;
}

}  // namespace cgn::blast
