// SPDX-License-Identifier: Apache-2.0
// One AF_XDP socket against the kernel's own interface; the contract and the reasons are in the header.
#include "io/xsk_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <time.h>

namespace cgn::io {
namespace {

// The kernel frees a closed socket's queue from a work queue, some milliseconds later (RCU).
constexpr int kBindAttempts = 75;
constexpr timespec kBindPause{.tv_sec = 0, .tv_nsec = 20'000'000};

Result<> set_option(int fd, int option, std::uint32_t value, const char* noun) {
  if (::setsockopt(fd, SOL_XDP, option, &value, sizeof value) != 0)
    return fail_errno(fmt::format("set up the {}", noun));
  return {};
}

Result<> register_frames(int fd, const MappedMemory& frames) {
  xdp_umem_reg registration{};
  registration.addr = reinterpret_cast<std::uint64_t>(frames.data());
  registration.len = frames.size();
  registration.chunk_size = kXskFrameSize;
  if (::setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &registration, sizeof registration) == 0) return {};
  const int code = errno;
  const bool limited = code == ENOBUFS || code == ENOMEM;
  return fail_errno(fmt::format("register {} MiB of packet memory", frames.size() >> 20), code,
                    limited ? "give cgnd CAP_IPC_LOCK, or raise LimitMEMLOCK" : "");
}

// In copy mode each frame under way is a kernel buffer charged to the socket. The default limit holds about ninety of
// them and leaves the rest of a full ring waiting for the next flush; this holds the whole ring. A refusal only costs
// that wait, so it is not an error.
void make_send_room(int fd) {
  const int bytes = 2 * kXskRingSize * kXskFrameSize;
  if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) {
    (void)::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
}

// Maps one ring of the socket: its header and `size` elements.
template <class Ring, class Element>
Result<Ring> map_ring(int fd, const xdp_ring_offset& at, std::uint64_t page_offset) {
  auto memory = MappedMemory::of_socket(fd, at.desc + kXskRingSize * sizeof(Element), static_cast<off_t>(page_offset));
  if (!memory) return fail_errno("map a ring");
  return Ring{std::move(memory), at, kXskRingSize};
}

}  // namespace

Result<> XskSocket::make_rings() {
  const int fd = fd_.get();
  TRY_VOID(set_option(fd, XDP_UMEM_FILL_RING, kXskRingSize, "fill ring"));
  TRY_VOID(set_option(fd, XDP_UMEM_COMPLETION_RING, kXskRingSize, "completion ring"));
  TRY_VOID(set_option(fd, XDP_RX_RING, kXskRingSize, "rx ring"));
  TRY_VOID(set_option(fd, XDP_TX_RING, kXskRingSize, "tx ring"));

  xdp_mmap_offsets at{};
  socklen_t size = sizeof at;
  if (::getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size) != 0) return fail_errno("ask for the rings' layout");

  TRY(fill_ring, map_ring<ProducerRing<std::uint64_t>, std::uint64_t>(fd, at.fr, XDP_UMEM_PGOFF_FILL_RING));
  TRY(done_ring, map_ring<ConsumerRing<std::uint64_t>, std::uint64_t>(fd, at.cr, XDP_UMEM_PGOFF_COMPLETION_RING));
  TRY(rx_ring, map_ring<ConsumerRing<xdp_desc>, xdp_desc>(fd, at.rx, XDP_PGOFF_RX_RING));
  TRY(tx_ring, map_ring<ProducerRing<xdp_desc>, xdp_desc>(fd, at.tx, XDP_PGOFF_TX_RING));
  fill = std::move(fill_ring);
  completion = std::move(done_ring);
  rx = std::move(rx_ring);
  tx = std::move(tx_ring);
  return {};
}

Result<> XskSocket::bind_to(const Place& place, std::optional<int> sibling) {
  sockaddr_xdp address{};
  address.sxdp_family = AF_XDP;
  address.sxdp_ifindex = place.ifindex;
  address.sxdp_queue_id = place.queue;
  if (sibling) {
    // A sharer inherits copy mode and wakeups from the one who registered; naming them here is EINVAL.
    address.sxdp_flags = XDP_SHARED_UMEM;
    address.sxdp_shared_umem_fd = static_cast<std::uint32_t>(*sibling);
  } else {
    address.sxdp_flags = static_cast<__u16>(XDP_USE_NEED_WAKEUP | (place.zerocopy ? XDP_ZEROCOPY : XDP_COPY));
  }
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  const int code = errno;
  std::string hint;
  if (code == EBUSY) hint = "another AF_XDP socket holds this queue: is a second cgnd running";
  if (code == EINVAL) hint = fmt::format("ethtool -l {}: is there a queue {}", place.interface, place.queue);
  if (code == EOPNOTSUPP && place.zerocopy) hint = "the driver has no zero-copy AF_XDP: ask for copy mode";
  return fail_errno(fmt::format("bind in {} mode", place.zerocopy ? "zero-copy" : "copy"), code, std::move(hint));
}

Result<XskSocket> XskSocket::open_once(const Place& place, const MappedMemory& frames, std::optional<int> sibling) {
  XskSocket socket{Fd{::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)}};
  if (!socket.fd_) return fail_errno("create an AF_XDP socket");
  if (!sibling) {
    TRY_VOID(register_frames(socket.fd(), frames));
  }
  make_send_room(socket.fd());
  TRY_VOID(socket.make_rings());
  TRY_VOID(socket.bind_to(place, sibling));

  xdp_options options{};
  socklen_t size = sizeof options;
  if (::getsockopt(socket.fd(), SOL_XDP, XDP_OPTIONS, &options, &size) != 0) return fail_errno("ask for the mode");
  socket.zerocopy_ = (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
  return socket;
}

Result<XskSocket> XskSocket::open(const Place& place, const MappedMemory& frames, std::optional<int> sibling) {
  for (int attempt = 1;; ++attempt) {
    // A failed bind leaves the rings in a state that differs between kernels, so each attempt is a new socket.
    auto socket = open_once(place, frames, sibling);
    if (socket) return socket;
    if (socket.error().code != EBUSY || attempt == kBindAttempts) {
      const auto clause = fmt::format("AF_XDP socket on {} queue {}", place.interface, place.queue);
      return Unexpected{std::move(socket).error().in(clause)};
    }
    ::nanosleep(&kBindPause, nullptr);
  }
}

xdp_statistics XskSocket::statistics() const {
  xdp_statistics counted{};
  socklen_t size = sizeof counted;
  if (::getsockopt(fd_.get(), SOL_XDP, XDP_STATISTICS, &counted, &size) != 0) return {};
  return counted;
}

}  // namespace cgn::io
