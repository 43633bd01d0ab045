// SPDX-License-Identifier: Apache-2.0
// AF_PACKET in another namespace: a thread goes there, opens the socket, and comes back.
#include "tap.hpp"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "failure.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kFrameRoom = 4096;

// While one lives, this thread opens sockets in the namespace.
class Inside {
 public:
  explicit Inside(const std::string& name_space)
      : home_{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)},
        there_{::open(("/run/netns/" + name_space).c_str(), O_RDONLY | O_CLOEXEC)} {
    entered_ = home_ >= 0 && there_ >= 0 && ::setns(there_, CLONE_NEWNET) == 0;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    if (entered_ && ::setns(home_, CLONE_NEWNET) != 0) std::abort();  // this thread would configure the wrong machine
    ::close(home_);
    ::close(there_);
  }
  [[nodiscard]] bool entered() const { return entered_; }

 private:
  int home_, there_;
  bool entered_ = false;
};

}  // namespace

Result<Tap> Tap::open(const std::string& name_space, const std::string& interface) {
  const Inside inside{name_space};
  if (!inside.entered()) return fail_errno("enter the namespace " + name_space);
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP));
  if (fd < 0) return fail_errno("open a packet socket");
  Tap tap{fd};
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind a packet socket to " + interface);
  }
  const int room = 16 << 20, on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (::setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
    return fail_errno("keep our own frames out of the packet socket of " + interface);
  }
  return tap;
}

Tap::Tap(Tap&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

Tap::~Tap() {
  if (fd_ >= 0) ::close(fd_);
}

void Tap::send(const Bytes& frame) const {
  if (::send(fd_, frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size())) {
    throw Failed{"the tester could not send a frame of " + std::to_string(frame.size()) + " bytes"};
  }
}

std::vector<Bytes> Tap::receive() const {
  std::vector<Bytes> frames;
  std::array<std::byte, kFrameRoom> room;
  for (ssize_t got = 0; (got = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
    frames.emplace_back(room.begin(), room.begin() + got);
  }
  return frames;
}

}  // namespace cgn::selftest
